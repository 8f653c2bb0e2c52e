/** The time axis that all charts share: one hour is chosen in all of them, by pointer, finger or keys. */

import type uPlot from "uplot";
import { h } from "../dom";
import { dayText, hourText } from "./readout";

interface Inputs {
  /** The ends of the hours, in milliseconds since 1970, ascending. */
  times: readonly number[];
  /** The index of the current hour, or of the last one if all have passed. */
  present: number;
  zone: string;
  now: number;
  /** Called with the index of the hour to show; returns what is shown, in words. */
  show: (at: number) => string;
}

export class HourAxis {
  readonly element: HTMLElement;
  readonly #inputs: Inputs;
  readonly #plots: uPlot[] = [];
  readonly #slider: HTMLInputElement;
  readonly #hour = h("strong", {});
  readonly #day = h("span", { class: "note" });
  #at: number;

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
    this.#at = inputs.present;
    this.#slider = h("input", {
      type: "range",
      min: 0,
      max: inputs.times.length - 1,
      step: 1,
      "aria-label": "Hour that is shown",
    });
    const over = (inputs.times[inputs.present] as number) < inputs.now;
    const back = h("button", { type: "button", class: "quiet" }, over ? "Last hour" : "Now");
    back.addEventListener("click", () => this.choose(inputs.present));
    this.#slider.addEventListener("input", () => this.choose(this.#slider.valueAsNumber));
    const said = h("p", {}, this.#hour, " ", this.#day);
    const beside = h("div", { class: "hour-said" }, said, back);
    this.element = h("div", { class: "hour-axis" }, beside, this.#slider);
    this.#show(inputs.present);
  }

  /** Let a chart take part. */
  join(plot: uPlot): void {
    this.#plots.push(plot);
    const { over } = plot;
    over.addEventListener("mouseleave", () => this.#show(this.#inputs.present));
    over.addEventListener("pointerdown", () => this.#slider.focus({ preventScroll: true }));
    const follow = (event: PointerEvent): void => {
      if (event.pointerType === "mouse") return;
      const left = event.clientX - over.getBoundingClientRect().left;
      this.choose(plot.posToIdx(left));
    };
    over.addEventListener("pointerdown", follow);
    over.addEventListener("pointermove", follow);
  }

  /** Called by a chart under the pointer. */
  point(at: number): void {
    if (at !== this.#at) this.#show(at);
  }

  /** Show an hour in all charts. */
  choose(at: number): void {
    const time = this.#inputs.times[at] as number;
    for (const plot of this.#plots) {
      const middle = plot.over.clientHeight / 2;
      plot.setCursor({ left: plot.valToPos(time / 1000, "x"), top: middle }, false);
    }
    this.#show(at);
  }

  #show(at: number): void {
    const { times, zone, now, show } = this.#inputs;
    this.#at = at;
    const end = times[at] as number;
    this.#hour.textContent = hourText(end, zone);
    this.#day.textContent = dayText(end, zone, now);
    this.#slider.value = String(at);
    this.#slider.setAttribute(
      "aria-valuetext",
      `${this.#hour.textContent}, ${this.#day.textContent}: ${show(at)}`,
    );
  }
}
