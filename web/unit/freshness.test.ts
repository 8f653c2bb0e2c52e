import { describe, expect, it } from "vitest";
import { expiry, runLine } from "../src/freshness";

const RUN = {
  id: "20131230T0000Z-1",
  issued_at: "2013-12-30T00:00:00Z",
  valid_until: "2013-12-31T00:00:00Z",
  next_expected_at: "2013-12-31T00:30:00Z",
  model: "v1",
};

describe("a forecast", () => {
  it("has not expired until its last hour is over", () => {
    expect(expiry(RUN, Date.parse("2013-12-31T00:00:00Z"))).toBeUndefined();
  });

  it("has expired before the next one is due", () => {
    expect(expiry(RUN, Date.parse("2013-12-31T00:10:00Z"))).toBe(
      "Its last hour ended 10 minutes ago. The next forecast is expected in 20 minutes.",
    );
  });

  it("has expired and the next one is late", () => {
    expect(expiry(RUN, Date.parse("2014-01-02T00:30:00Z"))).toBe(
      "Its last hour ended 2 days ago. The next forecast is late: it was expected 2 days ago.",
    );
  });
});

it("the line of a run is in the station's zone", () => {
  expect(runLine(RUN, "America/New_York", "New York")).toBe(
    "Issued Sun 29 Dec 2013 19:00, valid until Mon 30 Dec 2013 19:00 (New York). Run 20131230T0000Z-1, model v1.",
  );
});
