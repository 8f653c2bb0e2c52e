import { describe, expect, it } from "vitest";
import type { ForecastAnswer } from "../src/api";
import { outlook } from "../src/station/ahead";
import { sentence } from "../src/station/sentence";

const HOUR = 3_600_000;
/** The forecast is for 12:00 to 18:00 on a day in UTC. */
const NOON = Date.parse("2026-01-10T12:00:00Z");
const HOURS = 6;

type Values = Record<string, { p10: number[]; p50: number[]; p90: number[]; chance?: number[] }>;

/** The same in each hour: median, and how far the interval goes to each side. */
const steady = (p50: number, side = 0): Values[string] => hours(Array(HOURS).fill(p50), side);
const hours = (p50: number[], side = 0): Values[string] => ({
  p10: p50.map((value) => value - side),
  p50,
  p90: p50.map((value) => value + side),
});
/** Rain with a chance in each hour, and how much could fall. */
const rain = (chance: number[], p90 = 0.5): Values[string] => ({
  p10: chance.map(() => 0),
  p50: chance.map((share) => (share > 0.5 ? 0.2 : 0)),
  p90: chance.map((share) => (share > 0.1 ? p90 : 0)),
  chance,
});
const DRY = rain(Array(HOURS).fill(0.02));

const MODERATE = { index: 57, category: "moderate", parameter: "pm25" };
const GOOD = { index: 28, category: "good", parameter: "pm25" };

function said(
  values: Values,
  { now = NOON, system = "metric" as "metric" | "us", chance = 0.1, aqi = MODERATE } = {},
): string {
  const answer = {
    time: Array.from({ length: HOURS }, (_, at) => new Date(NOON + (at + 1) * HOUR).toISOString()),
    values,
    ...(values.precipitation?.chance && { chance_24h: { precipitation: chance } }),
    daily: { all: { air_quality: values.pm25 && aqi } },
  } as unknown as ForecastAnswer;
  return sentence(outlook(answer, now), system, "UTC");
}

describe("temperature, rain and wind", () => {
  it("are one sentence", () => {
    const values = {
      temperature: steady(5, 1),
      precipitation: DRY,
      wind_speed: steady(6, 1),
      wind_gust: hours([8, 9, 11, 9, 8, 7], 1),
      pm25: steady(15, 2),
    };
    expect(said(values)).toBe(
      "Cold and dry; gusts up to 12 m/s around 15:00. Air: moderate, PM2.5.",
    );
    expect(said(values, { system: "us" })).toContain("gusts up to 27 mph around 15:00");
  });

  it("are about what is left of the forecast only", () => {
    const values = { temperature: hours([5, 5, 5, 12, 12, 12]), wind_speed: steady(6) };
    expect(said(values)).toBe("Cold to cool with a breeze.");
    expect(said(values, { now: NOON + 3.5 * HOUR })).toBe("Cool with a breeze.");
  });

  it("say what is likely if the interval is wide", () => {
    const values = { temperature: steady(14, 6), wind_gust: hours([8, 12, 8, 8, 8, 8], 6) };
    expect(said(values)).toBe(
      "Most likely cool; gusts most likely 12 m/s around 14:00, could reach 18 m/s.",
    );
  });

  it("warn of wind where no gusts are measured", () => {
    expect(said({ wind_speed: hours([5, 9, 8, 8, 8, 5], 1) })).toBe(
      "Wind up to 10 m/s around 14:00.",
    );
    expect(said({ wind_speed: steady(0.2), temperature: steady(5) })).toBe("Cold, calm.");
    expect(said({ wind_speed: steady(2) })).toBe("With a light breeze.");
  });

  it("warn of humid heat", () => {
    const values = { temperature: steady(33, 1), dew_point: steady(23, 1), precipitation: DRY };
    expect(said(values)).toBe("Hot, sticky and without rain.");
    expect(said({ ...values, dew_point: steady(8, 1) })).toBe("Hot and dry.");
    expect(said({ temperature: steady(20), dew_point: steady(18) })).toBe("Mild.");
  });
});

