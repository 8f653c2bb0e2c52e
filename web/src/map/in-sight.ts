/** The stations in view as a list, for those who cannot or do not want to use a map. */

import { stationPage } from "../addresses";
import type { MapStations } from "../api";
import { countryName } from "../countries";
import { byId, h } from "../dom";
import { classIn } from "../scales";
import type { Layer } from "./layers";

export const MOST_IN_LIST = 100;

/**
 * Fill the list.
 *
 * @param found the indices of the stations.
 * @param pointedAt is called with a station that gets the focus or the pointer, and with -1 after.
 */
export function listStations(
  { stations }: MapStations,
  layer: Layer,
  found: readonly number[],
  pointedAt: (index: number) => void,
): void {
  byId("in-sight-note").textContent =
    found.length === MOST_IN_LIST
      ? `Showing the first ${MOST_IN_LIST} stations in view. Zoom in to shorten the list.`
      : `${found.length} station${found.length === 1 ? "" : "s"} in view.`;
  byId("in-sight-value").textContent = layer.title;
  const { id, name, country } = stations;
  const rows = found.map((index) => {
    const link = h(
      "a",
      { href: stationPage(id[index] ?? "") },
      h("bdi", {}, name[index] || id[index] || ""),
    );
    link.addEventListener("focus", () => pointedAt(index));
    link.addEventListener("blur", () => pointedAt(-1));
    const row = h(
      "tr",
      {},
      h("th", { scope: "row" }, link),
      h("td", {}, countryName(country[index] ?? "")),
      h("td", {}, inWords(layer, index)),
    );
    row.addEventListener("pointerenter", () => pointedAt(index));
    row.addEventListener("pointerleave", () => pointedAt(-1));
    return row;
  });
  byId("in-sight-rows").replaceChildren(...rows);
}

function inWords({ nothing, scale, short, valueAt }: Layer, index: number): string {
  const value = valueAt(index);
  return value === undefined ? nothing : `${short(value)} (${classIn(scale, value).word})`;
}
