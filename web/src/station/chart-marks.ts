/** What is drawn on a chart beside its values: days, the current time, and where the wind comes from. */

import type uPlot from "uplot";
import { cssColour } from "../dom";
import { day, midnights } from "../times";

/** Pixels between two arrows. */
const ARROWS_APART = 30;
const ARROW = 7;

function upright(plot: uPlot, at: number, colour: string, dash: number[]): number | undefined {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at / 1000, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return undefined;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((each) => each * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
  return x;
}

function write(plot: uPlot, text: string, x: number, y: number): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "bottom";
  ctx.fillStyle = cssColour("--dim");
  ctx.fillText(text, x, y);
  ctx.restore();
}

/** Draw a line at each midnight of the station, and the name of the day above it. */
export function drawDays(plot: uPlot, zone: string, named: boolean): void {
  const { min, max } = plot.scales.x as uPlot.Scale;
  const [from, to] = [(min as number) * 1000, (max as number) * 1000];
  for (const at of midnights(from, to, zone)) {
    const x = upright(plot, at, cssColour("--outline"), []);
    if (x !== undefined && named)
      write(plot, day(at, zone), x, plot.bbox.top - 3 * devicePixelRatio);
  }
}

export function drawNow(plot: uPlot, now: number, named: boolean): void {
  const x = upright(plot, now, cssColour("--accent"), [4, 3]);
  if (x === undefined || !named) return;
  const { top, height } = plot.bbox;
  write(plot, "now", x + 4 * devicePixelRatio, top + height - 3 * devicePixelRatio);
}

/** Draw arrows that point to where the wind goes, along the top of a chart. */
export function drawArrows(
  plot: uPlot,
  times: readonly number[],
  from: readonly (number | null)[],
): void {
  const { ctx, bbox } = plot;
  let last = Number.NEGATIVE_INFINITY;
  ctx.save();
  ctx.strokeStyle = cssColour("--text");
  ctx.lineWidth = 1.25 * devicePixelRatio;
  ctx.lineCap = "round";
  for (const [at, time] of times.entries()) {
    const degrees = from[at] ?? null;
    const x = plot.valToPos(time / 1000, "x", true);
    const free = x - last >= ARROWS_APART * devicePixelRatio;
    if (degrees === null || x < bbox.left || x > bbox.left + bbox.width || !free) continue;
    last = x;
    const half = ARROW * devicePixelRatio;
    ctx.save();
    ctx.translate(x, bbox.top + half + 2 * devicePixelRatio);
    ctx.rotate(((degrees + 180) * Math.PI) / 180);
    ctx.beginPath();
    ctx.moveTo(0, half);
    ctx.lineTo(0, -half);
    ctx.moveTo(-half / 2, -half / 3);
    ctx.lineTo(0, -half);
    ctx.lineTo(half / 2, -half / 3);
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}
