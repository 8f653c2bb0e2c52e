/** The visitor's choices, stored only in the browser. */

import type { UnitSystem } from "./parameters";

const KEY = "units";
const AMERICAN = /^en-(US|LR)\b/i;

export function units(): UnitSystem {
  const kept = read();
  if (kept === "metric" || kept === "us") return kept;
  return AMERICAN.test(navigator.language) ? "us" : "metric";
}

export function keepUnits(system: UnitSystem): void {
  try {
    localStorage.setItem(KEY, system);
  } catch {
    // Storage is disabled: the choice lasts until the page is closed.
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
