import { describe, expect, it } from "vitest";
import type { ForecastAnswer } from "../src/api";
import { outlook } from "../src/station/ahead";
import { compass } from "../src/station/compass";
import { type Fact, facts } from "../src/station/facts";

const HOUR = 3_600_000;
/** The forecast is for 12:00 to 15:00 on a day in UTC. */
const NOON = Date.parse("2026-01-10T12:00:00Z");

const hours = (p50: number[], side = 1): object => ({
  p10: p50.map((value) => value - side),
  p50,
  p90: p50.map((value) => value + side),
});

function found(values: object, more: object = {}, now = NOON, system: "metric" | "us" = "metric") {
  const time = [1, 2, 3].map((hour) => new Date(NOON + hour * HOUR).toISOString());
  const answer = { time, values, ...more } as unknown as ForecastAnswer;
  return facts(outlook(answer, now), system, "UTC");
}
const kinds = (all: Fact[]): string[] => all.map(({ kind }) => kind);
const one = (all: Fact[], kind: Fact["kind"]): Fact =>
  all.find((each) => each.kind === kind) as Fact;

describe("the head", () => {
  const temperature = hours([1, 4, 2], 2);

  it("has the current hour, and the highest and lowest of what is left", () => {
    const all = found({ temperature });
    expect(kinds(all)).toEqual(["now", "high", "low"]);
    expect(one(all, "now")).toMatchObject({
      label: "Now",
      icon: "thermometer",
      value: "1 °C",
      word: "Cold",
      notes: ["−1 to 3, 8 in 10", "mean of the hour ending 13:00"],
    });
    expect(one(all, "high").notes).toEqual(["around 14:00", "2 to 6, 8 in 10"]);
    expect(one(all, "low")).toMatchObject({
      label: "Lowest",
      notes: ["around 13:00", "−1 to 3, 8 in 10"],
    });
    const later = found({ temperature }, {}, NOON + 1.5 * HOUR);
    expect(one(later, "low").notes[0]).toBe("around 15:00");
  });

  it("is in the visitor's units", () => {
    expect(one(found({ temperature }, {}, NOON, "us"), "now").value).toBe("34 °F");
  });

  it("of a forecast that has ended has no current hour", () => {
    const wind_speed = hours([3, 9, 4]);
    const all = found({ temperature, wind_speed }, {}, NOON + 4 * HOUR);
    expect(kinds(all)).toEqual(["high", "low", "wind"]);
    expect(one(all, "wind").value).toBe("9.0 m/s");
  });

  it("of a station with pollutants only is about these", () => {
    const daily = { all: { air_quality: { index: 60, category: "moderate", parameter: "pm25" } } };
    const all = found({ pm25: hours([12, 18, 9], 3) }, { daily });
    expect(kinds(all)).toEqual(["now", "high", "low", "air"]);
    expect(one(all, "now")).toMatchObject({ label: "PM2.5 now", icon: "air", value: "12.0 µg/m³" });
    expect(one(all, "low").label).toBe("Lowest PM2.5");
    expect(one(all, "air")).toMatchObject({
      value: "60",
      word: "Moderate",
      notes: ["US index of 24 hours, by PM2.5", "15.0 to 21.0 µg/m³ at its highest, 8 in 10"],
    });
  });

  it("has the class of black carbon, which has no index", () => {
    const all = found({ temperature, bc: hours([1, 1.5, 1], 0.5) });
    expect(one(all, "air")).toMatchObject({ value: "1.50 µg/m³", word: "Medium" });
    expect(one(all, "air").notes[0]).toBe("Black carbon");
  });

  it("is empty if there is nothing to say", () => {
    expect(found({ visibility: hours([5, 6, 7]) })).toEqual([]);
  });
});

