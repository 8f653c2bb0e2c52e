import { describe, expect, it } from "vitest";
import { around, clock, day, midnights, moment, span, when, zoneName } from "../src/times";

const at = Date.parse;

describe("midnights", () => {
  it("are in the time of the zone", () => {
    const found = midnights(at("2026-01-01T00:00Z"), at("2026-01-02T23:00Z"), "America/New_York");
    expect(found).toEqual([at("2026-01-01T05:00Z"), at("2026-01-02T05:00Z")]);
  });

  it("work in zones that are not whole hours from UTC", () => {
    const found = midnights(at("2026-01-01T00:00Z"), at("2026-01-01T23:00Z"), "Asia/Kathmandu");
    expect(found).toEqual([at("2026-01-01T18:15Z")]);
  });

  it("are 23 hours apart if clocks go forward", () => {
    const found = midnights(at("2026-03-28T12:00Z"), at("2026-03-30T12:00Z"), "Europe/Berlin");
    expect(found).toEqual([at("2026-03-28T23:00Z"), at("2026-03-29T22:00Z")]);
  });

  it("are the first moment of days without a midnight", () => {
    // In Beirut clocks went from 00:00 to 01:00.
    const found = midnights(at("2024-03-30T12:00Z"), at("2024-03-31T12:00Z"), "Asia/Beirut");
    expect(found.map((each) => clock(each, "Asia/Beirut"))).toEqual(["01:00"]);
  });
});

describe("a moment", () => {
  it("is written in the zone", () => {
    const now = at("2025-06-01T12:00Z");
    expect(moment(at("2026-01-01T00:30Z"), "America/New_York", now)).toBe("Wed 31 Dec 19:30");
    expect(zoneName(at("2026-01-01T00:30Z"), "Asia/Kathmandu")).toBe("GMT+5:45");
  });

  it("is written in UTC if the browser does not know the zone", () => {
    expect(clock(at("2026-01-01T13:00Z"), "Mars/Olympus")).toBe("13:00");
  });
});

it("a day of another year has its year", () => {
  const old = at("2013-12-30T00:00Z");
  expect(day(old, "UTC", at("2013-01-01T12:00Z"))).toBe("Mon 30 Dec");
  expect(day(old, "UTC", at("2026-11-29T12:00Z"))).toBe("Mon 30 Dec 2013");
  expect(moment(old, "America/New_York")).toBe("Sun 29 Dec 2013 19:00");
});

it("a time that is not exact is said to be so", () => {
  const now = at("2026-11-29T12:00Z");
  expect(around(at("2026-11-30T08:00Z"), "America/New_York", now)).toBe("tomorrow around 03:00");
});

it.each([
  ["2026-11-29T20:00Z", "15:00"],
  ["2026-11-30T08:00Z", "tomorrow 03:00"],
  ["2026-12-01T08:00Z", "Tue 1 Dec 03:00"],
  ["2013-12-30T08:00Z", "Mon 30 Dec 2013 03:00"],
])("%s is said as %s", (time, text) => {
  expect(when(at(time), "America/New_York", at("2026-11-29T12:00Z"))).toBe(text);
});

it.each([
  [60_000, "1 minute"],
  [3_600_000, "60 minutes"],
  [7_200_000, "2 hours"],
  [-172_800_000, "2 days"],
  [729 * 86_400_000, "729 days"],
  [3639 * 86_400_000, "9 years"],
])("a span of %i ms is %s", (milliseconds, text) => {
  expect(span(milliseconds)).toBe(text);
});
