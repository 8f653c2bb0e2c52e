/** The search field: an ARIA combobox that asks the API while the visitor types. */

import { stationPage } from "../addresses";
import { type FoundStation, type FoundStations, search } from "../api";
import { byId, h } from "../dom";
import { units } from "../preferences";
import { forget, type Recent, recents, remember } from "./recents";
import { failureOf, whereabouts } from "./search";

const MOST = 8;

/** Milliseconds without a key press after which the API is asked. */
const PAUSE_MS = 120;

export function setUpSearch(): void {
  const field = byId("search").parentElement as HTMLElement;
  const input = byId<HTMLInputElement>("search");
  const panel = byId("search-panel");
  const list = byId("search-list");
  const recent = byId("search-recent");
  const note = byId("search-note");
  let shown: Recent[] = [];
  /** The text that `shown` is the answer to; undefined before there is an answer. */
  let shownFor: string | undefined;
  let active = -1;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let asking = new AbortController();

  const typed = (): string => input.value.trim();

  const activate = (next: number): void => {
    active = next;
    [...list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === active));
    });
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `search-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };

  const offer = (stations: Recent[], where: (station: Recent) => string, isRecent = false) => {
    shown = stations;
    list.replaceChildren(...stations.map((each, at) => option(each, where(each), at)));
    activate(-1);
    recent.hidden = !isRecent;
    panel.hidden = stations.length === 0;
    input.setAttribute("aria-expanded", String(!panel.hidden));
  };

  /** Tell screen readers what was found; what was not found is also shown. */
  const say = (visible: boolean, ...content: (Node | string)[]): void => {
    note.replaceChildren(...content);
    note.classList.toggle("unseen", !visible);
  };

  const close = (): void => {
    offer([], () => "");
    shownFor = undefined;
    note.classList.add("unseen");
  };

  const stop = (): void => {
    clearTimeout(pause);
    asking.abort();
  };

  const show = ({ items, next, suggestions }: FoundStations, text: string): void => {
    const system = units();
    offer(items, (station) => whereabouts(station as FoundStation, system));
    shownFor = text;
    if (items.length) say(false, `${next ? "The best " : ""}${items.length} found`);
    else say(true, `Nothing found for “${text}”.`, ...meant(suggestions ?? [], take));
  };

  /** Ask for what was typed, and show the answer unless the visitor has typed on. */
  const ask = async (): Promise<void> => {
    stop();
    asking = new AbortController();
    const { signal } = asking;
    const text = typed();
    try {
      const answer = await search(text, MOST, signal);
      if (!signal.aborted) show(answer, text);
    } catch (error) {
      if (signal.aborted) return;
      close();
      say(true, failureOf(error, navigator.onLine));
    }
  };

  /** Search for a suggestion. */
  const take = (suggestion: string): void => {
    input.value = suggestion;
    input.focus();
    void ask();
  };

  /** With an empty field, offer the stations that were found last. */
  const offerRecent = (): void => {
    if (!typed() && panel.hidden) offer(recents(), (station) => whereabouts(station), true);
  };

  const open = (station: Recent | undefined): void => {
    if (!station) return;
    remember(station);
    location.assign(stationPage(station.id));
  };

  /** Open the chosen station, or the best one for what was typed, even if it is not shown yet. */
  const enter = async (): Promise<void> => {
    if (typed() && shownFor !== typed()) await ask();
    open(shown[Math.max(0, active)]);
  };

  input.addEventListener("input", () => {
    stop();
    // Recent stations are no answer; what was found for less text stays until there is one.
    if (typed()) {
      if (!recent.hidden) close();
      pause = setTimeout(() => void ask(), PAUSE_MS);
    } else {
      close();
      offerRecent();
    }
  });
  input.addEventListener("focus", offerRecent);
  input.addEventListener("click", offerRecent);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      void enter();
    } else if (event.key === "Escape") {
      stop();
      close();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      offerRecent();
      if (!panel.hidden) activate(active >= shown.length - 1 ? 0 : active + 1);
    } else if (event.key === "ArrowUp" && !panel.hidden) {
      event.preventDefault();
      activate(active <= 0 ? shown.length - 1 : active - 1);
    }
  });
  // Not while the visitor goes on to a suggestion or to “Clear”.
  field.addEventListener("focusout", ({ relatedTarget }) => {
    if (!field.contains(relatedTarget as Node | null)) close();
  });
  // Before the field loses its focus and the list closes.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const chosen = (event.target as Element).closest("[role=option]");
    if (chosen) open(shown[[...list.children].indexOf(chosen)]);
  });
  byId("search-clear").addEventListener("click", () => {
    forget();
    close();
    input.focus();
    say(false, "Recent stations cleared");
  });
}

function meant(suggestions: readonly string[], take: (suggestion: string) => void) {
  if (suggestions.length === 0) return [" Try another town, or a part of a name."];
  const buttons = suggestions.map((suggestion) => {
    const button = h("button", { type: "button", class: "quiet" }, h("bdi", {}, suggestion));
    button.addEventListener("click", () => take(suggestion));
    return button;
  });
  return [" Did you mean: ", ...buttons];
}

function option(station: Recent, where: string, at: number): HTMLElement {
  return h(
    "div",
    { role: "option", id: `search-${at}`, "aria-selected": "false" },
    h("bdi", { class: "name" }, station.name || station.id),
    h("span", { class: "where" }, where),
  );
}
