/** The chart that compares one parameter of some stations: a line and an 80 % band for each. */

import uPlot from "uplot";
import type { Band, ParameterCode } from "../api";
import { cssColour, h } from "../dom";
import { isDirection, number, PARAMETERS, shownAs, type UnitSystem } from "../parameters";
import { drawDays, drawNow } from "../station/chart-marks";
import { clock, moment } from "../times";

export interface Line {
  name: string;
  /** Milliseconds since 1970; an hour is named by its end. */
  times: readonly number[];
  band: Band;
}

interface Input {
  code: ParameterCode;
  lines: readonly Line[];
  system: UnitSystem;
  zone: string;
  now: number;
}

const HEIGHT = 260;

/** Lines differ in their dashes too, for those who do not tell the colours apart. */
const DASHES = [[], [8, 4], [2, 3]];

/** Make a chart in `place`; the returned function removes it. */
export function chart(place: HTMLElement, input: Input): () => void {
  const readout = h("p", { class: "readout note" }, " ");
  const label = `Chart of ${PARAMETERS[input.code].name} at ${input.lines.length} stations. The same numbers are in the table below.`;
  const frame = h("div", { class: "chart", role: "img", "aria-label": label, tabindex: 0 });
  place.replaceChildren(frame, readout);
  const times = hoursOf(input.lines);
  const plot = new uPlot(options(input, times, readout), columns(input, times), frame);
  const fit = (): void => plot.setSize({ width: frame.clientWidth || 320, height: HEIGHT });
  const observer = new ResizeObserver(fit);
  observer.observe(frame);
  frame.addEventListener("keydown", (event) => step(event, plot, times));
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}

/** All hours of which any station has a forecast. */
export const hoursOf = (lines: readonly Line[]): number[] =>
  [...new Set(lines.flatMap(({ times }) => times))].sort((one, other) => one - other);

/** The median and the interval of an hour; stations of different runs do not have the same hours. */
export function valuesAt(
  line: Line,
  time: number,
  code: ParameterCode,
  system: UnitSystem,
): string {
  const hour = line.times.indexOf(time);
  if (hour < 0) return "none";
  const [low, median, high] = [line.band.p10, line.band.p50, line.band.p90].map((values) =>
    number(values[hour] as number, code, system),
  );
  return `${median} (${low} to ${high})`;
}

function columns({ code, lines, system }: Input, times: readonly number[]): uPlot.AlignedData {
  const { convert } = shownAs(code, system);
  const series = lines.flatMap((line) => {
    const { p10, p50, p90 } = isDirection(code) ? straightened(line.band) : line.band;
    const hours = times.map((time) => line.times.indexOf(time));
    return [p90, p50, p10].map((values) =>
      hours.map((hour) => (hour < 0 ? null : convert(values[hour] as number))),
    );
  });
  return [times.map((time) => time / 1000), ...series];
}

/** Directions without jumps at north: each median is less than half a turn from the one before. */
export function straightened(band: Band): Band {
  const p50: number[] = [];
  for (const direction of band.p50) {
    const before = p50.at(-1) ?? direction;
    p50.push(before + onCircle(direction - before + 180) - 180);
  }
  const side = (from: number[], to: number[], hour: number): number =>
    onCircle((to[hour] as number) - (from[hour] as number));
  return {
    p50,
    p10: p50.map((median, hour) => median - side(band.p10, band.p50, hour)),
    p90: p50.map((median, hour) => median + side(band.p50, band.p90, hour)),
  };
}

/** An angle as a direction: from 0 up to, but not including, 360. */
const onCircle = (angle: number): number => ((angle % 360) + 360) % 360;

function options(input: Input, times: readonly number[], readout: HTMLElement): uPlot.Options {
  const { code, lines, zone } = input;
  const colour = (index: number): string => cssColour(`--line-${index}`);
  const axis = { stroke: cssColour("--dim"), grid: { stroke: cssColour("--grid"), width: 1 } };
  const edge = { width: 0, points: { show: false } };
  return {
    width: 320,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    series: [
      {},
      ...lines.flatMap((_, index) => [
        edge,
        { stroke: colour(index), width: 2, dash: DASHES[index] ?? [], points: { show: false } },
        edge,
      ]),
    ],
    bands: lines.map((_, index) => ({
      series: [1 + 3 * index, 3 + 3 * index],
      fill: cssColour(`--band-${index}`),
    })),
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((each) => clock(each * 1000, zone)) },
      {
        ...axis,
        size: 56,
        ...(isDirection(code) && {
          incrs: [45, 90],
          values: (_plot, splits) => splits.map(onCircle),
        }),
      },
    ],
    hooks: {
      draw: [(plot) => drawDays(plot, zone, false), (plot) => drawNow(plot, input.now, true)],
      setCursor: [(plot) => tell(plot, input, times, readout)],
    },
  };
}

/** Write the values under the cursor as text. */
function tell(plot: uPlot, input: Input, times: readonly number[], readout: HTMLElement): void {
  const index = plot.cursor.idx;
  const time = index === null || index === undefined ? undefined : times[index];
  if (time === undefined) return;
  const { code, lines, system, zone } = input;
  const { unit } = shownAs(code, system);
  const parts = lines.map((line) => `${line.name} ${valuesAt(line, time, code, system)}`);
  readout.textContent = `${moment(time, zone)}, in ${unit}: ${parts.join("; ")}`;
}

/** Move the cursor by an hour with the arrow keys. */
function step(event: KeyboardEvent, plot: uPlot, times: readonly number[]): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = Math.max(0, Math.min(times.length - 1, (plot.cursor.idx ?? -1) + by));
  plot.setCursor({ left: plot.valToPos((times[next] as number) / 1000, "x"), top: 10 });
}
