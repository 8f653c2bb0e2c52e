/** The stations that a visitor found last by search. They are kept only in this browser. */

import { keep, read } from "../preferences";

export interface Recent {
  id: string;
  name: string;
  country: string;
}

const KEY = "recent-stations";
const MOST = 5;

/** The last stations, the newest first. */
export function recents(): Recent[] {
  try {
    const kept: unknown = JSON.parse(read(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isRecent).slice(0, MOST) : [];
  } catch {
    return []; // Another program has written there.
  }
}

const isRecent = (each: unknown): each is Recent =>
  ["id", "name", "country"].every(
    (name) => typeof (each as Record<string, unknown> | null)?.[name] === "string",
  );

/** Put a station in front. */
export function remember({ id, name, country }: Recent): void {
  const others = recents().filter((each) => each.id !== id);
  keep(KEY, JSON.stringify([{ id, name, country }, ...others].slice(0, MOST)));
}

export const forget = (): void => keep(KEY, "[]");
