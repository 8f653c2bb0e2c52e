/** What is left of a forecast at a moment: for each parameter the current hour, the lowest and the highest. */

import type { Band, ForecastAnswer, ParameterCode } from "../api";
import { type Air, airOf } from "../aqi";

const HOUR = 3_600_000;

/** One hour of a forecast, in the API's units; `end` in milliseconds since 1970. */
export interface Hour {
  end: number;
  p10: number;
  p50: number;
  p90: number;
  /** The chance of rain, from 0 to 1, if the model gives it. */
  chance?: number;
}

export interface Ahead {
  now: Hour;
  /** The hours with the lowest and the highest median; the first of several. */
  low: Hour;
  high: Hour;
  hours: Hour[];
}

export interface Outlook {
  now: number;
  /** When the first of the hours begins and the last one ends, in milliseconds since 1970. */
  from: number;
  until: number;
  /** Whether all hours have passed; the outlook is then that of the whole forecast. */
  over: boolean;
  of: Partial<Record<ParameterCode, Ahead>>;
  /** The chance of rain in all hours of the forecast, those that have passed included. */
  chanceOfAll?: number;
  air?: Air;
}

/** @param now in milliseconds since 1970. */
export function outlook(answer: ForecastAnswer, now: number): Outlook {
  const ends = answer.time.map(Date.parse);
  const over = (ends.at(-1) as number) < now;
  const first = over ? 0 : ends.findIndex((end) => end >= now);
  const of: Outlook["of"] = {};
  for (const [code, band] of Object.entries(answer.values) as [ParameterCode, Band][]) {
    of[code] = ahead(hoursOf(ends, band).slice(first));
  }
  const chance = answer.chance_24h?.precipitation;
  const air = airOf(answer);
  return {
    now,
    from: (ends[first] as number) - HOUR,
    until: ends.at(-1) as number,
    over,
    of,
    ...(chance !== undefined && { chanceOfAll: chance }),
    ...(air && { air }),
  };
}

const hoursOf = (ends: readonly number[], { p10, p50, p90, chance }: Band): Hour[] =>
  ends.map((end, at) => ({
    end,
    p10: p10[at] as number,
    p50: p50[at] as number,
    p90: p90[at] as number,
    ...(chance && { chance: chance[at] as number }),
  }));

function ahead(hours: Hour[]): Ahead {
  const [now] = hours as [Hour];
  const low = hours.reduce((least, each) => (each.p50 < least.p50 ? each : least));
  const high = hours.reduce((most, each) => (each.p50 > most.p50 ? each : most));
  return { now, low, high, hours };
}

/** The hour in which rain is most likely, and of those that are equally likely the one with most of it. */
export function wettest({ hours }: Ahead): Hour {
  const amount = ({ p50, p90 }: Hour): number => p50 + p90;
  return hours.reduce((most, each) => {
    const more = (each.chance ?? 0) - (most.chance ?? 0) || amount(each) - amount(most);
    return more > 0 ? each : most;
  });
}
