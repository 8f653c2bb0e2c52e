/** The map: every station of the published run, coloured by one parameter at one hour, or by skill. */

import "./trusted";

import L from "leaflet";
import {
  type MapForecasts,
  type MapSkills,
  type MapStations,
  mapForecasts,
  mapSkills,
  mapStations,
  type ParameterCode,
} from "./api";
import { Basemap } from "./basemap";
import { searchIn, stationPage } from "./combobox";
import { countryName } from "./countries";
import { byId, cssColour, h, onColourScheme, prefersReducedMotion } from "./dom";

import { showFavourites } from "./favourites";
import { setUpFrame, showExpiry, showFailure, showNotice, watchRun } from "./frame";

import { runLine } from "./freshness";
import { forecastLayer, type Layer, skillLayer } from "./layers";
import { legend } from "./legend";
import { PARAMETERS } from "./parameters";
import { NO_CLASS, Points } from "./points";
import { classIn, classIndex } from "./scales";
import { SearchIndex } from "./search";
import { browserZone, moment, zoneName } from "./times";
import { keepView, readView } from "./view";

const MOST_IN_LIST = 100;
const ZOOM_OF_A_PLACE = 8;
/** How long the map must rest before its position is written into the address. */
const SETTLED_MS = 150;

const parameterSelect = byId<HTMLSelectElement>("parameter");
const colourSelect = byId<HTMLSelectElement>("colour-by");
const hourInput = byId<HTMLInputElement>("hour");
const picked = byId("picked");
const failure = byId("failure");
const loading = byId("loading");

let stations: MapStations | undefined;
let forecasts: MapForecasts | undefined;
let skills: MapSkills | undefined;
let chosen = -1;

const frame = setUpFrame(() => refresh());
const still = prefersReducedMotion();
const view = readView(location.hash);
const map = L.map("map", {
  attributionControl: false,
  zoomControl: false,
  minZoom: 1,
  maxZoom: 12,
  zoomAnimation: !still,
  fadeAnimation: false,
  inertia: !still,
  maxBounds: [
    [-90, -720],
    [90, 720],
  ],
}).setView([view.latitude, view.longitude], view.zoom);
const points = new Points();
new Basemap({ minZoom: 1, maxZoom: 12, keepBuffer: 3 }).addTo(map);
points.addTo(map);

/** Fetch the stations and one parameter, both from the same run. */
async function load(fresh = false): Promise<void> {
  loading.hidden = false;
  failure.hidden = true;
  try {
    const wanted = view.parameter;
    let [places, values] = await Promise.all([
      mapStations(undefined, fresh),
      mapForecasts(wanted, undefined, fresh).catch((error) => (fresh ? error : undefined)),
    ]);
    if (!(wanted && places.parameters.includes(wanted))) {
      view.parameter = places.parameters[0] as ParameterCode;
      values = await mapForecasts(view.parameter, places.run.id);
    } else if (!values || values instanceof Error || values.run.id !== places.run.id) {
      // One of them came from a cache and belongs to the run before.
      places = await mapStations(undefined, true);
      values = await mapForecasts(view.parameter, places.run.id, true);
    }
    skills = await skillsOf(places.run.id);
    showStations(places);
    forecasts = values;
    refresh();
  } catch (error) {
    showFailure(failure, error, () => void load(true));
  } finally {
    loading.hidden = true;
  }
}

/** The skill of all stations, if that is what the map shows. */
const skillsOf = async (run: string): Promise<MapSkills | undefined> =>
  view.skill ? mapSkills(view.parameter, run) : undefined;

function showStations(places: MapStations): void {
  stations = places;
  showNotice(places.run);
  points.place(places.stations);
  searchIn(new SearchIndex(places.stations));
  const options = places.parameters.map((code) =>
    h("option", { value: code }, PARAMETERS[code].name),
  );
  parameterSelect.replaceChildren(...options);
  parameterSelect.value = view.parameter;
  parameterSelect.disabled = false;
  colourSelect.value = view.skill ? "skill" : "forecast";
  colourSelect.disabled = false;
  hourInput.disabled = false;
  chosen = -1;
  picked.hidden = true;
}

/** The index of the current hour; an hour is named by its end. */
function currentHour(times: readonly string[]): number {
  const found = times.findIndex((time) => Date.parse(time) >= Date.now());
  return found < 0 ? times.length - 1 : found;
}

/** What the stations show; undefined until it is loaded. */
function layer(): Layer | undefined {
  if (view.skill && skills) return skillLayer(skills);
  return forecasts && forecastLayer(forecasts, Number(hourInput.value), frame.units);
}

/** Show what is loaded with the current settings. */
function refresh(): void {
  if (!stations || !forecasts) return;
  hourInput.value = String(view.hour ?? currentHour(forecasts.time));
  const at = Date.parse(forecasts.time[Number(hourInput.value)] ?? "");
  const zone = browserZone();
  byId("hour-text").textContent = `ending ${moment(at, zone)} (${zoneName(at, zone)})`;
  hourInput.setAttribute("aria-valuetext", byId("hour-text").textContent);
  byId("hour-label").hidden = view.skill === true;
  const shown = layer() as Layer;
  colour(shown, stations.stations.id.length);
  byId("legend").replaceChildren(...legend(shown));
  byId("legend-title").textContent = shown.title;
  byId("legend-about").textContent = shown.about;
  byId("run").textContent = runLine(stations.run, "UTC", "UTC");
  showExpiry(stations.run, Date.now());
  showPicked();
  showInSight();
}

