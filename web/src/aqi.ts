/**
 * The US Air Quality Index of PM2.5, by the break points of 2024 (EPA-454/B-24-002).
 *
 * The index is defined for the mean from midnight to midnight. Here it is computed from the mean of
 * the medians of the next 24 hours; every text that shows it says so.
 */

import { AQI_WORDS } from "./scales";

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
