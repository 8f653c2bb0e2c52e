import { describe, expect, it } from "vitest";
import type { ForecastAnswer } from "../src/api";
import { bandBefore, hoursWithin } from "../src/station/day-before";
import { aligned, extended, hourOf, seriesOf } from "../src/station/series";

const HOUR = 3_600_000;
const time = (hour: number): string => new Date(hour * HOUR).toISOString();
const answer = {
  time: [time(2), time(3)],
  values: { temperature: { p10: [1, 2], p50: [3, 4], p90: [5, 6] } },
  observed: { time: [time(0), time(1)], units: {}, values: { temperature: [9, null] } },
} as unknown as ForecastAnswer;

describe("a series", () => {
  it("joins the hours before and after the issue time", () => {
    expect(seriesOf(answer, "temperature")).toEqual({
      times: [0, HOUR, 2 * HOUR, 3 * HOUR],
      observed: [9, null, null, null],
      p10: [null, null, 1, 2],
      p50: [null, null, 3, 4],
      p90: [null, null, 5, 6],
    });
  });

  it("has only some hours before the forecast, if that is asked for", () => {
    const { times, observed } = seriesOf(answer, "temperature", 1);
    expect(times).toEqual([HOUR, 2 * HOUR, 3 * HOUR]);
    expect(observed).toEqual([null, null, null]);
  });

  it("works without observations", () => {
    const { observed: _, ...alone } = answer;
    expect(seriesOf(alone as ForecastAnswer, "temperature").times).toEqual([2 * HOUR, 3 * HOUR]);
  });

  it("has the chance of rain, if the model gives it", () => {
    const band = { p10: [0, 0], p50: [0, 0], p90: [0, 1], chance: [0.1, 0.6] };
    const observed = { time: [time(1)], units: {}, values: { precipitation: [0.2] } };
    const rain = { ...answer, values: { precipitation: band }, observed };
    const series = seriesOf(rain as unknown as ForecastAnswer, "precipitation");
    expect(series.chance).toEqual([null, 0.1, 0.6]);
    expect(extended(series, [time(4)]).chance).toEqual([null, 0.1, 0.6, null]);
    expect(seriesOf(answer, "temperature")).not.toHaveProperty("chance");
  });

  it("can be extended to later times", () => {
    const longer = extended(seriesOf(answer, "temperature"), [time(3), time(4)]);
    expect(longer.times.at(-1)).toBe(4 * HOUR);
    expect(longer.p50).toEqual([null, null, 3, 4, null]);
  });

  it("aligns values at other times", () => {
    expect(aligned([0, HOUR, 2 * HOUR], [time(1), time(9)], [7, 8])).toEqual([null, 7, null]);
  });
});

describe("the forecast of the day before", () => {
  const before = {
    time: [time(0), time(1)],
    values: { temperature: { p10: [8, 1], p50: [9, 2], p90: [10, 3] } },
  } as unknown as ForecastAnswer;
  const series = seriesOf(answer, "temperature");

  it("is laid over the hours that came", () => {
    const band = bandBefore(before, "temperature", series);
    expect(band).toEqual({
      p10: [8, 1, null, null],
      p50: [9, 2, null, null],
      p90: [10, 3, null, null],
    });
    // The second hour has no observation, and the others no forecast.
    expect(hoursWithin(series, band as NonNullable<typeof band>)).toEqual({ within: 1, hours: 1 });
  });

  it("of a direction is an arc, which may go through north", () => {
    const arc = { p10: [340, 340], p50: [0, 0], p90: [20, 20] };
    const seen = (observed: number[]): object => hoursWithin({ ...series, observed }, arc, 360);
    expect(seen([350, 10])).toEqual({ within: 2, hours: 2 });
    expect(seen([21, 180])).toEqual({ within: 0, hours: 2 });
    expect(
      hoursWithin({ ...series, observed: [0, 2] }, { p10: [1, 1], p50: [2, 2], p90: [3, 3] }),
    ).toEqual({ within: 1, hours: 2 });
  });

  it("is nothing for a parameter that it does not have", () => {
    expect(bandBefore(before, "pressure", series)).toBeUndefined();
    expect(bandBefore(undefined, "temperature", series)).toBeUndefined();
  });
});

it("the current hour is named by its end", () => {
  const times = [time(1), time(2)];
  expect(hourOf(times, 0)).toBe(0);
  expect(hourOf(times, HOUR + 1)).toBe(1);
  expect(hourOf(times, 9 * HOUR)).toBe(1);
});
