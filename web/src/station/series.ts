/** The observed and forecast hours of one parameter, on a common row of times. */

import type { Band, ForecastAnswer, ParameterCode } from "../api";

/** Another forecast at the times of a series; null where it has no value. */
export interface OtherBand {
  p10: (number | null)[];
  p50: (number | null)[];
  p90: (number | null)[];
}

/** What is known of one parameter: its series, and other forecasts to compare it with. */
export interface Part {
  code: ParameterCode;
  series: Series;
  /** The forecast of the day before. */
  before?: OtherBand | undefined;
  /** The forecast with the visitor's reading. */
  fresh?: OtherBand | undefined;
}

export interface Series {
  /** Milliseconds since 1970, ascending; an hour is named by its end. */
  times: number[];
  observed: (number | null)[];
  p10: (number | null)[];
  p50: (number | null)[];
  p90: (number | null)[];
  /** The chance of rain, from 0 to 1; not there if the model gives none. */
  chance?: (number | null)[];
}

/** Join the forecast of a parameter and the observations of at most some hours before it. */
export function seriesOf(
  answer: ForecastAnswer,
  code: ParameterCode,
  most = Number.POSITIVE_INFINITY,
): Series {
  const all = answer.observed?.time ?? [];
  const from = Math.max(0, all.length - most);
  const past = all.slice(from).map(Date.parse);
  const observed = answer.observed?.values[code]?.slice(from) ?? past.map(() => null);
  const ahead = answer.time.map(Date.parse);
  const band = answer.values[code] as Band;
  const nothing = past.map(() => null);
  return {
    times: [...past, ...ahead],
    observed: [...observed, ...ahead.map(() => null)],
    p10: [...nothing, ...band.p10],
    p50: [...nothing, ...band.p50],
    p90: [...nothing, ...band.p90],
    ...(band.chance && { chance: [...nothing, ...band.chance] }),
  };
}

/** Extend a series to later times, without values. */
export function extended(series: Series, more: readonly string[]): Series {
  const last = series.times.at(-1) ?? 0;
  const times = more.map(Date.parse).filter((time) => time > last);
  const nothing = times.map(() => null);
  return {
    times: [...series.times, ...times],
    observed: [...series.observed, ...nothing],
    p10: [...series.p10, ...nothing],
    p50: [...series.p50, ...nothing],
    p90: [...series.p90, ...nothing],
    ...(series.chance && { chance: [...series.chance, ...nothing] }),
  };
}

/** Align values with the times of a series; null for times without a value. */
export function aligned(
  times: readonly number[],
  others: readonly string[],
  values: readonly (number | null)[],
): (number | null)[] {
  const at = new Map(others.map((time, index) => [Date.parse(time), values[index] ?? null]));
  return times.map((time) => at.get(time) ?? null);
}

/** The index of the forecast hour that contains `now`, or the last one if all have passed. */
export function hourOf(times: readonly string[], now: number): number {
  const found = times.findIndex((time) => Date.parse(time) >= now);
  return found < 0 ? times.length - 1 : found;
}
