/** The chart of a row of parameters, on the time axis that all charts share. */

import uPlot from "uplot";
import { cssColour, h } from "../dom";
import { shownAs, type UnitSystem } from "../parameters";
import { clock } from "../times";
import { drawArrows, drawDays, drawNow } from "./chart-marks";
import type { HourAxis } from "./hour-axis";
import type { OtherBand, Part } from "./series";

/** Lines with their intervals, bars of amounts, or bars of chances from 0 to 100 %. */
export type Kind = "lines" | "amounts" | "chances";

export interface ChartInput {
  parts: readonly [Part, ...Part[]];
  kind: Kind;
  /** Where the wind comes from in each hour, in degrees. */
  directions?: readonly (number | null)[] | undefined;
  axis: HourAxis;
  system: UnitSystem;
  zone: string;
  now: number;
  /** Whether the chart is the first of all, which names the days, or the last of its group. */
  first: boolean;
  last: boolean;
  label: string;
}

const HEIGHTS: Record<Kind, number> = { lines: 124, amounts: 92, chances: 76 };
const DAYS_HEIGHT = 20;
const HOURS_HEIGHT = 24;
const LEFT = 44;
/** Room for half of the last hour's name. */
const RIGHT = 18;

/** Parameters whose axis does not begin at 0. */
const FREE = new Set(["temperature", "dew_point", "pressure"]);
/** The colours of the first and the second parameter of a chart. */
const COLOURS = [
  { observed: "--observed", median: "--median", band: "--band" },
  { observed: "--second", median: "--second", band: "--second-band" },
] as const;

/** Make a chart in `place`, which must be in the page; the returned function removes it. */
export function chart(place: HTMLElement, input: ChartInput): () => void {
  const frame = h("div", { class: "chart", role: "img", "aria-label": input.label });
  place.replaceChildren(frame);
  const height = heightOf(input);
  const plot = new uPlot(options(input, frame.clientWidth || 320), columns(input), frame);
  input.axis.join(plot);
  const observer = new ResizeObserver(() => {
    const width = frame.clientWidth;
    if (width && width !== plot.width) plot.setSize({ width, height });
  });
  observer.observe(frame);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

const heightOf = ({ kind, first, last }: ChartInput): number =>
  HEIGHTS[kind] + (first ? DAYS_HEIGHT : 0) + (last ? HOURS_HEIGHT : 0);

function others({ before, fresh }: Part): { band: OtherBand; colour: string }[] {
  return [
    ...(before ? [{ band: before, colour: "--before" }] : []),
    ...(fresh ? [{ band: fresh, colour: "--fresh" }] : []),
  ];
}

/** One row of numbers of a chart, and how it is drawn. */
interface Drawn {
  values: readonly (number | null)[];
  series: uPlot.Series;
}

const line = (colour: string, width: number, more: Partial<uPlot.Series> = {}): uPlot.Series => ({
  stroke: cssColour(colour),
  width,
  points: { show: false },
  ...more,
});

/** Bars of the hours that end at each time. */
const bars = (colour: string): uPlot.Series => ({
  fill: cssColour(colour),
  width: 0,
  points: { show: false },
  ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.86, 24], align: -1 }) }),
});

/** What a parameter adds to a chart; of lines, bands of an upper and a lower line. */
function drawn(part: Part, kind: Kind, at: number): Drawn[] {
  const { series } = part;
  if (kind === "chances") {
    const chance = (series.chance ?? []).map((share) => (share === null ? null : 100 * share));
    return [{ values: chance, series: bars("--median") }];
  }
  if (kind === "amounts") {
    return [
      { values: series.observed, series: bars("--observed") },
      { values: series.p90, series: bars("--band") },
      { values: series.p50, series: bars("--median") },
      ...others(part).map(({ band, colour }) => ({
        values: band.p90,
        series: line(colour, 2, { dash: [6, 3] }),
      })),
    ];
  }
  const { observed, median } = COLOURS[at === 0 ? 0 : 1];
  const dash = at === 0 ? {} : { dash: [2, 3] };
  return [
    { values: series.observed, series: line(observed, 1.5, dash) },
    { values: series.p90, series: line(median, 0) },
    { values: series.p50, series: line(median, 2, dash) },
    { values: series.p10, series: line(median, 0) },
    ...others(part).flatMap(({ band, colour }) => [
      { values: band.p90, series: line(colour, 0) },
      { values: band.p50, series: line(colour, 2, { dash: [6, 3] }) },
      { values: band.p10, series: line(colour, 0) },
    ]),
  ];
}