describe("rain", () => {
  const rain = (chance: number[], p90: number[]): object => ({
    p10: [0, 0, 0],
    p50: [0, 0, 0],
    p90,
    chance,
  });

  it.each([
    [[0.7, 0.1, 0.1], 0.8, "70 %", "Likely"],
    [[0.1, 0.4, 0.1], 0.5, "40 %", "Possible"],
    [[0.2, 0.1, 0.1], 0.3, "20 %", "Unlikely"],
    [[0.05, 0.05, 0.05], 0.4, "5 %", "Unlikely"],
    [[0.05, 0.05, 0.05], 0.1, "5 %", "Dry"],
  ])("with chances of %j is %s", (chance, ofAll, value, word) => {
    const precipitation = rain(chance, [0.5, 1.2, 0.2]);
    const all = found({ precipitation }, { chance_24h: { precipitation: ofAll } });
    expect(one(all, "rain")).toMatchObject({ label: "Rain", value, word });
  });

  it("has its hour and its amount, if any may fall", () => {
    const wet = found({ precipitation: rain([0.1, 0.4, 0.1], [0, 1.2, 0]) });
    expect(one(wet, "rain").notes).toEqual(["around 14:00", "0.0 to 1.2 mm, 8 in 10"]);
    const dry = found({ precipitation: rain([0.02, 0.02, 0.02], [0, 0, 0]) });
    expect(one(dry, "rain").notes).toEqual(["in the wettest hour"]);
  });

  it("has an amount where the model gives no chance", () => {
    const { chance: _, ...band } = rain([], [1, 2, 1]) as { chance: number[] };
    expect(one(found({ precipitation: band }), "rain")).toMatchObject({
      value: "0.0 mm",
      word: "Possible",
    });
    const wet = { ...band, p50: [0, 0.4, 0] };
    expect(one(found({ precipitation: wet }), "rain").word).toBe("Likely");
  });

  it("is snow while it freezes, and the current hour shows what falls", () => {
    const precipitation = rain([0.8, 0.4, 0.1], [1, 1, 1]);
    const frost = found({ temperature: hours([-5, -4, -6]), precipitation });
    expect(one(frost, "rain").label).toBe("Snow");
    expect(one(frost, "now").icon).toBe("snow");
    const mild = found({ temperature: hours([9, 9, 9]), precipitation });
    expect(one(mild, "now").icon).toBe("rain");
  });
});

describe("gauges", () => {
  it("show an interval among all that is left", () => {
    const all = found({ temperature: hours([1, 4, 2], 2) });
    // From -1 to 6.
    expect(one(all, "high").gauge).toEqual({
      kind: "interval",
      low: 3 / 7,
      median: 5 / 7,
      high: 1,
    });
    const flat = found({ temperature: hours([1, 1, 1], 0) });
    expect(one(flat, "low").gauge).toMatchObject({ low: 0.5, high: 0.5 });
  });

  it("show a chance and a class", () => {
    const precipitation = { ...hours([0, 0, 0], 0), chance: [0.1, 0.4, 0.2] };
    expect(one(found({ precipitation }), "rain").gauge).toEqual({ kind: "share", share: 0.4 });
    const daily = { all: { air_quality: { index: 60, category: "moderate", parameter: "pm25" } } };
    const air = one(found({ pm25: hours([12, 18, 9], 3) }, { daily }), "air");
    expect(air.gauge).toMatchObject({ kind: "classes", at: 1 });
  });
});

describe("wind", () => {
  it("has its strongest hour, or that of the gusts", () => {
    const wind_speed = hours([9, 5, 4]);
    expect(one(found({ wind_speed }), "wind")).toMatchObject({
      value: "9.0 m/s",
      word: "Fresh breeze",
      notes: ["strongest 9.0 m/s around 13:00", "8.0 to 10.0, 8 in 10"],
    });
    const both = found({ wind_speed, wind_gust: hours([8, 12, 9], 2) });
    expect(one(both, "wind").notes).toEqual([
      "gusts 12.0 m/s around 14:00",
      "10.0 to 14.0, 8 in 10",
    ]);
    expect(one(found({ wind_gust: hours([8, 12, 9]) }), "wind").value).toBe("8.0 m/s");
  });

  it("says where it comes from, if that is forecast", () => {
    const all = found({ wind_speed: hours([9, 5, 4]), wind_direction: hours([315, 300, 290]) });
    expect(one(all, "wind").direction).toBe(315);
    expect(one(all, "wind").notes[0]).toBe("from the north-west");
  });

  it("and fog are what the current hour shows", () => {
    const temperature = hours([9, 9, 9]);
    expect(one(found({ temperature, wind_speed: hours([9, 5, 4]) }), "now").icon).toBe("wind");
    expect(one(found({ temperature, visibility: hours([0.4, 5, 4]) }), "now").icon).toBe("fog");
  });
});

it.each([
  [0, "north"],
  [22, "north"],
  [23, "north-east"],
  [90, "east"],
  [225, "south-west"],
  [359, "north"],
])("%i° is %s", (degrees, word) => {
  expect(compass(degrees)).toBe(word);
});
