/** The chart of one parameter: observations, median, 80 % band, the current time and midnights. */

import uPlot from "uplot";
import type { ParameterCode } from "./api";
import { cssColour, h } from "./dom";
import { number, percent, shownAs, type UnitSystem } from "./parameters";
import type { Series } from "./series";
import { clock, day, midnights, moment } from "./times";

export interface FreshBand {
  p10: (number | null)[];
  p50: (number | null)[];
  p90: (number | null)[];
}

export interface ChartInput {
  code: ParameterCode;
  series: Series;
  /** The forecast of the day before, at the same times. */
  before?: FreshBand | undefined;
  /** The forecast with the visitor's reading, at the same times. */
  fresh?: FreshBand | undefined;
  system: UnitSystem;
  zone: string;
  now: number;
  label: string;
}

const HEIGHT = 200;

/** Make a chart in `place`; the returned function removes it. */
export function chart(place: HTMLElement, input: ChartInput): () => void {
  const readout = h("p", { class: "readout note" }, " ");
  const frame = h("div", { class: "chart", role: "img", "aria-label": input.label, tabindex: 0 });
  place.replaceChildren(frame, readout);
  const plot = new uPlot(options(input, frame.clientWidth || 320, readout), columns(input), frame);
  const observer = new ResizeObserver(() =>
    plot.setSize({ width: frame.clientWidth || 320, height: HEIGHT }),
  );
  observer.observe(frame);
  const step = (event: KeyboardEvent): void => stepCursor(event, plot, input);
  frame.addEventListener("keydown", step);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

/** The other forecasts to draw, each with the name of its colour. */
function others({ before, fresh }: ChartInput): { band: FreshBand; colour: string }[] {
  return [
    ...(before ? [{ band: before, colour: "--before" }] : []),
    ...(fresh ? [{ band: fresh, colour: "--fresh" }] : []),
  ];
}

function columns(input: ChartInput): uPlot.AlignedData {
  const { code, series, system } = input;
  const { convert } = shownAs(code, system);
  const shown = (values: (number | null)[]): (number | null)[] =>
    values.map((value) => (value === null ? null : convert(value)));
  return [
    series.times.map((time) => time / 1000),
    shown(series.observed),
    shown(series.p90),
    shown(series.p50),
    shown(series.p10),
    ...others(input).flatMap(({ band: { p90, p50, p10 } }) => [p90, p50, p10].map(shown)),
  ] as uPlot.AlignedData;
}

function options(input: ChartInput, width: number, readout: HTMLElement): uPlot.Options {
  const { zone } = input;
  const line = (colour: string, width: number): uPlot.Series => ({
    stroke: cssColour(colour),
    width,
    points: { show: false },
  });
  const drawn = others(input);
  const bands = [
    { series: [2, 4], fill: cssColour("--band") },
    ...drawn.map(({ colour }, at) => ({
      series: [5 + 3 * at, 7 + 3 * at],
      fill: cssColour(`${colour}-band`),
    })),
  ] as uPlot.Band[];
  return {
    width,
    height: HEIGHT,
    padding: [18, null, null, null],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: { x: { time: true } },
    series: [
      {},
      line("--observed", 1.5),
      line("--median", 0),
      line("--median", 2),
      line("--median", 0),
      ...drawn.flatMap(({ colour }) => [
        line(colour, 0),
        { ...line(colour, 2), dash: [6, 3] },
        line(colour, 0),
      ]),
    ],
    bands,
    axes: [timeAxis(zone), valueAxis()],
    hooks: {
      drawClear: [(plot) => drawDays(plot, input)],
      draw: [(plot) => drawNow(plot, input)],
      setCursor: [(plot) => tell(plot, input, readout)],
    },
  };
}

function timeAxis(zone: string): uPlot.Axis {
  return {
    stroke: cssColour("--dim"),
    grid: { stroke: cssColour("--grid"), width: 1 },
    ticks: { stroke: cssColour("--grid"), width: 1 },
    space: 60,
    values: (_plot, splits) => splits.map((seconds) => clock(seconds * 1000, zone)),
  };
}

function valueAxis(): uPlot.Axis {
  return {
    stroke: cssColour("--dim"),
    grid: { stroke: cssColour("--grid"), width: 1 },
    ticks: { stroke: cssColour("--grid"), width: 1 },
    size: 56,
  };
}

function upright(plot: uPlot, at: number, colour: string, dash: number[], text: string): void {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at / 1000, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.textAlign = "left";
  ctx.setLineDash(dash.map((each) => each * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  // Days above the plot and "now" at its bottom, because they are often close to each other.
  ctx.textBaseline = "bottom";
  const y = (dash.length ? bbox.top + bbox.height : bbox.top) - 2 * devicePixelRatio;
  ctx.fillStyle = cssColour("--dim");
  ctx.fillText(text, x + 3 * devicePixelRatio, y);
  ctx.restore();
}

function drawDays(plot: uPlot, { series, zone }: ChartInput): void {
  const [from, to] = [series.times[0], series.times.at(-1)];
  if (from === undefined || to === undefined) return;
  for (const at of midnights(from, to, zone)) {
    upright(plot, at, cssColour("--line"), [], day(at, zone));
  }
}

function drawNow(plot: uPlot, { now }: ChartInput): void {
  upright(plot, now, cssColour("--text"), [4, 3], "now");
}

/** Write the values under the cursor as text. */
function tell(
  plot: uPlot,
  { code, series, before, fresh, system, zone }: ChartInput,
  readout: HTMLElement,
): void {
  const at = plot.cursor.idx;
  const time = at === null || at === undefined ? undefined : series.times[at];
  if (at === null || at === undefined || time === undefined) return;
  const { unit } = shownAs(code, system);
  const text = (value: number | null | undefined): string =>
    value === null || value === undefined ? "none" : number(value, code, system);
  const band = ({ p10, p50, p90 }: FreshBand): string =>
    `${text(p50[at])} ${unit} (${text(p10[at])} to ${text(p90[at])})`;
  const parts = [moment(time, zone)];
  if (series.p50[at] !== null) parts.push(band(series));
  else if (series.observed[at] !== null)
    parts.push(`observed ${text(series.observed[at])} ${unit}`);
  const chance = series.chance?.[at] ?? null;
  if (chance !== null) parts.push(`chance of rain ${percent(chance)}`);
  if (before && before.p50[at] !== null) parts.push(`forecast the day before ${band(before)}`);
  if (fresh && fresh.p50[at] !== null) parts.push(`with your reading ${band(fresh)}`);
  readout.textContent = parts.join(": ");
}

/** Move the cursor by an hour with the arrow keys. */
function stepCursor(event: KeyboardEvent, plot: uPlot, { series }: ChartInput): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const last = series.times.length - 1;
  const before = plot.cursor.idx ?? series.p50.findIndex((value) => value !== null);
  const at = Math.max(0, Math.min(last, before + by));
  plot.setCursor({ left: plot.valToPos((series.times[at] as number) / 1000, "x"), top: 10 });
}
