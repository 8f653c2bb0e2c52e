/** One parameter of a station in few words: the value of this hour, and what is still to come. */

import type { ParameterCode } from "../api";
import { h } from "../dom";
import { isDirection, number, percent, type UnitSystem, withUnit } from "../parameters";
import { classOf } from "../scales";
import { type Ahead, wettest } from "../station/ahead";

/** The median of the current hour, its word, and a note on the hours from now on. */
export function summary(ahead: Ahead, code: ParameterCode, system: UnitSystem): HTMLElement[] {
  const found = classOf(code, ahead.now.p50);
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = found.colour;
  return [
    h("span", { class: "value" }, withUnit(ahead.now.p50, code, system)),
    h("span", { class: "word" }, swatch, ` ${found.word}`),
    h("span", { class: "note" }, stillToCome(ahead, code, system)),
  ];
}

/** The range of the medians from this hour on; of rain, its chance in the wettest hour. */
export function stillToCome(ahead: Ahead, code: ParameterCode, system: UnitSystem): string {
  const { chance } = wettest(ahead);
  if (chance !== undefined) return `chance of rain at most ${percent(chance)} an hour`;
  // Directions have no lowest and no highest.
  const last = ahead.hours.at(-1) ?? ahead.now;
  if (isDirection(code)) return `${withUnit(last.p50, code, system)} in the last hour`;
  const [low, high] = [ahead.low, ahead.high].map(({ p50 }) => withUnit(p50, code, system));
  if (low === high) return `stays at ${high}`;
  return `${number(ahead.low.p50, code, system)} to ${high} from now on`;
}
