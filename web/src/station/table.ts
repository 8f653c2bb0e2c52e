/** The table of one parameter: the numbers of its chart, for reading, listening and copying. */

import type { ParameterCode } from "../api";
import { h } from "../dom";
import { number, ofTheHour, PARAMETERS, percent, shownAs, type UnitSystem } from "../parameters";
import { classOf } from "../scales";
import { moment } from "../times";
import type { OtherBand, Part } from "./series";

interface TableInput extends Part {
  system: UnitSystem;
  zone: string;
}

export function table(input: TableInput): HTMLElement {
  const { code, series, before, fresh, system } = input;
  const { unit } = shownAs(code, system);
  const titles = [
    "Hour ending",
    "Observed",
    ...(before ? ["Forecast of the day before"] : []),
    "Median",
    "8 in 10 from",
    "to",
    ...(series.chance ? ["Chance of rain"] : []),
    ...(fresh ? ["With your reading"] : []),
    "Class",
  ];
  const head = titles.map((title, at) =>
    h("th", { scope: "col", class: at && title !== "Class" ? "number" : undefined }, title),
  );
  const caption = h(
    "caption",
    { class: "unseen" },
    `${PARAMETERS[code].name} in ${unit}, ${ofTheHour(code)}`,
  );
  const rows = series.times.map((_, at) => row(input, at)).filter((each) => each !== undefined);
  const made = h(
    "table",
    {},
    caption,
    h("thead", {}, h("tr", {}, ...head)),
    h("tbody", {}, ...rows),
  );
  const name = `${PARAMETERS[code].name}, hour by hour`;
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, made);
}

function row(
  { code, series, before, fresh, system, zone }: TableInput,
  at: number,
): HTMLElement | undefined {
  const seen = series.observed[at] ?? null;
  const median = series.p50[at] ?? null;
  const value = median ?? seen ?? fresh?.p50[at] ?? null;
  if (value === null) return undefined;
  const cell = (each: number | null | undefined): HTMLElement =>
    h(
      "td",
      { class: "number" },
      each === null || each === undefined ? "" : number(each, code, system),
    );
  return h(
    "tr",
    { class: seen === null ? undefined : "observed" },
    h("th", { scope: "row" }, moment(series.times[at] as number, zone)),
    cell(seen),
    ...(before ? [h("td", { class: "number" }, interval(before, at, code, system))] : []),
    cell(median),
    cell(series.p10[at]),
    cell(series.p90[at]),
    ...(series.chance ? [share(series.chance[at] ?? null)] : []),
    ...(fresh ? [cell(fresh.p50[at])] : []),
    h("td", {}, classOf(code, value).word),
  );
}

/** Median and interval, such as `3.0 (2.1 to 4.2)`. */
function interval(
  { p10, p50, p90 }: OtherBand,
  at: number,
  code: ParameterCode,
  system: UnitSystem,
): string {
  const [low, median, high] = [p10, p50, p90].map((values) => {
    const value = values[at] ?? null;
    return value === null ? "" : number(value, code, system);
  });
  return median ? `${median} (${low} to ${high})` : "";
}

const share = (value: number | null): HTMLElement =>
  h("td", { class: "number" }, value === null ? "" : percent(value));
