/** The page of one station, named in its address: `station.html?id=JFK`. One API call fills it. */

import { stationPage } from "../addresses";
import {
  type ContextAnswer,
  type ForecastAnswer,
  forecastPath,
  OBSERVED_HOURS,
  type ParameterCode,
  ProblemError,
  stationDetails,
  stationForecast,
} from "../api";
import { copy } from "../copying";
import { countryName } from "../countries";
import { byId, h, onColourScheme } from "../dom";
import { setUpFrame, showExpiry, showFailure, showNotice, watchRun } from "../frame";
import { runLine } from "../freshness";
import { heightText, PARAMETERS } from "../parameters";
import { zoneText } from "../times";
import { offerActions } from "./actions";
import { offerVerification } from "./came-true";
import { DayBefore } from "./day-before";
import { inOrder } from "./groups";
import { charts, tables } from "./hourly";
import { showToday } from "./today";
import { WhatIf } from "./what-if";
import { words } from "./words";

const REASONS: Record<string, string> = {
  too_few_observations: "too few observations in the week before the forecast",
  no_observations: "no observations in the week before the forecast",
  source_late: "the newest observations are more than 12 hours older than the forecast",
  invalid_forecast: "the model did not return a complete forecast",
  not_forecast_here: "not forecast for this station",
};

/** Names with more characters are set in smaller type. */
const LONG_NAME = 60;

const stationId = new URLSearchParams(location.search).get("id") ?? "";
const failure = byId("failure");
const forecast = byId("forecast");

let answer: ForecastAnswer | undefined;
let fresh: ContextAnswer | undefined;
let remove = (): void => undefined;

const frame = setUpFrame(() => refresh());
const dayBefore = new DayBefore({ stored: () => answer, changed: () => refresh() });
const showScores = offerVerification(stationId, () => frame.units);
const whatIf = new WhatIf({ stored: () => answer, units: () => frame.units, show: showFresh });

async function load(reload = false): Promise<void> {
  failure.hidden = true;
  byId("loading").hidden = false;
  try {
    answer = await stationForecast(stationId, { observed: OBSERVED_HOURS, daily: "true" }, reload);
    forecast.hidden = false;
    offerActions(answer.station);
    whatIf.offer(Object.keys(answer.values) as ParameterCode[]);
    if (dayBefore.on) void dayBefore.refresh();
    whatIf.clear();
  } catch (error) {
    forecast.hidden = answer === undefined;
    showFailure(failure, error, () => void load(true));
    if (error instanceof ProblemError) void suggest(error);
  } finally {
    byId("loading").hidden = true;
  }
}

/** Offer the stations that the API suggests for an unknown id, by their names. */
async function suggest({ kind, problem: { suggestions = [] } }: ProblemError): Promise<void> {
  if (kind !== "station-not-found") return;
  byId("name").textContent = `No station “${stationId}”`;
  document.title = "Station not found – Stationcast";
  if (!suggestions?.length) return;
  const links = suggestions.map((id) => h("a", { href: stationPage(id) }, id));
  const items = links.map((link) => h("li", {}, link));
  failure.append(h("p", {}, "Did you mean:"), h("ul", {}, ...items));
  const found = await Promise.allSettled(suggestions.map(stationDetails));
  for (const [at, each] of found.entries()) {
    if (each.status === "fulfilled") items[at]?.append(` ${placeOf(each.value)}`);
  }
}

/** The name of a station and where it is. */
const placeOf = ({ name, country }: { name: string; country: string }): string =>
  [name, countryName(country)].filter(Boolean).join(", ");

