/** The stations on the page that compares some: its address, and what was compared last. */

import { comparePage } from "../addresses";
import { keep, read } from "../preferences";

/** More lines than these cannot be told apart in one chart. */
export const MOST_COMPARED = 3;

const KEY = "compared";

/** The ids in the address of the page, each once; what is too much is left out. */
export function idsIn(search: string): string[] {
  const text = new URLSearchParams(search).get("stations") ?? "";
  const ids = text.split(",").map((id) => id.trim());
  return [...new Set(ids.filter(Boolean))].slice(0, MOST_COMPARED);
}

/** The page that compares a station with those that were compared last. */
export function pageWith(id: string): string {
  const others = idsIn(`?stations=${read(KEY) ?? ""}`).filter((other) => other !== id);
  return comparePage([...others.slice(0, MOST_COMPARED - 1), id]);
}

export const keepCompared = (ids: readonly string[]): void => keep(KEY, ids.join(","));
