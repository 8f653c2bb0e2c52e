import { expect, it } from "vitest";
import type { ParameterCode } from "../src/api";
import { groupsOf, inOrder } from "../src/station/groups";
import { dayText, hourText, shownAt } from "../src/station/readout";
import type { Part } from "../src/station/series";
import { sentence } from "../src/station/words";

const HOUR = 3_600_000;
const part: Part = {
  code: "temperature",
  series: {
    times: [0, HOUR, 2 * HOUR],
    observed: [4, null, null],
    p10: [null, null, 1],
    p50: [null, null, 2],
    p90: [null, null, 3.5],
  },
};

it("an observed hour has its value and its class", () => {
  const shown = shownAt(part, 0, "metric");
  expect(shown).toMatchObject({ value: "4.0 °C", word: "Cold", sure: "observed", more: [] });
});

it("an hour without an observation says so", () => {
  expect(shownAt(part, 1, "us")).toEqual({ value: "– °F", sure: "not observed", more: [] });
});

it("a forecast hour has its interval, in the visitor's units", () => {
  expect(shownAt(part, 2, "metric").sure).toBe("1.0 to 3.5, 8 in 10");
  expect(shownAt(part, 2, "us")).toMatchObject({ value: "36 °F", sure: "34 to 38, 8 in 10" });
});

it("an interval that is one number is said once", () => {
  const { series } = part;
  const dry = { ...series, p10: [null, null, 0], p50: [null, null, 0], p90: [null, null, 0.01] };
  const chance = [null, null, 0.04];
  const shown = shownAt({ code: "precipitation", series: { ...dry, chance } }, 2, "metric");
  expect(shown).toMatchObject({ sure: "0.0, 8 in 10", more: ["chance of rain 4 %"] });
});

it("other forecasts are beside it where they have the hour", () => {
  const before = { p10: [3, null, null], p50: [4, null, null], p90: [5, null, null] };
  const fresh = { p10: [null, null, 2], p50: [null, null, 3], p90: [null, null, 4] };
  expect(shownAt({ ...part, before, fresh }, 0, "metric").more).toEqual([
    "the day before: 4.0 (3.0 to 5.0)",
  ]);
  expect(shownAt({ ...part, before, fresh }, 2, "metric").more).toEqual([
    "with your reading: 3.0 (2.0 to 4.0)",
  ]);
});

it("a direction has the words of the compass", () => {
  const code = "wind_direction";
  const { series } = part;
  const turned = {
    ...series,
    observed: [90, null, null],
    p10: [null, null, 290],
    p50: [null, null, 315],
    p90: [null, null, 10],
  };
  const at = (hour: number): object => shownAt({ code, series: turned }, hour, "metric");
  expect(at(0)).toMatchObject({ value: "90°", word: "from the east", sure: "observed" });
  expect(at(2)).toMatchObject({
    value: "315°",
    word: "from the north-west",
    sure: "290 to 10, 8 in 10",
  });
});

it("an hour is named by when it begins and ends, in the zone", () => {
  const end = Date.parse("2026-01-10T00:00:00Z");
  expect(hourText(end, "UTC")).toBe("23:00–00:00");
  expect(dayText(end, "UTC", end + 1)).toBe("Fri 9 Jan, past");
  expect(dayText(end, "UTC", end)).toBe("Fri 9 Jan, now");
  expect(dayText(end, "Asia/Kathmandu", end - 2 * HOUR)).toBe("Sat 10 Jan, to come");
});

it("parameters are grouped, without those that a station does not have", () => {
  const codes: ParameterCode[] = ["pm25", "pressure", "dew_point", "temperature", "wind_gust"];
  expect(groupsOf(codes).map(({ rows }) => rows)).toEqual([
    [["temperature", "dew_point"]],
    [["wind_gust"]],
    [["pm25"]],
    [["pressure"]],
  ]);
  expect(inOrder(["new" as ParameterCode, "pm25", "temperature"])).toEqual([
    "temperature",
    "pm25",
    "new",
  ]);
});

it("the limits of the classes are in the visitor's units", () => {
  expect(sentence("visibility", "us")).toBe(
    "The mean of the hour, in mi. Fog below 0.6, Poor below 2.5, Moderate below 6.2, Good below 12.4, Very good above.",
  );
  expect(sentence("pm25", "metric")).toContain("Very unhealthy below 225.5, Hazardous above");
});
