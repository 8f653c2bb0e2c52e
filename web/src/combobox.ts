/** The search field: an ARIA combobox over all stations, which are fetched on first use. */

import { mapStations } from "./api";
import { countryName } from "./countries";
import { byId, h } from "./dom";
import { type Found, SearchIndex } from "./search";

const MOST = 8;

export const stationPage = (stationId: string): string =>
  `station.html?id=${encodeURIComponent(stationId)}`;

let index: Promise<SearchIndex> | undefined;

/** Search stations that are already loaded. */
export function searchIn(ready: SearchIndex): void {
  index = Promise.resolve(ready);
}

async function loaded(): Promise<SearchIndex> {
  index ??= mapStations().then((answer) => new SearchIndex(answer.stations));
  try {
    return await index;
  } catch (error) {
    index = undefined; // The next key press tries again.
    throw error;
  }
}

export function setUpSearch(): void {
  const input = byId<HTMLInputElement>("search");
  const list = byId("search-list");
  const note = byId("search-note");
  let found: Found[] = [];
  let active = -1;

  const close = (): void => {
    list.hidden = true;
    note.classList.add("unseen");
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const activate = (next: number): void => {
    active = next;
    [...list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === active));
    });
    input.setAttribute("aria-activedescendant", `search-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };

  /** Tell screen readers what was found; what was not found is also shown. */
  const say = (text: string): void => {
    note.textContent = text;
    note.classList.toggle("unseen", !text || found.length > 0);
  };

  const show = (stations: Found[], text: string): void => {
    found = stations;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...stations.map(option));
    list.hidden = stations.length === 0;
    input.setAttribute("aria-expanded", String(stations.length > 0));
    const count = stations.length === MOST ? `The best ${MOST}` : `${stations.length}`;
    say(stations.length ? `${count} found` : text && `No station matches “${text}”`);
  };

  const search = async (): Promise<void> => {
    const text = input.value.trim();
    try {
      const stations = await loaded();
      if (text === input.value.trim()) show(stations.find(text, MOST), text);
    } catch {
      show([], "");
      say("The list of stations could not be loaded.");
    }
  };

  const open = (station: Found | undefined): void => {
    if (station) location.assign(stationPage(station.id));
  };

  input.addEventListener("focus", () => void loaded().catch(() => undefined), { once: true });
  input.addEventListener("input", () => void search());
  input.addEventListener("blur", () => close());
  input.addEventListener("keydown", (event) => {
    const last = found.length - 1;
    if (event.key === "Enter") {
      event.preventDefault();
      open(found[Math.max(0, active)]);
    } else if (event.key === "Escape") {
      close();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      activate(active >= last ? 0 : active + 1);
    } else if (event.key === "ArrowUp" && !list.hidden) {
      event.preventDefault();
      activate(active <= 0 ? last : active - 1);
    }
  });
  // Before the field loses its focus and the list closes.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest("[role=option]");
    if (option) open(found[[...list.children].indexOf(option)]);
  });
}

function option(station: Found, at: number): HTMLElement {
  return h(
    "div",
    { role: "option", id: `search-${at}`, "aria-selected": "false" },
    h("bdi", { class: "name" }, station.name || station.id),
    h(
      "span",
      { class: "where" },
      [station.id, countryName(station.country)].filter(Boolean).join(", "),
    ),
  );
}
