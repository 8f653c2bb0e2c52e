/** What the charts show at an hour, as text. */

import { number, percent, shownAs, type UnitSystem, withUnit } from "../parameters";
import { classOf } from "../scales";
import { clock, day } from "../times";
import { fromCompass } from "./compass";
import { DIRECTION } from "./groups";
import type { OtherBand, Part } from "./series";

const HOUR = 3_600_000;

export interface Shown {
  value: string;
  /** The word and the colour of its class; not there without a value. */
  word?: string;
  colour?: string;
  /** How sure it is: the interval of a forecast, or that it was observed. */
  sure: string;
  /** The chance of rain, the forecast of the day before, and that with the visitor's reading. */
  more: string[];
}

/** @param at the index of the hour in the series. */
export function shownAt(
  { code, series, before, fresh }: Part,
  at: number,
  system: UnitSystem,
): Shown {
  const median = series.p50[at] ?? null;
  const value = median ?? series.observed[at] ?? null;
  const chance = series.chance?.[at] ?? null;
  const { unit } = shownAs(code, system);
  const more = [
    ...(chance === null ? [] : [`chance of rain ${percent(chance)}`]),
    ...band("the day before", before, at, (each) => number(each, code, system)),
    ...band("with your reading", fresh, at, (each) => number(each, code, system)),
  ];
  if (value === null) return { value: `– ${unit}`, sure: "not observed", more };
  const [low, high] = [series.p10[at] ?? value, series.p90[at] ?? value].map((each) =>
    number(each, code, system),
  );
  const sure =
    median === null ? "observed" : `${low === high ? low : `${low} to ${high}`}, 8 in 10`;
  if (code === DIRECTION) {
    // Its interval is an arc.
    return { value: `${number(value, code, system)}°`, word: fromCompass(value), sure, more };
  }
  const { word, colour } = classOf(code, value);
  return { value: withUnit(value, code, system), word, colour, sure, more };
}

/** Median and interval of another forecast, such as `the day before: 3.0 (2.1 to 4.2)`. */
function band(
  what: string,
  other: OtherBand | undefined,
  at: number,
  text: (value: number) => string,
): string[] {
  const [low, median, high] = [other?.p10[at], other?.p50[at], other?.p90[at]];
  if (typeof low !== "number" || typeof median !== "number" || typeof high !== "number") return [];
  return [`${what}: ${text(median)} (${text(low)} to ${text(high)})`];
}

/** An hour, named by its end: `14:00–15:00`. */
export const hourText = (end: number, zone: string): string =>
  `${clock(end - HOUR, zone)}–${clock(end, zone)}`;

/** The day in which an hour begins, and whether it is over at `now`. */
export function dayText(end: number, zone: string, now: number): string {
  const past = end < now ? "past" : end - HOUR <= now ? "now" : "to come";
  return `${day(end - HOUR, zone, now)}, ${past}`;
}
