/** The head of a station's page: what visitors come for, to be read in two seconds. */

import type { ForecastAnswer } from "../api";
import { byId, h } from "../dom";
import { icon } from "../icons";
import type { UnitSystem } from "../parameters";
import { moment, when, zoneText } from "../times";
import { outlook } from "./ahead";
import { type Fact, facts, type Gauge } from "./facts";
import { sentence } from "./sentence";

/** Fill the head with what is left of a forecast at `now`. */
export function showToday(answer: ForecastAnswer, system: UnitSystem, now: number): void {
  const ahead = outlook(answer, now);
  const zone = answer.station.timezone;
  const { from, until, over } = ahead;
  byId("today-title").textContent = over
    ? `What it said for ${moment(from, zone, now)} to ${moment(until, zone, now)}`
    : `Now, and until ${when(until, zone, now)}`;
  byId("today-zone").textContent =
    `Times are those of the station (${zoneText(zone, now)}). “8 in 10”: in eight of ten such hours the value lies in this range.`;
  byId("sentence").textContent = sentence(ahead, system, zone);
  byId("facts").replaceChildren(...facts(ahead, system, zone).map(entry));
}

function entry({
  kind,
  icon: name,
  label,
  value,
  word,
  colour,
  gauge,
  notes,
  direction,
}: Fact): HTMLElement {
  const said = h("span", { class: "word" }, word);
  if (colour) {
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = colour;
    said.prepend(swatch, " ");
  }
  const [number = "", ...unit] = value.split(" ");
  const parts: (Node | string)[] = [number];
  if (unit.length) parts.push(h("span", { class: "unit" }, ` ${unit.join(" ")}`));
  const shown = h("dd", { class: "value" }, ...parts);
  if (direction !== undefined) {
    const arrow = icon("arrow");
    // It points to where the wind goes.
    arrow.style.rotate = `${(direction + 180) % 360}deg`;
    shown.append(" ", arrow);
  }
  return h(
    "div",
    { class: `fact ${kind}` },
    h("dt", {}, icon(name), ` ${label}`),
    shown,
    h("dd", {}, said),
    ...(gauge ? [h("dd", { class: "gauge", "aria-hidden": "true" }, ...drawn(gauge))] : []),
    ...notes.map((note) => h("dd", { class: "note" }, note)),
  );
}

/** The parts of a gauge; the notes below it say the same in words. */
function drawn(gauge: Gauge): HTMLElement[] {
  if (gauge.kind === "classes") {
    return gauge.colours.map((colour, at) => {
      const part = h("span", { class: at === gauge.at ? "step at" : "step" });
      part.style.background = colour;
      return part;
    });
  }
  const [low, high] = gauge.kind === "share" ? [0, gauge.share] : [gauge.low, gauge.high];
  const band = h("span", { class: gauge.kind });
  band.style.left = `${100 * low}%`;
  band.style.width = `${100 * (high - low)}%`;
  if (gauge.kind === "share") return [band];
  const median = h("span", { class: "median" });
  median.style.left = `${100 * gauge.median}%`;
  return [band, median];
}
