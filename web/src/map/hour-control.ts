/** The hour that the map shows: a slider, in the visitor's own time, and a button that plays all hours. */

import { byId } from "../dom";
import { icon } from "../icons";
import { hourOf } from "../station/series";
import { browserZone, clock, day, zoneName } from "../times";

/** How long each hour is shown while they are played. */
const STEP_MS = 700;

export class HourControl {
  readonly #slider = byId<HTMLInputElement>("hour");
  readonly #now = byId<HTMLButtonElement>("hour-now");
  readonly #play = byId<HTMLButtonElement>("play");
  #times: readonly string[] = [];
  #player = 0;

  /** @param chosen is called with the hour that the visitor chose; undefined for the current one. */
  constructor(readonly chosen: (hour: number | undefined) => void) {
    this.#slider.addEventListener("input", () => {
      this.stop();
      chosen(this.hour);
    });
    this.#now.addEventListener("click", () => {
      this.stop();
      chosen(undefined);
    });
    this.#play.addEventListener("click", () => (this.#player ? this.stop() : this.#start()));
    this.#label();
  }

  get hour(): number {
    return Number(this.#slider.value);
  }

  /** Show the hours of a run at one of them; undefined for the current one. */
  show(times: readonly string[], hour: number | undefined): void {
    this.#times = times;
    const current = hourOf(times, Date.now());
    this.#slider.value = String(hour ?? current);
    this.#slider.disabled = false;
    this.#play.disabled = false;
    this.#now.hidden = this.hour === current;
    const at = Date.parse(times[this.hour] ?? "");
    const zone = browserZone();
    byId("hour-text").textContent = hourSpan(at, zone);
    byId("hour-zone").textContent = `your time (${zoneName(at, zone)})`;
    this.#slider.setAttribute("aria-valuetext", `${hourSpan(at, zone)}, your time`);
  }

  /** Stop playing. */
  stop(): void {
    clearInterval(this.#player);
    this.#player = 0;
    this.#label();
  }

  #start(): void {
    this.#player = window.setInterval(() => this.#step(), STEP_MS);
    this.#label();
    this.#step();
  }

  #step(): void {
    this.chosen((this.hour + 1) % this.#times.length);
  }

  #label(): void {
    const name = this.#player ? "Pause" : "Play the 24 hours";
    this.#play.setAttribute("aria-label", name);
    this.#play.title = name;
    this.#play.replaceChildren(icon(this.#player ? "pause" : "play"));
  }
}

/** An hour such as `Sun 29 Nov 14:00–15:00`, from the time at which it ends. */
export function hourSpan(end: number, zone: string): string {
  const start = end - 3_600_000;
  return `${day(start, zone)} ${clock(start, zone)}–${clock(end, zone)}`;
}