describe("rain", () => {
  const warm = { temperature: steady(12, 1) };

  it("is likely at some hours", () => {
    const precipitation = rain([0.1, 0.4, 0.6, 0.8, 0.5, 0.1], 4);
    expect(said({ ...warm, precipitation })).toBe(
      "Cool; rain likely between 14:00 and 17:00 (80 %), could reach 4.0 mm in an hour.",
    );
  });

  it("is likely all the time", () => {
    const precipitation = rain(Array(HOURS).fill(0.9));
    expect(said({ ...warm, precipitation })).toBe("Cool; rain likely all the time (90 %).");
  });

  it("is possible, or probably absent", () => {
    const possible = rain([0.1, 0.2, 0.4, 0.2, 0.1, 0.1]);
    expect(said({ ...warm, precipitation: possible })).toBe(
      "Cool; rain possible around 15:00 (40 %).",
    );
    const little = rain([0.1, 0.2, 0.2, 0.1, 0.1, 0.1]);
    expect(said({ ...warm, precipitation: little })).toBe("Cool and probably dry.");
  });

  it("is not ruled out if many hours have a small chance", () => {
    const precipitation = rain(Array(HOURS).fill(0.08));
    expect(said({ ...warm, precipitation }, { chance: 0.4 })).toBe("Cool and probably dry.");
    expect(said({ ...warm, precipitation }, { chance: 0.1 })).toBe("Cool and dry.");
  });

  it("is snow in frost, and may be where it is hardly warmer", () => {
    const precipitation = rain([0.1, 0.1, 0.7, 0.1, 0.1, 0.1]);
    const at = (degrees: number): string => said({ temperature: steady(degrees), precipitation });
    expect(at(-5)).toBe("Freezing; snow likely between 14:00 and 15:00 (70 %).");
    expect(at(1)).toBe("Cold; rain or snow likely between 14:00 and 15:00 (70 %).");
    expect(said({ precipitation })).toBe("Rain likely between 14:00 and 15:00 (70 %).");
  });

  it("is judged by its quantiles where the model gives no chance", () => {
    const { chance: _, ...likely } = rain([0, 0.9, 0.9, 0, 0, 0]);
    expect(said({ precipitation: likely })).toBe("Rain likely between 13:00 and 15:00.");
    const { chance: __, ...possible } = rain([0, 0.2, 0, 0, 0, 0]);
    expect(said({ precipitation: possible })).toBe("Rain possible around 14:00.");
    expect(said({ precipitation: steady(0) })).toBe("Dry.");
  });
});

describe("fog", () => {
  it("is likely, or has a small chance", () => {
    expect(said({ visibility: hours([5, 3, 0.4, 3, 5, 9]) })).toBe("Fog around 15:00.");
    expect(said({ visibility: hours([9, 9, 9, 9, 3, 9], 2.5) })).toBe(
      "A small chance of fog around 17:00.",
    );
    expect(said({ visibility: steady(15, 2), temperature: steady(5) })).toBe("Cold.");
  });
});

describe("air", () => {
  it("is all that is said where nothing else is measured", () => {
    expect(said({ pm25: steady(5, 1) }, { aqi: GOOD })).toBe("Air: good, PM2.5.");
  });

  it("could be worse in single hours", () => {
    expect(said({ pm25: hours([20, 20, 30, 20, 20, 20], 10) })).toBe(
      "Air: moderate, PM2.5; single hours could be unhealthy for sensitive groups, most of all around 15:00.",
    );
  });

  it("is that of the pollutant which the API names", () => {
    const aqi = { index: 160, category: "unhealthy", parameter: "o3" };
    expect(said({ o3: steady(190), pm25: steady(5) }, { aqi })).toBe("Air: unhealthy, ozone.");
  });

  it("has the class of black carbon, which has no index", () => {
    expect(said({ bc: steady(1.5) })).toBe("Air: medium, black carbon.");
  });
});

describe("a forecast", () => {
  it("that has ended says what it had said", () => {
    expect(said({ temperature: steady(5) }, { now: NOON + 9 * HOUR })).toBe(
      "This forecast ended on Sat 10 Jan 18:00. It said: Cold.",
    );
  });

  it("of nothing that is put in words says so", () => {
    expect(said({ pressure: steady(1000) })).toBe("There is no forecast of weather or air here.");
  });
});
