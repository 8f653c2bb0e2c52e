/**
 * The US Air Quality Index of the forecast hours.
 *
 * The index of PM2.5 has the break points of 2024 (EPA-454/B-24-002). It is defined for the mean from midnight to
 * midnight. Here it is computed from the mean of the medians of the 24 forecast hours; every text
 * that shows it says so.
 */

import type { Band, ForecastAnswer, ParameterCode } from "./api";
import { AQI_COLOURS, AQI_WORDS } from "./scales";

const CONCENTRATIONS = [
  [0, 9.0],
  [9.1, 35.4],
  [35.5, 55.4],
  [55.5, 125.4],
  [125.5, 225.4],
  [225.5, 325.4],
] as const;
const INDICES = [
  [0, 50],
  [51, 100],
  [101, 150],
  [151, 200],
  [201, 300],
  [301, 500],
] as const;

export interface Aqi {
  index: number;
  word: string;
}

/** The US index of the forecast hours. */
export interface Air {
  index: number;
  /** The index of the class, from 0 for good. */
  at: number;
  word: string;
  colour: string;
  /** The pollutant that has the highest index. */
  code: ParameterCode;
}

/** What `daily` of the API says about air quality. */
interface WithDaily {
  daily?: { all: { air_quality?: { index: number; parameter: ParameterCode } | null } };
}

/** The index over all hours of a forecast; undefined if no pollutant has one. */
export function airOf(answer: ForecastAnswer): Air | undefined {
  const given = (answer as WithDaily).daily?.all.air_quality;
  const pm25 = answer.values.pm25 as Band | undefined;
  const index = given?.index ?? (pm25 && aqiOf(pm25.p50).index);
  if (index === undefined) return undefined;
  const found = INDICES.findIndex(([, high]) => index <= high);
  const at = found < 0 ? INDICES.length - 1 : found;
  return {
    index,
    at,
    word: AQI_WORDS[at] as string,
    colour: AQI_COLOURS[at] as string,
    code: given?.parameter ?? "pm25",
  };
}

/** @param hours hourly means of PM2.5 in µg/m³; at least one. */
export function aqiOf(hours: readonly number[]): Aqi {
  const mean = hours.reduce((sum, value) => sum + value, 0) / hours.length;
  // The index is defined on means truncated to one decimal, not rounded.
  const cut = Math.floor(Math.max(0, mean) * 10 + 1e-9) / 10;
  const band = CONCENTRATIONS.findIndex(([, high]) => cut <= high);
  const at = band < 0 ? CONCENTRATIONS.length - 1 : band;
  const [low, high] = CONCENTRATIONS[at] as readonly [number, number];
  const [from, to] = INDICES[at] as readonly [number, number];
  const index = Math.round(from + ((cut - low) / (high - low)) * (to - from));
  return { index, word: AQI_WORDS[at] as string };
}
