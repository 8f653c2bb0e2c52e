import { expect, it } from "vitest";
import type { ForecastAnswer } from "../src/api";
import { airOf } from "../src/aqi";

type Daily = NonNullable<ForecastAnswer["daily"]>;
const daily = (all: object): Daily => ({ all, days: [] }) as unknown as Daily;

it.each([
  [0, "Good"],
  [50, "Good"],
  [51, "Moderate"],
  [100, "Moderate"],
  [150, "Unhealthy for sensitive groups"],
  [200, "Unhealthy"],
  [300, "Very unhealthy"],
  [301, "Hazardous"],
  [620, "Hazardous"],
])("an index of %i is %s", (index, word) => {
  expect(airOf({ daily: daily({ air_quality: { index, parameter: "o3" } }) })).toMatchObject({
    index,
    word,
    code: "o3",
  });
});

it("is not there without a pollutant", () => {
  expect(airOf({})).toBeUndefined();
  expect(airOf({ daily: daily({}) })).toBeUndefined();
});
