/** The stations that a visitor found last by search. They are kept only in this browser. */

import { hasTexts, keep, readList } from "../preferences";

export interface Recent {
  id: string;
  name: string;
  country: string;
}

const KEY = "recent-stations";
const MOST = 5;

const isRecent = (each: unknown): each is Recent => hasTexts(each, ["id", "name", "country"]);

/** The last stations, the newest first. */
export const recents = (): Recent[] => readList(KEY, isRecent, MOST);

/** Put a station in front. */
export function remember({ id, name, country }: Recent): void {
  const others = recents().filter((each) => each.id !== id);
  keep(KEY, JSON.stringify([{ id, name, country }, ...others].slice(0, MOST)));
}

export const forget = (): void => keep(KEY, "[]");
