/** What both pages have in common: search, units, banners, and a watch over the published run. */

import { ProblemError, type Run, status, UnreachableError } from "./api";
import { setUpSearch } from "./combobox";
import { byId, h } from "./dom";
import { expiry } from "./freshness";
import type { UnitSystem } from "./parameters";
import { keepUnits, units } from "./preferences";

/** How often a page that is open looks whether another run is published. */
const WATCH_MS = 5 * 60_000;

export interface Frame {
  readonly units: UnitSystem;
}

/** Set the header up; `changed` is called when the visitor changes units. */
export function setUpFrame(changed: (system: UnitSystem) => void): Frame {
  setUpSearch();
  const select = byId<HTMLSelectElement>("units");
  select.value = units();
  select.addEventListener("change", () => {
    keepUnits(select.value as UnitSystem);
    changed(select.value as UnitSystem);
  });
  return {
    get units(): UnitSystem {
      return select.value as UnitSystem;
    },
  };
}

/** Show a banner if the forecast has expired. */
export function showExpiry(run: Run, now: number): void {
  const text = expiry(run, now);
  const title = h("strong", {}, "This forecast has expired.");
  byId("warnings").replaceChildren(
    ...(text ? [h("p", { class: "banner over" }, title, ` ${text}`)] : []),
  );
}

/** Say that nothing could be had, why, and offer to try again. */
export function showFailure(place: HTMLElement, error: unknown, again: () => void): void {
  const button = h("button", { type: "button" }, "Try again");
  button.addEventListener("click", again);
  const [title, text] = explained(error);
  place.replaceChildren(
    h("div", { class: "failure", role: "alert" }, h("h2", {}, title), h("p", {}, text), button),
  );
  place.hidden = false;
}

function explained(error: unknown): [string, string] {
  if (error instanceof ProblemError) {
    const { title, detail, request_id } = error.problem;
    return [title, `The service answered: ${detail}. Its name for this request is ${request_id}.`];
  }
  if (error instanceof UnreachableError && !navigator.onLine) {
    return ["You are offline", "This device has no connection, so no forecast can be fetched."];
  }
  if (error instanceof UnreachableError) {
    return [
      "The forecasts cannot be reached",
      "The service did not answer. That is a fault on its side or on the way there; nothing is " +
        "shown rather than something old.",
    ];
  }
  throw error;
}

interface Shown {
  run: Run;
}

/**
 * Watch what a page that is open shows.
 *
 * @param shown what it shows; none before there is anything.
 * @param show fetches the run that is published by now.
 * @param refresh shows the same anew, because an hour has passed.
 */
export function watchRun(
  shown: () => Shown | undefined,
  show: () => void,
  refresh: () => void,
): void {
  let hour = hourNow();
  const look = async (): Promise<void> => {
    const before = shown();
    if (!before || document.visibilityState === "hidden") return;
    if (hour !== hourNow()) refresh();
    hour = hourNow();
    showExpiry(before.run, Date.now());
    try {
      const { run } = await status();
      if (run && run.id !== before.run.id && before === shown()) offer(before.run, run, show);
    } catch {
      // What is shown stays good until its time is over, and the banner says when it is.
    }
  };
  setInterval(look, WATCH_MS);
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
}

const hourNow = (): number => Math.floor(Date.now() / 3_600_000);

function offer(before: Run, run: Run, show: () => void): void {
  const newer = Date.parse(run.issued_at) >= Date.parse(before.issued_at);
  const place = byId("news");
  const button = h("button", { type: "button" }, "Show it");
  button.addEventListener("click", () => {
    place.replaceChildren();
    show();
  });
  const text = newer
    ? "A newer forecast is published. "
    : "The forecast you see was withdrawn; the one before it is published again. ";
  place.replaceChildren(h("p", { class: "banner news" }, text, button));
}
