/** What the words on a station's page mean: the value of an hour, and the limits of its classes. */

import type { ForecastAnswer, ParameterCode } from "../api";
import { h } from "../dom";
import { number, ofTheHour, PARAMETERS, shownAs, type UnitSystem } from "../parameters";
import { SCALES } from "../scales";
import { inOrder } from "./groups";

/** An entry for each parameter of a station. */
export function words(answer: ForecastAnswer, system: UnitSystem): HTMLElement[] {
  const codes = inOrder(Object.keys(answer.values) as ParameterCode[]);
  return codes.flatMap((code) => [
    h("dt", {}, PARAMETERS[code].name),
    h("dd", {}, `${sentence(code, system)} ${SCALES[code].about}`),
  ]);
}

/** What a value is, and its classes in the units that are shown. */
export function sentence(code: ParameterCode, system: UnitSystem): string {
  const { unit } = shownAs(code, system);
  const { classes } = SCALES[code];
  const limits = classes.map(({ word, below }, at) => {
    // What is halfway between two decimals is rounded up, as in the published break points.
    const limit = number(below * (1 + 1e-9), code, system);
    const next = Number.isFinite(below) ? ` below ${limit}` : "";
    return at === classes.length - 1 ? `${word} above` : `${word}${next}`;
  });
  return `The ${ofTheHour(code)}, in ${unit}. ${limits.join(", ")}.`;
}
