/**
 * The US Air Quality Index of the forecast hours, which the API computes, with its word and colour.
 *
 * The index is defined for the days of the calendar. Here it is that of the next 24 hours; every text that
 * shows it says so.
 */

import type { ForecastAnswer, ParameterCode } from "./api";
import { AQI_COLOURS, AQI_WORDS } from "./scales";

export interface Air {
  index: number;
  /** The number of its class, from 0 for good. */
  at: number;
  word: string;
  colour: string;
  /** The pollutant that has the highest index. */
  code: ParameterCode;
}

/** The index over all hours of a forecast; undefined if no pollutant has one. */
export function airOf({ daily }: Pick<ForecastAnswer, "daily">): Air | undefined {
  const given = daily?.all.air_quality;
  if (!given) return undefined;
  const at = AQI_WORDS.findIndex((word) => word.toLowerCase() === given.category);
  return {
    index: given.index,
    at,
    word: AQI_WORDS[at] as string,
    colour: AQI_COLOURS[at] as string,
    code: given.parameter as ParameterCode,
  };
}
