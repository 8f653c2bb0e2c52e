/** One parameter of a station: its current value, and its chart or table. */

import type { Band, ContextAnswer, ForecastAnswer, ParameterCode } from "./api";
import { airOf } from "./aqi";
import { chart, type FreshBand } from "./chart";
import { bandBefore, hoursWithin } from "./day-before";
import { h } from "./dom";
import {
  number,
  ofTheHour,
  PARAMETERS,
  percent,
  shownAs,
  type UnitSystem,
  withUnit,
} from "./parameters";
import { classOf, SCALES } from "./scales";
import { aligned, extended, hourOf, type Series, seriesOf } from "./series";
import { table } from "./table";
import { clock } from "./times";
import { freshBand } from "./what-if";

export interface PanelInput {
  answer: ForecastAnswer;
  code: ParameterCode;
  /** The real-time forecast with the visitor's reading. */
  fresh?: ContextAnswer | undefined;
  /** The forecast that was issued the day before. */
  before?: ForecastAnswer | undefined;
  system: UnitSystem;
  view: "charts" | "tables";
  now: number;
}

/** Make a panel; `remove` removes it. */
export function panel(input: PanelInput): { element: HTMLElement; remove: () => void } {
  const { answer, code, system, view, now } = input;
  const zone = answer.station.timezone;
  const { series, fresh } = withFresh(seriesOf(answer, code), freshBand(input.fresh, code));
  const before = bandBefore(input.before, code, series);
  const place = h("div", {});
  const element = h(
    "section",
    { class: "parameter", "aria-labelledby": `of-${code}` },
    h("h2", { id: `of-${code}` }, PARAMETERS[code].name),
    nowLine(input),
    ...standIn(input),
    ...airQuality(input),
    ...chanceOfRain(input),
    ...cameTrue(series, before),
    place,
    h("p", { class: "note" }, SCALES[code].about),
  );
  let remove = (): void => undefined;
  if (view === "tables") {
    const made = table({ code, series, before, fresh, system, zone });
    place.append(made);
    queueMicrotask(() => showForecast(made));
  } else {
    // uPlot measures its container, so that must be in the page first.
    const label = summary(input);
    queueMicrotask(() => {
      remove = chart(place, { code, series, before, fresh, system, zone, now, label });
    });
  }
  return { element, remove: () => remove() };
}

/** Scroll to the last observed hours, just before the forecast. */
function showForecast(region: HTMLElement): void {
  const rows = [...region.querySelectorAll<HTMLElement>("tbody tr")];
  const first = rows.findIndex((each) => !each.classList.contains("observed"));
  const head = region.querySelector("thead")?.offsetHeight ?? 0;
  region.scrollTop = (rows[Math.max(0, first - 3)]?.offsetTop ?? 0) - head;
}

function withFresh(
  stored: Series,
  fresh: ReturnType<typeof freshBand>,
): { series: Series; fresh: FreshBand | undefined } {
  if (!fresh) return { series: stored, fresh: undefined };
  const series = extended(stored, fresh.times);
  const at = (values: (number | null)[]): (number | null)[] =>
    aligned(series.times, fresh.times, values);
  const { p10, p50, p90 } = fresh.band;
  return { series, fresh: { p10: at(p10), p50: at(p50), p90: at(p90) } };
}

const bandOf = (answer: ForecastAnswer, code: ParameterCode): Band => answer.values[code] as Band;

function nowLine({ answer, code, system, now }: PanelInput): HTMLElement {
  const { p10, p50, p90 } = bandOf(answer, code);
  const at = hourOf(answer.time, now);
  const value = p50[at] as number;
  const found = classOf(code, value);
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = found.colour;
  const until = clock(Date.parse(answer.time[at] as string), answer.station.timezone);
  const range = `${number(p10[at] as number, code, system)} to ${number(p90[at] as number, code, system)}`;
  return h(
    "p",
    { class: "hour" },
    h("span", { class: "value" }, withUnit(value, code, system)),
    " ",
    swatch,
    ` ${found.word}`,
    h("br"),
    `${ofTheHour(code)} ending ${until}; 80 % interval ${range}`,
  );
}

/** Which parameters the model did not forecast itself, as the station is far from its network. */
function standIn({ answer, code }: PanelInput): HTMLElement[] {
  if (answer.models?.[code] === undefined) return [];
  return [
    h(
      "p",
      { class: "stand-in" },
      h("strong", {}, "Not forecast by the model"),
      ", because it knows too little about places like this one. The forecast is drawn from the last " +
        "seven days here: the newest value, and what was usual at the same hour.",
    ),
  ];
}

function airQuality({ answer, code }: PanelInput): HTMLElement[] {
  const air = airOf(answer);
  if (air?.code !== code) return [];
  const { index, word } = air;
  return [
    h(
      "p",
      { class: "aqi" },
      h("strong", {}, `US Air Quality Index ${index}: ${word}`),
      ", of the 24 forecast hours.",
    ),
  ];
}

/** The chance in all hours of the forecast; nothing for parameters and models without one. */
function chanceOfRain({ answer, code, fresh }: PanelInput): HTMLElement[] {
  const stored = answer.chance_24h?.[code];
  if (stored === undefined) return [];
  const renewed = freshBand(fresh, code) && fresh?.chance_24h?.[code];
  const reading = renewed === undefined ? "" : `; with your reading ${percent(renewed)}`;
  return [
    h(
      "p",
      { class: "chance" },
      h("strong", {}, `Chance of rain in the 24 forecast hours: ${percent(stored)}`),
      `${reading}. Rain is 0.1 mm or more in an hour.`,
    ),
  ];
}

/** How often the interval of the day before held. */
function cameTrue(series: Series, before: FreshBand | undefined): HTMLElement[] {
  if (!before) return [];
  const { within, hours } = hoursWithin(series, before);
  const told = hours
    ? `${within} of ${hours} observed hours lay within its 80 % interval.`
    : "no hour of it was observed.";
  return [h("p", { class: "before" }, `The forecast of the day before: ${told}`)];
}

/** A description of the chart for visitors who cannot see it. */
function summary({ answer, code, system }: PanelInput): string {
  const { p10, p50, p90 } = bandOf(answer, code);
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
    `${text(Math.min(...p10))} and ${text(Math.max(...p90))} ${unit}. ` +
    "The same numbers are in the table."
  );
}