function colour({ scale, valueAt }: Layer, count: number): void {
  const classes = Int8Array.from({ length: count }, (_, index) => {
    const value = valueAt(index);
    return value === undefined ? NO_CLASS : classIndex(scale, value);
  });
  const colours = scale.classes.map((each) => each.colour);
  points.colour(classes, colours, cssColour("--ring"));
}

function showPicked(): void {
  points.choose(chosen);
  picked.hidden = chosen < 0;
  const shown = layer();
  if (!stations || !shown || chosen < 0) return;
  const { id, name, country } = stations.stations;
  const stationId = id[chosen] ?? "";
  const close = h("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
  close.addEventListener("click", () => pick(-1));
  picked.replaceChildren(
    h("h2", {}, h("bdi", {}, name[chosen] || stationId)),
    h("p", {}, [stationId, countryName(country[chosen] ?? "")].filter(Boolean).join(", ")),
    valueLine(shown, shown.valueAt(chosen)),
    h("p", {}, h("a", { href: stationPage(stationId) }, "Forecast for this station")),
    close,
  );
}

function valueLine({ name, nothing, scale, long }: Layer, value: number | undefined): HTMLElement {
  if (value === undefined) return h("p", {}, `${name}: ${nothing}`);
  const found = classIn(scale, value);
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = found.colour;
  const text = h("span", { class: "value" }, long(value));
  return h("p", {}, `${name}: `, text, " ", swatch, ` ${found.word}`);
}

function pick(index: number): void {
  chosen = index;
  showPicked();
}

function showInSight(): void {
  const list = byId<HTMLDetailsElement>("in-sight");
  const shown = layer();
  if (!list.open || !stations || !shown) return;
  const { id, name, country } = stations.stations;
  const found = points.inSight(MOST_IN_LIST);
  byId("in-sight-note").textContent =
    found.length === MOST_IN_LIST
      ? `Showing the first ${MOST_IN_LIST} stations in view. Zoom in to shorten the list.`
      : `${found.length} station${found.length === 1 ? "" : "s"} in view.`;
  byId("in-sight-value").textContent = byId("legend-title").textContent;
  byId("in-sight-rows").replaceChildren(
    ...found.map((index) => {
      const link = h(
        "a",
        { href: stationPage(id[index] ?? "") },
        h("bdi", {}, name[index] || id[index] || ""),
      );
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, link),
        h("td", {}, countryName(country[index] ?? "")),
        h("td", {}, inWords(shown, index)),
      );
    }),
  );
}

function inWords({ nothing, scale, short, valueAt }: Layer, index: number): string {
  const value = valueAt(index);
  return value === undefined ? nothing : `${short(value)} (${classIn(scale, value).word})`;
}

/** Show another parameter, or the skill instead of the forecast. */
async function change(): Promise<void> {
  if (!stations) return;
  view.parameter = parameterSelect.value as ParameterCode;
  view.skill = colourSelect.value === "skill";
  const { parameter, skill } = view;
  const run = stations.run.id;
  loading.hidden = false;
  failure.hidden = true;
  try {
    const [values, found] = await Promise.all([
      forecasts?.parameter === parameter ? forecasts : mapForecasts(parameter, run),
      skillsOf(run),
    ]);
    // Meanwhile the visitor may have chosen something else.
    if (view.parameter === parameter && view.skill === skill) {
      forecasts = values;
      skills = found;
    }
    refresh();
    remember();
  } catch (error) {
    showFailure(failure, error, () => void change());
  } finally {
    loading.hidden = true;
  }
}

function remember(): void {
  const { lat, lng } = map.getCenter().wrap();
  Object.assign(view, { latitude: lat, longitude: lng, zoom: map.getZoom() });
  history.replaceState(history.state, "", keepView(view));
}

function findMe(): void {
  const button = byId<HTMLButtonElement>("find-me");
  // The browser asks for consent. The location stays in the browser.
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => map.setView([coords.latitude, coords.longitude], ZOOM_OF_A_PLACE),
    () => {
      button.textContent = "Location not available";
    },
    { maximumAge: 600_000, timeout: 10_000 },
  );
}

for (const select of [parameterSelect, colourSelect]) {
  select.addEventListener("change", () => void change());
}
hourInput.addEventListener("input", () => {
  view.hour = Number(hourInput.value);
  refresh();
  remember();
});
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("in-sight").addEventListener("toggle", showInSight);
byId("zoom-in").addEventListener("click", () => map.zoomIn());
byId("zoom-out").addEventListener("click", () => map.zoomOut());
byId("find-me").addEventListener("click", findMe);
map.on("click", (event) => pick(points.at(event.containerPoint)));
let moved = 0;
map.on("moveend", () => {
  // Not in the frame that redraws the stations.
  clearTimeout(moved);
  moved = window.setTimeout(() => {
    remember();
    showInSight();
  }, SETTLED_MS);
});
showFavourites();
onColourScheme(refresh);
watchRun(
  () => stations,
  () => void load(true),
  refresh,
);
void load();
