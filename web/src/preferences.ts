/** The visitor's choices, kept only in the browser. */

import type { UnitSystem } from "./parameters";

const UNITS = "units";
const AMERICAN = /^en-(US|LR)\b/i;

export function units(): UnitSystem {
  const kept = read(UNITS);
  if (kept === "metric" || kept === "us") return kept;
  return AMERICAN.test(navigator.language) ? "us" : "metric";
}

export function keepUnits(system: UnitSystem): void {
  keep(UNITS, system);
}

/** What is kept under a key; null if nothing is, or if storage is disabled. */
export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keep a text. If storage is disabled or full, it lasts until the page is closed. */
export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing on the page depends on it.
  }
}
