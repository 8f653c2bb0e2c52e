/** The legend of the map: colour, word and limits of each class. */

import { h } from "../dom";
import type { Layer } from "./layers";

export function legend({ scale: { classes, around }, limit }: Layer): HTMLElement[] {
  return classes.map(({ below, word, colour }, index) => {
    const from = (classes[index - 1] ?? (around ? classes.at(-1) : undefined))?.below;
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = colour;
    return h("li", {}, swatch, ` ${word} `, h("span", { class: "range" }, range(from, below)));
  });

  function range(from: number | undefined, below: number): string {
    if (from === undefined) return `below ${limit(below)}`;
    if (below === Number.POSITIVE_INFINITY) return `from ${limit(from)}`;
    return `${limit(from)} to ${limit(below)}`;
  }
}
