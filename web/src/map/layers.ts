/** What colours the stations on the map: a forecast at one hour, or the skill of 30 days. */

import type { Band, ForecastAnswer, MapForecasts, MapSkills, ParameterCode } from "../api";
import { number, ofTheHour, PARAMETERS, shownAs, type UnitSystem, withUnit } from "../parameters";
import { SCALES, type Scale, SKILLS } from "../scales";
import { GUESSES, skillText } from "../scores";
import type { Line } from "./sparkline";

export interface Layer {
  /** The title of the legend, with the unit. */
  title: string;
  about: string;
  scale: Scale;
  /** What the value of a station is. */
  name: string;
  /** Said of a station without a value. */
  nothing: string;
  valueAt: (index: number) => number | undefined;
  /** A value without its unit. */
  short: (value: number) => string;
  /** A value with its unit. */
  long: (value: number) => string;
  /** A limit of a class, as short as it can be. */
  limit: (value: number) => string;
  /** How sure the value is, from the forecast of the station. */
  interval?: (answer: ForecastAnswer) => string | undefined;
  /** The values of all hours. */
  line?: (answer: ForecastAnswer) => Line | undefined;
}

export function forecastLayer(
  { parameter: code, p50 }: MapForecasts,
  hour: number,
  system: UnitSystem,
): Layer {
  return {
    title: `${PARAMETERS[code].name}, ${shownAs(code, system).unit}`,
    about: `Each value is the ${ofTheHour(code)}. ${SCALES[code].about} Empty rings: no forecast.`,
    scale: SCALES[code],
    name: PARAMETERS[code].name,
    nothing: "no forecast",
    valueAt: (index) => p50[index]?.[hour],
    short: (value) => number(value, code, system),
    long: (value) => withUnit(value, code, system),
    limit: (value) => limitText(value, code, system),
    interval: (answer) => {
      const { p10, p90 } = bandOf(answer, code) ?? {};
      const [low, high] = [p10?.[hour], p90?.[hour]];
      if (low === undefined || high === undefined) return undefined;
      return `In 80 % of cases ${number(low, code, system)} to ${withUnit(high, code, system)}`;
    },
    line: (answer) => {
      // A line of directions would jump wherever the wind turns through north.
      if (PARAMETERS[code].aggregation === "circular mean") return undefined;
      const band = bandOf(answer, code);
      const label = `${PARAMETERS[code].name} over the 24 hours, with its 80 % interval`;
      return band && { ...band, hour, label };
    },
  };
}

const bandOf = (answer: ForecastAnswer, code: ParameterCode): Band | undefined =>
  answer.values[code] as Band | undefined;

function limitText(value: number, code: ParameterCode, system: UnitSystem): string {
  const { convert, decimals } = shownAs(code, system);
  return String(Number(convert(value).toFixed(decimals))).replace("-", "−");
}

export function skillLayer({ parameter: code, skill, reference, days }: MapSkills): Layer {
  const guess = reference && (GUESSES[reference] ?? reference);
  const about = guess
    ? `How much less the typical error of about ${days} days is than if one says ${guess}. ${SKILLS.about}`
    : "No run was compared with what came yet.";
  return {
    title: `Skill of the forecasts of ${PARAMETERS[code].name}`,
    about: `${about} Empty rings: too few hours to say.`,
    scale: SKILLS,
    name: `Skill, ${PARAMETERS[code].name}`,
    nothing: "too few hours to say",
    valueAt: (index) => skill[index] ?? undefined,
    short: skillText,
    long: skillText,
    limit: skillText,
  };
}
