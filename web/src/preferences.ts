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

/** The list that is kept under a key, of at most so many; without what is not one of its kind. */
export function readList<T>(key: string, isOne: (each: unknown) => each is T, most: number): T[] {
  try {
    const kept: unknown = JSON.parse(read(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isOne).slice(0, most) : [];
  } catch {
    return []; // Another program has written there.
  }
}

/** Whether it is an object in which these names are texts. */
export const hasTexts = (each: unknown, names: readonly string[]): boolean =>
  names.every((name) => typeof (each as Record<string, unknown> | null)?.[name] === "string");
