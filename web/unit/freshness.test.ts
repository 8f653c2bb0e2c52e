import { describe, expect, it } from "vitest";
import { runLine, warnings } from "../src/freshness";

const RUN = {
  id: "20131230T0000Z-1",
  issued_at: "2013-12-30T00:00:00Z",
  valid_until: "2013-12-31T00:00:00Z",
  next_expected_at: "2013-12-31T00:30:00Z",
  model: "v1",
};
const texts = (now: string, source?: string): string[] =>
  warnings(RUN, source, Date.parse(now)).map(({ title, text }) => `${title} ${text}`);

describe("warnings", () => {
  it("are none until the last hour is over", () => {
    expect(texts("2013-12-31T00:00:00Z", "precomputed")).toEqual([]);
  });

  it("tell that the next one is on its way", () => {
    expect(texts("2013-12-31T00:10:00Z")).toEqual([
      "This forecast is over. Its last hour passed 10 minutes ago, and the next one is expected in 20 minutes.",
    ]);
  });

  it("tell that the next one is late", () => {
    expect(texts("2014-01-02T00:30:00Z")).toEqual([
      "This forecast is over. Its last hour passed 2 days ago, and the next one is late: it was expected 2 days ago.",
    ]);
  });

  it("tell a forecast of the run before", () => {
    expect(texts("2013-12-30T01:00:00Z", "previous_run")[0]).toContain("night before");
  });
});

it("the line of a run is in the station's zone", () => {
  expect(runLine(RUN, "America/New_York", "New York")).toBe(
    "Issued Sun 29 Dec 19:00, valid until Mon 30 Dec 19:00 (New York). Run 20131230T0000Z-1, model v1.",
  );
});
