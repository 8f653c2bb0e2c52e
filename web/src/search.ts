/** Finds stations by name, id or country while the visitor types. */

import type { MapStations } from "./api";
import { countryName } from "./countries";

export interface Found {
  id: string;
  name: string;
  country: string;
}

/** Fold case and accents, for comparison. */
export const folded = (text: string): string =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export class SearchIndex {
  readonly #stations: MapStations["stations"];
  readonly #ids: string[];
  readonly #names: string[];
  readonly #countries: string[];

  constructor(stations: MapStations["stations"]) {
    this.#stations = stations;
    this.#ids = stations.id.map(folded);
    this.#names = stations.name.map(folded);
    const known = new Map<string, string>();
    for (const code of new Set(stations.country)) {
      known.set(code, folded(`${code} ${countryName(code)}`));
    }
    this.#countries = stations.country.map((code) => known.get(code) ?? "");
  }

  /** The best matches, best first. Each word must occur in the id, name or country. */
  find(text: string, most: number): Found[] {
    const words = folded(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const ranked: { rank: number; index: number }[] = [];
    for (let index = 0; index < this.#ids.length; index++) {
      const rank = this.#rank(words, index);
      if (rank < 9) ranked.push({ rank, index });
    }
    ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
    return ranked.slice(0, most).map(({ index }) => ({
      id: this.#stations.id[index] ?? "",
      name: this.#stations.name[index] ?? "",
      country: this.#stations.country[index] ?? "",
    }));
  }

  /** 0 for the best match, 9 for no match. */
  #rank(words: string[], index: number): number {
    const id = this.#ids[index] ?? "";
    const name = this.#names[index] ?? "";
    const country = this.#countries[index] ?? "";
    const all = `${id} ${name} ${country}`;
    if (!words.every((word) => all.includes(word))) return 9;
    const text = words.join(" ");
    if (id === text) return 0;
    if (name.startsWith(text)) return 1;
    if (id.startsWith(text)) return 2;
    if (words.every((word) => ` ${name}`.includes(` ${word}`))) return 3;
    if (` ${country}`.includes(` ${text}`)) return 4;
    if (words.every((word) => name.includes(word))) return 5;
    return 6;
  }
}