const allDrawn = ({ parts, kind }: ChartInput): Drawn[] =>
  parts.flatMap((part, at) => drawn(part, kind, at));

function columns(input: ChartInput): uPlot.AlignedData {
  const { parts, kind, system } = input;
  const [{ code, series }] = parts;
  const { convert } = shownAs(code, system);
  const shown = (value: number | null): number | null =>
    value === null || kind === "chances" ? value : convert(value);
  return [
    series.times.map((time) => time / 1000),
    ...allDrawn(input).map(({ values }) => values.map(shown)),
  ] as uPlot.AlignedData;
}

/** The intervals between the upper and lower lines; the numbers of series begin at 1. */
function bands({ parts, kind }: ChartInput): uPlot.Band[] {
  if (kind !== "lines") return [];
  let next = 1;
  return parts.flatMap((part, at) => {
    const own = { series: [next + 1, next + 3], fill: cssColour(COLOURS[at === 0 ? 0 : 1].band) };
    next += 4;
    const more = others(part).map(({ colour }) => {
      const found = { series: [next, next + 2], fill: cssColour(`${colour}-band`) };
      next += 3;
      return found;
    });
    return [own, ...more];
  }) as uPlot.Band[];
}

function options(input: ChartInput, width: number): uPlot.Options {
  const { zone, now, kind, first, last, axis, directions } = input;
  const [{ series, code }] = input.parts;
  return {
    width,
    height: heightOf(input),
    padding: [first ? DAYS_HEIGHT : 6, RIGHT, last ? 0 : 6, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false },
      points: { size: 6 },
      y: false,
      sync: { key: "hours" },
    },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: {
      x: { time: true },
      y: FREE.has(code) ? {} : { range: (_plot, _least, most) => upward(input, most ?? 0) },
    },
    series: [{}, ...allDrawn(input).map((each) => each.series)],
    bands: bands(input),
    axes: [timeAxis(zone, last), valueAxis(kind)],
    hooks: {
      drawClear: [(plot) => drawDays(plot, zone, first)],
      draw: [
        (plot) => drawNow(plot, now, last),
        (plot) => directions && drawArrows(plot, series.times, directions),
      ],
      setCursor: [({ cursor: { idx } }) => typeof idx === "number" && axis.point(idx)],
    },
  };
}

/** A scale from 0, up to 1 mm and more for rain, and with room for arrows at the top. */
function upward({ kind, parts, system, directions }: ChartInput, most: number): [number, number] {
  if (kind === "chances") return [0, 100];
  const least = shownAs(parts[0].code, system).convert(1);
  const top = kind === "amounts" ? Math.max(most, least) : most || least;
  return [0, top * (directions ? 1.4 : 1.08)];
}

function timeAxis(zone: string, named: boolean): uPlot.Axis {
  return {
    stroke: cssColour("--dim"),
    grid: { stroke: cssColour("--grid"), width: 1 },
    ticks: { show: false },
    space: 56,
    size: named ? HOURS_HEIGHT : 0,
    font: "11px system-ui, sans-serif",
    values: (_plot, splits) => splits.map((seconds) => (named ? clock(seconds * 1000, zone) : "")),
  };
}

function valueAxis(kind: Kind): uPlot.Axis {
  return {
    stroke: cssColour("--dim"),
    grid: { stroke: cssColour("--grid"), width: 1 },
    ticks: { show: false },
    size: LEFT,
    space: 28,
    font: "11px system-ui, sans-serif",
    ...(kind === "chances" && {
      splits: () => [0, 50, 100],
      values: (_plot: uPlot, splits: number[]) => splits.map((each) => `${each} %`),
    }),
    ...(kind !== "chances" && {
      values: (_plot: uPlot, splits: number[]) =>
        splits.map((each) => String(Number(each.toFixed(6))).replace("-", "−")),
    }),
  };
}
