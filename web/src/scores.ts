/** Scores of forecasts in words, in the units that the visitor chose. */

import type { ParameterCode, StationVerification } from "./api";
import { shownAs, type UnitSystem } from "./parameters";

type Parameters = StationVerification["parameters"];
export type Score = NonNullable<Parameters[keyof Parameters]>;

/** The forecasts that need no model. */
export const GUESSES: Record<string, string> = {
  persistence: "that nothing changes",
  yesterday: "the same hour of the day before",
  week: "the mean of the same hour over a week",
  zero: "none at all",
};

/** The mean absolute error, such as `1.4 °C`. */
export const typicalError = (
  { mae }: { mae: number },
  code: ParameterCode,
  system: UnitSystem,
): string => difference(mae, code, system);

/** The bias with its sign, such as `−0.1 °C`. */
export function biasText(
  { bias }: { bias: number },
  code: ParameterCode,
  system: UnitSystem,
): string {
  const text = difference(Math.abs(bias), code, system);
  if (!/[1-9]/.test(text)) return text;
  return `${bias < 0 ? "−" : "+"}${text}`;
}

/** A skill such as `27 %` or `−5 %`; a dash if the reference has no error. */
export function skillText(skill: number | null): string {
  if (skill === null) return "–";
  const whole = Math.round(100 * skill);
  return `${whole < 0 ? "−" : ""}${Math.abs(whole)} %`;
}

/** A difference of two values: degrees Fahrenheit have no offset here. */
function difference(value: number, code: ParameterCode, system: UnitSystem): string {
  const { unit, decimals, convert } = shownAs(code, system);
  const text = (convert(value) - convert(0)).toFixed(Math.max(decimals, 1));
  return `${text}${unit === "%" ? "" : " "}${unit}`;
}
