/** The stations that a visitor has marked with a star. They are kept only in this browser. */

import { stationPage } from "./addresses";
import { byId, h } from "./dom";
import { hasTexts, keep, readList } from "./preferences";

export interface Favourite {
  id: string;
  name: string;
}

const KEY = "favourites";
const MOST = 20;

const isFavourite = (each: unknown): each is Favourite => hasTexts(each, ["id", "name"]);

/** The marked stations, the last one first. */
export const favourites = (): Favourite[] => readList(KEY, isFavourite, MOST);

export const isMarked = (id: string): boolean => favourites().some((each) => each.id === id);

/** Mark a station, or remove its mark; returns whether it is marked now. */
export function toggle(station: Favourite): boolean {
  const others = favourites().filter(({ id }) => id !== station.id);
  const marked = !isMarked(station.id);
  keep(KEY, JSON.stringify(marked ? [station, ...others].slice(0, MOST) : others));
  return marked;
}

/** Show links to the marked stations in `#favourites`, or nothing if there are none. */
export function showFavourites(): void {
  const links = favourites().map(({ id, name }) =>
    h("li", {}, h("a", { class: "action", href: stationPage(id) }, h("bdi", {}, name || id))),
  );
  byId("favourites-list").replaceChildren(...links);
  byId("favourites").hidden = links.length === 0;
}
