/** One parameter of a station in few words: the value of this hour, and what is still to come. */

import type { Band, ForecastAnswer, ParameterCode } from "../api";
import { h } from "../dom";
import { isDirection, number, percent, type UnitSystem, withUnit } from "../parameters";
import { classOf } from "../scales";
import { hourOf } from "../station/series";

/** The median of the hour that contains `now`, and its word. */
export function valueNow(
  answer: ForecastAnswer,
  code: ParameterCode,
  now: number,
  system: UnitSystem,
): HTMLElement[] {
  const value = (answer.values[code] as Band).p50[hourOf(answer.time, now)] as number;
  const found = classOf(code, value);
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = found.colour;
  return [
    h("span", { class: "value" }, withUnit(value, code, system)),
    h("span", { class: "word" }, swatch, ` ${found.word}`),
  ];
}

/** The range of the medians from this hour on; of rain, its chance in all hours. */
export function stillToCome(
  answer: ForecastAnswer,
  code: ParameterCode,
  now: number,
  system: UnitSystem,
): string {
  const chance = answer.chance_24h?.[code];
  if (chance !== undefined) return `${percent(chance)} chance of rain in the 24 hours`;
  const ahead = (answer.values[code] as Band).p50.slice(hourOf(answer.time, now));
  // Directions have no lowest and no highest.
  if (isDirection(code))
    return `${withUnit(ahead.at(-1) as number, code, system)} in the last hour`;
  const low = number(Math.min(...ahead), code, system);
  const high = withUnit(Math.max(...ahead), code, system);
  return withUnit(Math.min(...ahead), code, system) === high
    ? `stays at ${high}`
    : `${low} to ${high} from now on`;
}
