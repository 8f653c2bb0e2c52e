/** What all pages share: search, units, banners, and a check for newly published runs. */

import { ProblemError, type Run, status, UnreachableError } from "./api";
import { byId, h } from "./dom";
import { expiry } from "./freshness";
import type { UnitSystem } from "./parameters";
import { keepUnits, units } from "./preferences";
import { setUpSearch } from "./search/combobox";

/** How often an open page checks whether another run was published. */
const WATCH_MS = 5 * 60_000;

export interface Frame {
  readonly units: UnitSystem;
}

/** Set up the header; `changed` is called when the visitor changes units. */
export function setUpFrame(changed: (system: UnitSystem) => void): Frame {
  setUpSearch();
  markPage();
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

/** Mark the link to the page that is shown. */
function markPage(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("header nav a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
  }
}

/** Say what visitors must know about the weather of a run, if anything, in a strip that stays in view. */
export function showNotice({ notice }: Run): void {
  const place = byId("notice");
  place.replaceChildren(h("p", {}, notice ?? ""));
  place.hidden = !notice;
}

/** Show a banner if the forecast has expired. */
export function showExpiry(run: Run, now: number): void {
  const text = expiry(run, now);
  const title = h("strong", {}, "This forecast has expired.");
  byId("warnings").replaceChildren(
    ...(text ? [h("p", { class: "banner over" }, title, ` ${text}`)] : []),
  );
}

/** Say that loading failed and why, and offer to try again. */
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
    return [title, `The service reported: ${detail}. Request ID: ${request_id}`];
  }
  if (error instanceof UnreachableError && !navigator.onLine) {
    return [
      "You are offline",
      "Your device has no internet connection, so the forecast cannot be loaded.",
    ];
  }
  if (error instanceof UnreachableError) {
    return [
      "The forecast could not be loaded",
      "The service did not respond. The fault is on its side or in the network. " +
        "Old numbers could mislead, so none are shown.",
    ];
  }
  throw error;
}

interface Shown {
  run: Run;
}

/**
 * Keep an open page up to date: redraw it every hour, and offer runs published since it was loaded.
 *
 * @param shown returns what the page shows; undefined until it is loaded.
 * @param show loads and shows the run that is published now.
 * @param refresh redraws what is shown, because an hour has passed.
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
      // What is shown stays valid until it expires, and then a banner says so.
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
    ? "A newer forecast is available. "
    : "The forecast shown here was withdrawn, and the previous one was restored. ";
  place.replaceChildren(h("p", { class: "banner news" }, text, button));
}
