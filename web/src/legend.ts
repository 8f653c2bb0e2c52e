/** The legend of a parameter: colour, word and limits of each class. */

import type { ParameterCode } from "./api";
import { h } from "./dom";
import { shownAs, type UnitSystem } from "./parameters";
import { SCALES } from "./scales";

export function legend(code: ParameterCode, system: UnitSystem): HTMLElement[] {
  const { classes } = SCALES[code];
  return classes.map(({ below, word, colour }, index) => {
    const from = classes[index - 1]?.below;
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = colour;
    return h("li", {}, swatch, ` ${word} `, h("span", { class: "range" }, range(from, below)));
  });

  function text(limit: number): string {
    const { convert, decimals } = shownAs(code, system);
    return String(Number(convert(limit).toFixed(decimals))).replace("-", "−");
  }

  function range(from: number | undefined, below: number): string {
    if (from === undefined) return `below ${text(below)}`;
    if (below === Number.POSITIVE_INFINITY) return `from ${text(from)}`;
    return `${text(from)} to ${text(below)}`;
  }
}
