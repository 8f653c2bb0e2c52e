/** The site's icons: lines in the colour of the text beside them, on a field of 24 by 24. */

const CLOUD = "M7 18a4 4 0 0 1-.5-7.97A5.5 5.5 0 0 1 17.2 9.2 4.4 4.4 0 0 1 17 18z";
const HIGH_CLOUD = "M7 14a3.6 3.6 0 0 1-.4-7.18A5 5 0 0 1 16.3 6.2 3.95 3.95 0 0 1 16.4 14z";

/** What each icon is drawn with: the outlines of its strokes. */
const OUTLINES = {
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  cloud: CLOUD,
  rain: `${HIGH_CLOUD}M8 17.5l-1 3M12 17.5l-1 3M16 17.5l-1 3`,
  snow: `${HIGH_CLOUD}M8 18h.01M12 18h.01M16 18h.01M10 21h.01M14 21h.01`,
  fog: "M4 9h11M18 9h2M4 13h3M10 13h10M6 17h12M8 5h8",
  wind: "M3 9h11a2.75 2.75 0 1 0-2.6-3.6M3 13h15a2.75 2.75 0 1 1-2.6 3.6M3 17h7a2 2 0 1 1-1.9 2.6",
  air: "M4 7.5c2.7-2 5.3 2 8 0s5.3-2 8 0M4 12.5c2.7-2 5.3 2 8 0s5.3-2 8 0M4 17.5c2.7-2 5.3 2 8 0s5.3-2 8 0",
  drop: "M12 3.5c3 3.8 5.5 6.7 5.5 10.2a5.5 5.5 0 0 1-11 0c0-3.5 2.5-6.4 5.5-10.2z",
  gauge: "M4.5 17a8.5 8.5 0 1 1 15 0M12 13.5l3.5-4M12 13.5h.01",
  eye: "M2.5 12c2.5-4.3 5.7-6.5 9.5-6.5s7 2.2 9.5 6.5c-2.5 4.3-5.7 6.5-9.5 6.5S5 16.3 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6",
  thermometer: "M10 13.8V5.5a2 2 0 1 1 4 0v8.3a4 4 0 1 1-4 0zM12 17.2v-6",
  star: "M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z",
  share: "M12 14.5V3.8M8.3 7.3 12 3.5l3.7 3.8M6 11.5H5V20h14v-8.5h-1",
  search: "M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15 15l5 5",
  /** Points up, for a wind that goes north; turn it. */
  arrow: "M12 20.5v-17M6.5 9 12 3.5 17.5 9",
  pin: "M12 21.5c4-4.7 6.5-8 6.5-11.3a6.5 6.5 0 0 0-13 0c0 3.3 2.5 6.6 6.5 11.3zM12 7.8a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8",
  compare: "M4 19V9.5M10 19V5M16 19v-7M22 19H2",
  code: "M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5M13.5 5l-3 14",
  up: "M12 19V5.5M6.5 11 12 5.5l5.5 5.5",
  down: "M12 5v13.5M6.5 13l5.5 5.5 5.5-5.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  locate: "M12 2.5v4M12 17.5v4M2.5 12h4M17.5 12h4M12 6.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11",
} as const;

export type IconName = keyof typeof OUTLINES;

const SVG = "http://www.w3.org/2000/svg";

/** Draw an icon. It is hidden from screen readers: the words beside it say what it means. */
export function icon(name: IconName): SVGSVGElement {
  const drawing = document.createElementNS(SVG, "svg");
  const outline = document.createElementNS(SVG, "path");
  const attributes = {
    class: "icon",
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.5",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries(attributes)) drawing.setAttribute(key, value);
  outline.setAttribute("d", OUTLINES[name]);
  drawing.append(outline);
  return drawing;
}