function refresh(): void {
  if (!answer) return;
  const { station, run } = answer;
  const now = Date.now();
  const name = station.name || station.id;
  byId("name").textContent = name;
  byId("name").classList.toggle("long", name.length > LONG_NAME);
  document.title = `${name} – Stationcast`;
  byId("where").textContent = whereabouts(answer);
  showAttribution(station);
  byId("run").textContent = runLine(run, station.timezone, zoneText(station.timezone, now));
  showNotice(run);
  showExpiry(run, now);
  showToday(answer, frame.units, now);
  showStandIn(answer);
  showHours(answer, now);
  showMissing(answer);
  showElsewhere(answer);
  whatIf.refresh();
  showScores();
}

/** Show the forecast with the visitor's reading beside the nightly one; undefined removes it. */
function showFresh(answered: ContextAnswer | undefined): void {
  fresh = answered;
  document.body.classList.toggle("with-reading", answered?.realtime != null);
  refresh();
}

function whereabouts({ station }: ForecastAnswer): string {
  const { latitude, longitude, elevation } = station;
  const north = `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? "S" : "N"}`;
  const east = `${Math.abs(longitude).toFixed(2)}° ${longitude < 0 ? "W" : "E"}`;
  const height =
    elevation === null ? [] : [`${heightText(elevation, frame.units)} above sea level`];
  return [station.id, countryName(station.country), `${north}, ${east}`, ...height]
    .filter(Boolean)
    .join(" · ");
}

/** Name the source of the readings: most licences of open data ask for it. */
function showAttribution({ attribution, licence }: ForecastAnswer["station"]): void {
  const parts: (Node | string)[] = attribution ? [`Readings: ${attribution}`] : [];
  if (licence) {
    const text = licenceText(licence);
    const shown = licence.startsWith("https://") ? h("a", { href: licence }, text) : text;
    parts.push(parts.length ? " · " : "Readings: ", "licence ", shown);
  }
  byId("attribution").hidden = parts.length === 0;
  byId("attribution").replaceChildren(...parts);
}

/** `creativecommons.org/licenses/by/4.0` of an address; other names as they are. */
const licenceText = (licence: string): string =>
  licence.replace(/^https:\/\//, "").replace(/\/$/, "");

function showHours(from: ForecastAnswer, now: number): void {
  remove();
  const view = new FormData(byId<HTMLFormElement>("views")).get("view");
  const known = { answer: from, fresh, before: dayBefore.answer, system: frame.units, now };
  const made = view === "tables" ? tables(known) : charts(known);
  byId("parameters").replaceChildren(...made.elements);
  byId("parameters").className = String(view);
  made.draw();
  remove = made.remove;
  byId("words").replaceChildren(...words(from, frame.units));
}

/** Name the parameters that the model did not forecast itself, as the station is far from its network. */
function showStandIn({ models, values }: ForecastAnswer): void {
  const codes = inOrder(
    (Object.keys(models ?? {}) as ParameterCode[]).filter((code) => values[code]),
  );
  const names = codes.map((code) => PARAMETERS[code].name).join(", ");
  byId("stand-in").hidden = !codes.length;
  byId("stand-in-of").textContent = `${names}: not forecast by the model`;
}

function showMissing({ missing }: ForecastAnswer): void {
  const codes = Object.entries(missing) as [ParameterCode, string][];
  byId("missing").hidden = codes.length === 0;
  byId("missing-list").replaceChildren(
    ...codes.map(([code, why]) => h("li", {}, `${PARAMETERS[code].name}: ${REASONS[why] ?? why}`)),
  );
}

function showElsewhere({ station, run }: ForecastAnswer): void {
  const csv = forecastPath(station.id, { format: "csv", tz: "station", run: run.id });
  byId<HTMLAnchorElement>("csv").href = csv;
  byId("curl").textContent = `curl -s '${location.origin}${forecastPath(station.id)}'`;
}

for (const view of document.getElementsByName("view")) view.addEventListener("change", refresh);
byId("copy-curl").addEventListener(
  "click",
  () => void copy(byId("curl").textContent, byId("copied")),
);
onColourScheme(refresh);
watchRun(
  () => answer,
  () => void load(true),
  refresh,
);
void load();
