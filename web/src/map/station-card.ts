/** The card of the station that the visitor picked on the map. */

import { stationPage } from "../addresses";
import type { ForecastAnswer } from "../api";
import { byId, h } from "../dom";
import { icon } from "../icons";
import { classIn } from "../scales";
import type { Layer } from "./layers";
import { sparkline } from "./sparkline";

export interface Picked {
  index: number;
  id: string;
  name: string;
  country: string;
  /** What else is worth saying, such as how far away it is; empty if nothing is. */
  note: string;
}

export class StationCard {
  readonly #card = byId("picked");

  /**
   * @param closed is called when the visitor closes the card.
   * @param forecastOf returns the forecast of a station, of the run on the map.
   */
  constructor(
    readonly closed: () => void,
    readonly forecastOf: (stationId: string) => Promise<ForecastAnswer>,
  ) {
    this.#card.addEventListener("keydown", (event) => {
      if (event.key === "Escape") closed();
    });
  }

  hide(): void {
    this.#card.hidden = true;
  }

  /** How far a point of the map must move up so that the card does not cover it; 0 if it does not. */
  covers({ x, y }: { x: number; y: number }): number {
    const {
      offsetLeft: left,
      offsetTop: top,
      offsetWidth: width,
      offsetHeight: height,
    } = this.#card;
    const isBelow = x > left && x < left + width && y > top - AROUND && y < top + height;
    return isBelow ? y - top + AROUND : 0;
  }

  /** Show a station; what is not on the map comes when it is known. */
  show({ index, id, name, country, note }: Picked, layer: Layer): void {
    const close = h("button", { type: "button", class: "close quiet", "aria-label": "Close" });
    close.append(icon("close"));
    close.addEventListener("click", this.closed);
    const more = h("div", { class: layer.interval ? "more" : undefined });
    this.#card.replaceChildren(
      h("h2", {}, h("bdi", {}, name || id)),
      h("p", { class: "where" }, [id, country, note].filter(Boolean).join(" · ")),
      h("p", { class: "now" }, ...valueLine(layer, index)),
      more,
      h("p", {}, h("a", { href: stationPage(id) }, "Forecast for this station")),
      close,
    );
    this.#card.hidden = false;
    if (layer.interval) void this.#showMore(more, id, layer);
  }

  async #showMore(place: HTMLElement, id: string, layer: Layer): Promise<void> {
    // Without an answer the value stands alone.
    const answer = await this.forecastOf(id).catch(() => undefined);
    const interval = answer && layer.interval?.(answer);
    const line = answer && layer.line?.(answer);
    place.replaceChildren(
      ...(interval ? [h("p", { class: "note" }, interval)] : []),
      ...(line ? [sparkline(line)] : []),
    );
  }
}

/** Pixels around a point that the card leaves free. */
const AROUND = 24;

/** The value of a station with its class. */
export function valueLine(layer: Layer, index: number): (Node | string)[] {
  const value = layer.valueAt(index);
  if (value === undefined) return [`${layer.name}: ${layer.nothing}`];
  const found = classIn(layer.scale, value);
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = found.colour;
  const text = h("span", { class: "value" }, layer.long(value));
  return [h("span", { class: "of" }, `${layer.name}: `), text, " ", swatch, ` ${found.word}`];
}
