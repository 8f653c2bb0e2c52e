/** One parameter of a station: its name, its values at the chosen hour, and what is said about it. */

import type { Band, ContextAnswer, ForecastAnswer, ParameterCode } from "../api";
import { airOf } from "../aqi";
import { h } from "../dom";
import {
  number,
  ofTheHour,
  PARAMETERS,
  percent,
  shownAs,
  type UnitSystem,
  wetFrom,
} from "../parameters";
import { clock } from "../times";
import { hoursWithin } from "./day-before";
import { DIRECTION } from "./groups";
import { type Shown, shownAt } from "./readout";
import type { Part } from "./series";
import { freshBand } from "./what-if";

/** What the page knows. */
export interface Known {
  answer: ForecastAnswer;
  /** The real-time forecast with the visitor's reading. */
  fresh?: ContextAnswer | undefined;
  /** The forecast that was issued the day before. */
  before?: ForecastAnswer | undefined;
  system: UnitSystem;
  now: number;
}

export interface Panel {
  element: HTMLElement;
  /** Show an hour, by its index in the series; returns the value in words. */
  show: (at: number) => string;
}

/** Make the panel of a parameter beside its chart, where it is the first or the second line. */
export function panel(part: Part, known: Known, line: "first" | "second" | "none"): Panel {
  const { code } = part;
  const { name } = PARAMETERS[code];
  const value = h("span", { class: "reading" });
  const word = h("span", { class: "word" });
  const sure = h("p", { class: "note sure" });
  const more = h("div", { class: "note more" });
  const key = line === "none" ? [] : [h("span", { class: `line ${line}`, "aria-hidden": "true" })];
  const element = h(
    "section",
    { class: "parameter", "aria-labelledby": `of-${code}` },
    h("h4", { id: `of-${code}` }, ...key, name),
    h("p", { class: "at-hour" }, value, " ", word),
    sure,
    more,
    ...remarks(part, known),
  );
  return {
    element,
    show: (at) => {
      const shown = shownAt(part, at, known.system);
      value.textContent = shown.value;
      sure.textContent = shown.sure;
      more.replaceChildren(...shown.more.map((text) => h("p", {}, text)));
      word.replaceChildren(...wordWith(shown));
      return `${name} ${shown.value}`;
    },
  };
}

/** The word of a class beside its colour, if it has one. */
function wordWith({ word, colour }: Shown): (Node | string)[] {
  if (!word || !colour) return [word ?? ""];
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = colour;
  return [swatch, ` ${word}`];
}

/** What is said about a parameter whatever the hour is. */
export function remarks(part: Part, known: Known): HTMLElement[] {
  return [...airQuality(part, known), ...chanceOfRain(part, known), ...cameTrue(part)];
}

function airQuality({ code }: Part, { answer }: Known): HTMLElement[] {
  const air = airOf(answer);
  if (air?.code !== code) return [];
  return [
    h(
      "p",
      { class: "aqi note" },
      h("strong", {}, `US Air Quality Index ${air.index}: ${air.word}`),
      ", of the 24 forecast hours.",
    ),
  ];
}

/** The chance in all hours of the forecast; nothing for parameters and models without one. */
function chanceOfRain({ code }: Part, { answer, fresh, system }: Known): HTMLElement[] {
  const stored = answer.chance_24h?.[code];
  if (stored === undefined) return [];
  const renewed = freshBand(fresh, code) && fresh?.chance_24h?.[code];
  const reading = renewed === undefined ? "" : `; with your reading ${percent(renewed)}`;
  const least = wetFrom(system);
  return [
    h(
      "p",
      { class: "chance note" },
      h("strong", {}, `Chance of rain in the 24 forecast hours: ${percent(stored)}`),
      `${reading}. Rain is ${least} or more in an hour.`,
    ),
  ];
}

/** How often the interval of the day before held. */
function cameTrue({ code, series, before }: Part): HTMLElement[] {
  if (!before) return [];
  const { within, hours } = hoursWithin(series, before, code === DIRECTION ? 360 : undefined);
  const told = hours
    ? `${within} of ${hours} observed hours lay within its 80 % interval.`
    : "no hour of it was observed.";
  return [h("p", { class: "before note" }, `The forecast of the day before: ${told}`)];
}

/** A description of the chart of some parameters for visitors who cannot see it. */
export function summary(codes: readonly ParameterCode[], known: Known): string {
  const told = codes.map((code) => summaryOf(code, known)).join(" ");
  return `${told} The same numbers are in the table.`;
}

function summaryOf(code: ParameterCode, { answer, system }: Known): string {
  const { p10, p50, p90 } = answer.values[code] as Band;
  const { unit } = shownAs(code, system);
  const text = (value: number): string => number(value, code, system);
  const zone = answer.station.timezone;
  const hour = (value: number): string =>
    clock(Date.parse(answer.time[p50.indexOf(value)] as string), zone);
  const low = Math.min(...p50);
  const high = Math.max(...p50);
  return (
    `Chart of ${PARAMETERS[code].name}, ${ofTheHour(code)}. The median goes from ${text(low)} ${unit} at ${hour(low)} ` +
    `to ${text(high)} ${unit} at ${hour(high)}; the 80 % interval lies between ` +
    `${text(Math.min(...p10))} and ${text(Math.max(...p90))} ${unit}.`
  );
}
