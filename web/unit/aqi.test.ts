import { expect, it } from "vitest";
import type { ForecastAnswer } from "../src/api";
import { airOf } from "../src/aqi";
import { AQI_WORDS } from "../src/scales";

type Daily = NonNullable<ForecastAnswer["daily"]>;
const daily = (all: object): Daily => ({ all, days: [] }) as unknown as Daily;

it.each(AQI_WORDS)("the category of the API is the class “%s”", (word) => {
  const air_quality = { index: 7, category: word.toLowerCase(), parameter: "o3" };
  const at = AQI_WORDS.indexOf(word);
  expect(airOf({ daily: daily({ air_quality }) })).toMatchObject({
    index: 7,
    word,
    at,
    code: "o3",
  });
});

it("is not there without a pollutant", () => {
  expect(airOf({})).toBeUndefined();
  expect(airOf({ daily: daily({}) })).toBeUndefined();
});
