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

function columns({ code, series, fresh, system }: ChartInput): uPlot.AlignedData {
  const { convert } = shownAs(code, system);
  const shown = (values: (number | null)[]): (number | null)[] =>
    values.map((value) => (value === null ? null : convert(value)));
  const ofFresh = fresh ? [fresh.p90, fresh.p50, fresh.p10].map(shown) : [];
  return [
    series.times.map((time) => time / 1000),
    shown(series.observed),
    shown(series.p90),
    shown(series.p50),
    shown(series.p10),
    ...ofFresh,
  ] as uPlot.AlignedData;
}

function options(input: ChartInput, width: number, readout: HTMLElement): uPlot.Options {
  const { fresh, zone } = input;
  const line = (colour: string, width: number): uPlot.Series => ({
    stroke: cssColour(colour),
    width,
    points: { show: false },
  });
  const freshSeries = fresh
    ? [line("--fresh", 0), { ...line("--fresh", 2), dash: [6, 3] }, line("--fresh", 0)]
    : [];
  const bands: uPlot.Band[] = [{ series: [2, 4], fill: cssColour("--band") }];
  if (fresh) bands.push({ series: [5, 7], fill: cssColour("--fresh-band") });
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
      ...freshSeries,
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
  { code, series, fresh, system, zone }: ChartInput,
  readout: HTMLElement,
): void {
  const at = plot.cursor.idx;
  const time = at === null || at === undefined ? undefined : series.times[at];
  if (at === null || at === undefined || time === undefined) return;
  const { unit } = shownAs(code, system);
  const text = (value: number | null | undefined): string =>
    value === null || value === undefined ? "none" : number(value, code, system);
  const parts = [moment(time, zone)];
  if (series.p50[at] !== null) {
    parts.push(
      `${text(series.p50[at])} ${unit} (${text(series.p10[at])} to ${text(series.p90[at])})`,
    );
  } else if (series.observed[at] !== null) {
    parts.push(`observed ${text(series.observed[at])} ${unit}`);
  }
  const chance = series.chance?.[at];
  if (typeof chance === "number") parts.push(`chance of rain ${percent(chance)}`);
  if (fresh && fresh.p50[at] !== null) {
    parts.push(
      `with your reading ${text(fresh.p50[at])} (${text(fresh.p10[at])} to ${text(fresh.p90[at])})`,
    );
  }
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
