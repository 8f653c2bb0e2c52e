/** All parameters of a station hour by hour: charts on one time axis, or tables. */

import type { ContextAnswer, ForecastAnswer, ParameterCode } from "../api";
import { h } from "../dom";
import { PARAMETERS, shownAs, type UnitSystem } from "../parameters";
import { chart, type Kind } from "./chart";
import { bandBefore } from "./day-before";
import { DIRECTION, groupsOf, inOrder, type Row } from "./groups";
import { HourAxis } from "./hour-axis";
import { type Known, panel, remarks, summary } from "./panel";
import { aligned, extended, hourOf, type Part, seriesOf } from "./series";
import { table } from "./table";
import { freshBand } from "./what-if";

/** Hours of observations in the charts; the tables have all. */
const HOURS_BEFORE = 24;

interface Made {
  elements: HTMLElement[];
  /** Call it once the elements are in the page: charts measure their place. */
  draw: () => void;
  remove: () => void;
}

/** Each parameter's series, all at the same times, with the other forecasts to compare. */
function partOf(code: ParameterCode, { answer, fresh, before }: Known, hours?: number): Part {
  const series = extended(seriesOf(answer, code, hours), timesOf(fresh));
  const renewed = freshBand(fresh, code);
  const at = (values: (number | null)[]): (number | null)[] =>
    aligned(series.times, renewed?.times ?? [], values);
  return {
    code,
    series,
    before: bandBefore(before, code, series),
    fresh: renewed && {
      p10: at(renewed.band.p10),
      p50: at(renewed.band.p50),
      p90: at(renewed.band.p90),
    },
  };
}

const timesOf = (fresh: ContextAnswer | undefined): readonly string[] =>
  fresh?.realtime ? fresh.time : [];

const codesOf = ({ values }: ForecastAnswer): ParameterCode[] =>
  Object.keys(values) as ParameterCode[];

/** Charts under a row that says which hour is shown, and lets the visitor choose another. */
export function charts(known: Known): Made {
  const { answer, now } = known;
  const zone = answer.station.timezone;
  const groups = groupsOf(codesOf(answer));
  const parts = new Map(codesOf(answer).map((code) => [code, partOf(code, known, HOURS_BEFORE)]));
  const [any] = parts.values();
  if (!any) return { elements: [], draw: () => undefined, remove: () => undefined };
  const panels = new Map<ParameterCode, ReturnType<typeof panel>>();
  const places: { place: HTMLElement; row: Row; kind: Kind; last: boolean }[] = [];

  const rowOf = (row: Row, last: boolean): HTMLElement => {
    const lines = linesOf(row);
    for (const code of row) {
      const line = lines.length < 2 ? "none" : (["first", "second"] as const)[lines.indexOf(code)];
      panels.set(code, panel(parts.get(code) as Part, known, line ?? "none"));
    }
    const kinds = kindsOf(parts.get(row[0] as ParameterCode) as Part);
    const made = kinds.map((kind, at) => {
      const place = h("div", {});
      places.push({ place, row, kind, last: last && at === kinds.length - 1 });
      const caption = captionOf(kind, known.system);
      return h("div", {}, ...caption, place);
    });
    const beside = row.map((code) => panels.get(code)?.element as HTMLElement);
    return h(
      "div",
      { class: "row" },
      h("div", { class: "beside" }, ...beside),
      h("div", {}, ...made),
    );
  };

  const sections = groups.map(({ title, rows }) =>
    h(
      "section",
      { class: "group" },
      h("h3", {}, title),
      ...rows.map((row, at) => rowOf(row, at === rows.length - 1)),
    ),
  );
  const axis = new HourAxis({
    times: any.series.times,
    present: any.series.times.indexOf(Date.parse(answer.time[hourOf(answer.time, now)] as string)),
    zone,
    now,
    show: (at) => [...panels.values()].map(({ show }) => show(at)).join(", "),
  });
  let removals: (() => void)[] = [];
  const draw = (): void => {
    removals = places.map(({ place, row, kind, last }, at) =>
      chart(place, {
        parts: linesOf(row).map((code) => parts.get(code)) as [Part, ...Part[]],
        directions: row.includes(DIRECTION)
          ? directionsOf(parts.get(DIRECTION) as Part)
          : undefined,
        kind,
        axis,
        system: known.system,
        zone,
        now,
        first: at === 0,
        last,
        label:
          kind === "chances"
            ? "Chart of the chance of rain in each hour. The same numbers are in the table."
            : summary(linesOf(row), known),
      }),
    );
  };
  return {
    elements: [axis.element, ...sections],
    draw,
    remove: () => {
      for (const each of removals) each();
    },
  };
}

/** Where the wind comes from in each hour, observed or forecast. */
const directionsOf = ({ series }: Part): (number | null)[] =>
  series.times.map((_, at) => series.p50[at] ?? series.observed[at] ?? null);

/** What the two charts of rain are about; lines are explained beside them. */
function captionOf(kind: Kind, system: UnitSystem): HTMLElement[] {
  if (kind === "lines") return [];
  const { unit } = shownAs("precipitation", system);
  const text = kind === "chances" ? "Chance of rain in each hour" : `Amount in each hour, ${unit}`;
  return [h("p", { class: "caption note" }, text)];
}

/** The parameters of a row that are lines: directions are arrows, unless there is nothing else. */
function linesOf(row: Row): Row {
  const lines = row.filter((code) => code !== DIRECTION);
  return lines.length ? lines : row;
}

/** The charts of a parameter: rain has its chance above its amount. */
function kindsOf({ code, series }: Part): Kind[] {
  if (code !== "precipitation") return ["lines"];
  return series.chance ? ["chances", "amounts"] : ["amounts"];
}

/** A table for each parameter. */
export function tables(known: Known): Made {
  const zone = known.answer.station.timezone;
  const made = inOrder(codesOf(known.answer)).map((code) => {
    const part = partOf(code, known);
    return { part, region: table({ ...part, system: known.system, zone }) };
  });
  const elements = made.map(({ part, region }) =>
    h(
      "section",
      { class: "parameter card", "aria-labelledby": `of-${part.code}` },
      h(
        "h3",
        { id: `of-${part.code}` },
        `${PARAMETERS[part.code].name}, ${shownAs(part.code, known.system).unit}`,
      ),
      ...remarks(part, known),
      region,
    ),
  );
  return {
    elements,
    draw: () => {
      for (const { region } of made) showForecast(region);
    },
    remove: () => undefined,
  };
}

/** Scroll to the last observed hours, just before the forecast. */
function showForecast(region: HTMLElement): void {
  const rows = [...region.querySelectorAll<HTMLElement>("tbody tr")];
  const first = rows.findIndex((each) => !each.classList.contains("observed"));
  const head = region.querySelector("thead")?.offsetHeight ?? 0;
  region.scrollTop = (rows[Math.max(0, first - 3)]?.offsetTop ?? 0) - head;
}
