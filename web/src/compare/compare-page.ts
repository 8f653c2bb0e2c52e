/** Two or three stations side by side; which ones is in the address: `compare.html?stations=JFK,LGA`. */

import { comparePage, stationPage } from "../addresses";
import {
  type Band,
  type ForecastAnswer,
  nearbyStations,
  type ParameterCode,
  ProblemError,
  type Station,
  stationForecast,
} from "../api";
import { byId, h, onColourScheme } from "../dom";
import { favourites } from "../favourites";
import { setUpFrame, showExpiry, showFailure, showNotice, watchRun } from "../frame";
import { runLine } from "../freshness";
import { icon } from "../icons";
import { PARAMETERS, shownAs } from "../parameters";
import { outlook } from "../station/ahead";
import { browserZone, moment, zoneName } from "../times";
import { chart, hoursOf, type Line, valuesAt } from "./compare-chart";
import { idsIn, keepCompared, MOST_COMPARED } from "./compared";
import { summary } from "./summary";

/** How many nearby stations are offered. */
const NEARBY = 5;

const ids = idsIn(location.search);
const select = byId<HTMLSelectElement>("parameter");
const frame = setUpFrame(() => refresh());

let answers: ForecastAnswer[] = [];
let remove = (): void => undefined;

async function load(fresh = false): Promise<void> {
  byId("failure").hidden = true;
  byId("loading").hidden = ids.length === 0;
  try {
    const found = await Promise.allSettled(ids.map((id) => stationForecast(id, {}, fresh)));
    const errors = found.map((each) => (each.status === "rejected" ? each.reason : undefined));
    const severe = errors.find((error) => error && !isUnknown(error));
    if (severe) throw severe;
    answers = found.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    warn(ids.filter((_, at) => errors[at]));
    keepCompared(answers.map(({ station }) => station.id));
    offerParameters();
    refresh();
    await offerMore();
  } catch (error) {
    showFailure(byId("failure"), error, () => void load(true));
  } finally {
    byId("loading").hidden = true;
  }
}

const isUnknown = (error: unknown): error is ProblemError =>
  error instanceof ProblemError && error.kind === "station-not-found";

/** An unknown station does not hide the others. */
function warn(unknown: readonly string[]): void {
  const lines = unknown.map((id) => h("p", { class: "banner" }, `There is no station “${id}”.`));
  byId("unknown").replaceChildren(...lines);
}

function offerParameters(): void {
  const codes = [...new Set(answers.flatMap(({ values }) => Object.keys(values)))];
  const options = codes.map((code) =>
    h("option", { value: code }, PARAMETERS[code as ParameterCode].name),
  );
  const chosen = select.value;
  select.replaceChildren(...options);
  if (codes.includes(chosen)) select.value = chosen;
}

function refresh(): void {
  const first = answers[0];
  byId("comparison").hidden = first === undefined;
  if (!first) return;
  const now = Date.now();
  showNotice(first.run);
  showExpiry(first.run, now);
  byId("stations").replaceChildren(overview(now));
  const zone = browserZone();
  byId("run").textContent = runLine(first.run, zone, zoneName(now, zone));
  showHours(now);
}

/** A column for each station, a row for each parameter. */
function overview(now: number): HTMLElement {
  const codes = [...select.options].map(({ value }) => value as ParameterCode);
  const heads = answers.map(({ station }) =>
    h(
      "th",
      { scope: "col" },
      h("a", { href: stationPage(station.id) }, h("bdi", {}, station.name || station.id)),
      removal(station.id, station.name),
    ),
  );
  const outlooks = answers.map((answer) => outlook(answer, now));
  const rows = codes.map((code) => {
    const cells = outlooks.map(({ of }) => {
      const ahead = of[code];
      const nothing = [h("span", { class: "note" }, "no forecast")];
      return h("td", {}, ...(ahead ? summary(ahead, code, frame.units) : nothing));
    });
    return h("tr", {}, h("th", { scope: "row" }, PARAMETERS[code].name), ...cells);
  });
  const made = h(
    "table",
    { class: "overview" },
    h("caption", { class: "unseen" }, "Each parameter now and in the rest of the forecast"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Parameter"), ...heads)),
    h("tbody", {}, ...rows),
  );
  const label = "The stations side by side";
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, made);
}

function removal(id: string, name: string): HTMLElement {
  const others = answers.map(({ station }) => station.id).filter((other) => other !== id);
  const label = `Remove ${name || id}`;
  return h("a", { class: "remove", href: comparePage(others), "aria-label": label }, icon("close"));
}

function showHours(now: number): void {
  remove();
  const code = select.value as ParameterCode;
  const having = answers.filter(({ values }) => code in values);
  const lines: Line[] = having.map(({ station, time, values }) => ({
    name: station.name || station.id,
    times: time.map(Date.parse),
    band: values[code] as Band,
  }));
  const zone = browserZone();
  const { unit } = shownAs(code, frame.units);
  byId("hours-title").textContent = `${PARAMETERS[code].name} hour by hour, in ${unit}`;
  byId("key").replaceChildren(...lines.map(keyOf));
  remove = chart(byId("chart"), { code, lines, system: frame.units, zone, now });
  byId("table").replaceChildren(table(code, lines, zone));
}

function keyOf({ name }: Line, at: number): HTMLElement {
  return h("span", {}, h("span", { class: `swatch line-${at}` }), " ", h("bdi", {}, name));
}

function table(code: ParameterCode, lines: readonly Line[], zone: string): HTMLElement {
  const head = lines.map(({ name }) => h("th", { scope: "col", class: "number" }, name));
  const rows = hoursOf(lines).map((time) => {
    const cells = lines.map((line) =>
      h("td", { class: "number" }, valuesAt(line, time, code, frame.units)),
    );
    return h("tr", {}, h("th", { scope: "row" }, moment(time, zone)), ...cells);
  });
  const name = `${PARAMETERS[code].name}, hour by hour`;
  const made = h(
    "table",
    {},
    h("caption", { class: "unseen" }, `${name}: median and 80 % interval`),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Hour ending"), ...head)),
    h("tbody", {}, ...rows),
  );
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, made);
}

/** The nearest stations, with those that are compared already. */
const nearby = ({ latitude, longitude }: Station): ReturnType<typeof nearbyStations> =>
  nearbyStations(latitude, longitude, NEARBY + MOST_COMPARED);

/** Offer favourites, and the stations that are nearest to the first one. */
async function offerMore(): Promise<void> {
  const shown = new Set(answers.map(({ station }) => station.id));
  byId("add").hidden = shown.size >= MOST_COMPARED;
  if (shown.size >= MOST_COMPARED) return;
  const first = answers[0]?.station;
  // Without them there are still favourites.
  const near = first ? await nearby(first).catch(() => []) : [];
  const more = [...favourites(), ...near].filter(({ id }) => !shown.has(id));
  const offered = new Map(more.map((station) => [station.id, station]));
  const links = [...offered.values()].slice(0, 2 * NEARBY).map(({ id, name }) => {
    const href = comparePage([...shown, id]);
    return h("li", {}, h("a", { class: "action", href }, h("bdi", {}, name || id)));
  });
  byId("add-note").textContent = links.length
    ? `Your favourites and what is nearby. Any other station: search for it, and choose “Compare” on its page.`
    : "Search for a station, and choose “Compare” on its page.";
  byId("add-list").replaceChildren(...links);
}

select.addEventListener("change", () => showHours(Date.now()));
onColourScheme(refresh);
watchRun(
  () => answers[0],
  () => void load(true),
  refresh,
);
void load();
