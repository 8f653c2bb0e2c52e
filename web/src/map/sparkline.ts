/** A forecast as a small line with its interval: the shape of the day beside the numbers. */

export interface Line {
  p10: readonly number[];
  p50: readonly number[];
  p90: readonly number[];
  /** The index of the hour that the page shows. */
  hour: number;
  /** What the drawing shows, for those who do not see it. */
  label: string;
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 240;
const HEIGHT = 44;
const MARGIN = 4;

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

export function sparkline({ p10, p50, p90, hour, label }: Line): SVGElement {
  const lowest = Math.min(...p10);
  const range = Math.max(...p90) - lowest || 1;
  const x = (at: number): number => MARGIN + (at / (p50.length - 1)) * (WIDTH - 2 * MARGIN);
  const y = (value: number): number =>
    HEIGHT - MARGIN - ((value - lowest) / range) * (HEIGHT - 2 * MARGIN);
  const points = (values: readonly number[]): string[] =>
    values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  const drawing = element("svg", {
    class: "sparkline",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": label,
  });
  drawing.append(
    element("polygon", {
      class: "band",
      points: [...points(p90), ...points(p10).reverse()].join(" "),
    }),
    element("polyline", { class: "median", points: points(p50).join(" ") }),
    element("circle", { class: "hour", cx: x(hour), cy: y(p50[hour] ?? lowest), r: 3.5 }),
  );
  return drawing;
}
