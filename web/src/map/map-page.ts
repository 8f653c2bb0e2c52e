/** The map: every station of the published run, coloured by one parameter at one hour, or by skill. */

import "./trusted";

import L from "leaflet";
import type { ParameterCode } from "../api";
import { countryName } from "../countries";
import { byId, cssColour, h, onColourScheme, prefersReducedMotion } from "../dom";
import { showFavourites } from "../favourites";
import { setUpFrame, showExpiry, showFailure, showNotice, watchRun } from "../frame";
import { runLine } from "../freshness";
import { icon } from "../icons";
import { distanceText, PARAMETERS } from "../parameters";
import { classIndex } from "../scales";
import { browserZone, zoneName } from "../times";
import { Basemap } from "./basemap";
import { HourControl } from "./hour-control";
import { listStations, MOST_IN_LIST } from "./in-sight";
import { Labels } from "./labels";
import { forecastLayer, type Layer, skillLayer } from "./layers";
import { legend } from "./legend";
import { loadRun, loadView, type MapData } from "./map-data";
import { showExtent } from "./map-start";
import { extentOf, nearest, type Place } from "./places";
import { NO_CLASS, Points } from "./points";
import { StationCard, valueLine } from "./station-card";
import { StationTip } from "./station-tip";
import { StationValues } from "./station-values";
import { keepView, readView } from "./view";
import { locate, markVisitor } from "./visitor";

const ZOOM_OF_A_PLACE = 8;
/** How long the map must rest before its position is written into the address. */
const SETTLED_MS = 150;
/** The keyboard points at the station nearest to the middle of the map, at most so many pixels away. */
const REACH = 200;

const parameterSelect = byId<HTMLSelectElement>("parameter");
const colourSelect = byId<HTMLSelectElement>("colour-by");
const inSight = byId<HTMLDetailsElement>("in-sight");
const failure = byId("failure");
const loading = byId("loading");

let data: MapData | undefined;
let chosen = -1;
/** The visitor, if the map knows where they are. */
let visitor: Place | undefined;

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
});
// Below the stations, above the coastlines.
map.createPane("labels").style.zIndex = "350";
const labels = new Labels(() => points.taken);
const points = new Points(() => labels.redraw());
const basemap = new Basemap({ minZoom: 1, maxZoom: 12, keepBuffer: 3 });
basemap.named = (countries) => labels.name(countries);
for (const layer of [basemap, labels, points]) layer.addTo(map);

const hours = new HourControl((hour) => {
  view.hour = hour;
  refresh();
  remember();
});
const values = new StationValues();
const forecastOf = (id: string) => values.of(id, data?.stations.run.id ?? "");
const card = new StationCard(() => pick(-1), forecastOf);
const tip = new StationTip(told, interval, (index) => points.placeOf(index));

/** Fetch the stations and one parameter, both from the same run. */
async function load(fresh = false): Promise<void> {
  loading.hidden = false;
  failure.hidden = true;
  try {
    data = await loadRun(view, fresh);
    showStations(data);
    refresh();
    void labels.load().catch(() => undefined);
  } catch (error) {
    start();
    showFailure(failure, error, () => void load(true));
  } finally {
    loading.hidden = true;
  }
}

function showStations({ stations: { run, stations, parameters } }: MapData): void {
  showNotice(run);
  points.place(stations);
  const options = parameters.map((code) => h("option", { value: code }, PARAMETERS[code].name));
  parameterSelect.replaceChildren(...options);
  parameterSelect.value = view.parameter;
  parameterSelect.disabled = false;
  colourSelect.value = view.skill ? "skill" : "forecast";
  colourSelect.disabled = false;
  chosen = -1;
  card.hide();
  start();
}

/** Show the position of the address, or else all stations; later loads leave the map where it is. */
function start(): void {
  if (started) return;
  started = true;
  const { position } = view;
  if (position) map.setView([position.latitude, position.longitude], position.zoom);
  else showExtent(map, data && extentOf(data.stations.stations), coveredByControls());
  map.on("moveend", settle);
}
let started = false;

/** Pixels at the left edge of the map that are below the controls; none if they are above the map. */
function coveredByControls(): number {
  const { right, bottom } = byId("controls").getBoundingClientRect();
  const { left, top } = map.getContainer().getBoundingClientRect();
  return bottom > top ? right - left : 0;
}

/** What the stations show; undefined until it is loaded. */
function layer(): Layer | undefined {
  if (view.skill && data?.skills) return skillLayer(data.skills);
  return data && forecastLayer(data.forecasts, hours.hour, frame.units);
}

/** Show what is loaded with the current settings. */
function refresh(): void {
  if (!data) return;
  const { run, stations } = data.stations;
  hours.show(data.forecasts.time, view.hour);
  byId("hour-label").hidden = view.skill === true;
  const shown = layer() as Layer;
  colour(shown, stations.id.length);
  byId("legend").replaceChildren(...legend(shown));
  byId("legend-title").textContent = shown.title;
  byId("legend-about").textContent = shown.about;
  const zone = browserZone();
  const zoneText = `your time, ${zoneName(Date.parse(run.issued_at), zone)}`;
  byId("run").textContent = runLine(run, zone, zoneText);
  showExpiry(run, Date.now());
  showWaiting();
  showPicked();
  showInSight();
  tip.refresh();
}

function colour({ scale, valueAt }: Layer, count: number): void {
  const classes = Int8Array.from({ length: count }, (_, index) => {
    const value = valueAt(index);
    return value === undefined ? NO_CLASS : classIndex(scale, value);
  });
  const colours = scale.classes.map((each) => each.colour);
  const shown = `${view.parameter} ${view.skill === true}`;
  points.colour(classes, colours, cssColour("--ring"), shown);
}

/** Say how many stations have no room at this zoom. */
function showWaiting(): void {
  const { waiting } = points;
  const many = waiting.toLocaleString("en-GB");
  const what = waiting === 1 ? "One more station appears" : `${many} more stations appear`;
  byId("waiting").textContent = waiting ? `${what} as you zoom in.` : "";
}

/** Name and value of a station. */
function told(index: number) {
  const shown = layer();
  if (!data || !shown) return undefined;
  const { id, name } = data.stations.stations;
  return {
    name: name[index] || (id[index] ?? ""),
    lines: [h("span", {}, ...valueLine(shown, index))],
  };
}

/** How sure the value of a station is. */
async function interval(index: number): Promise<string | undefined> {
  const id = data?.stations.stations.id[index];
  const shown = layer();
  if (id === undefined || shown?.valueAt(index) === undefined) return undefined;
  return shown.interval?.(await forecastOf(id));
}

function showPicked(): void {
  points.choose(chosen);
  const shown = layer();
  if (chosen < 0 || !data || !shown) {
    card.hide();
    return;
  }
  const { id, name, country, latitude, longitude } = data.stations.stations;
  const [north = 0, east = 0] = [latitude[chosen], longitude[chosen]];
  const away = visitor && nearest({ latitude: [north], longitude: [east] }, visitor)?.distance;
  card.show(
    {
      index: chosen,
      id: id[chosen] ?? "",
      name: name[chosen] ?? "",
      country: countryName(country[chosen] ?? ""),
      note: away === undefined ? "" : `${distanceText(away, frame.units)} from you`,
    },
    shown,
  );
}

function pick(index: number): void {
  chosen = index;
  tip.show(-1);
  showPicked();
  const covered = index < 0 ? 0 : card.covers(points.placeOf(index));
  if (covered) map.panBy([0, covered], { animate: !still });
}

function showInSight(): void {
  const shown = layer();
  if (!inSight.open || !data || !shown) return;
  listStations(data.stations, shown, points.inSight(MOST_IN_LIST), (index) => tip.show(index));
}

/** Show another parameter, or the skill instead of the forecast. */
async function change(): Promise<void> {
  const before = data;
  if (!before) return;
  view.parameter = parameterSelect.value as ParameterCode;
  view.skill = colourSelect.value === "skill";
  const { parameter, skill } = view;
  hours.stop();
  loading.hidden = false;
  failure.hidden = true;
  try {
    const changed = await loadView(view, before);
    // Meanwhile the visitor may have chosen something else.
    if (data === before && view.parameter === parameter && view.skill === skill) data = changed;
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
  const position = { latitude: lat, longitude: lng, zoom: map.getZoom() };
  history.replaceState(history.state, "", keepView(view, position));
}

/** Mark the visitor and pick the station nearest to them. */
function showVisitor(place: Place): void {
  visitor = place;
  markVisitor(map, place);
  map.setView([place.latitude, place.longitude], ZOOM_OF_A_PLACE);
  const places = data?.stations.stations;
  const found = places && nearest(places, place);
  if (!found) return;
  const { latitude, longitude } = places;
  const station: L.LatLngTuple = [latitude[found.index] ?? 0, longitude[found.index] ?? 0];
  if (!map.getBounds().contains(station)) {
    const [beside, above] = [L.point(coveredByControls() + 64, 64), L.point(64, 64)];
    const both: L.LatLngTuple[] = [[place.latitude, place.longitude], station];
    map.fitBounds(both, { paddingTopLeft: beside, paddingBottomRight: above });
  }
  pick(found.index);
}

let moved = 0;
function settle(): void {
  // Not in the frame that redraws the stations.
  clearTimeout(moved);
  moved = window.setTimeout(() => {
    remember();
    showWaiting();
    showInSight();
    pointWithKeyboard();
  }, SETTLED_MS);
}

/** Point at the station nearest to the middle, if the keyboard moves the map. */
function pointWithKeyboard(): void {
  if (!usesKeyboard || document.activeElement !== container) return;
  tip.show(points.nearest(map.getSize().divideBy(2), REACH));
}

for (const select of [parameterSelect, colourSelect]) {
  select.addEventListener("change", () => void change());
}
byId("controls").addEventListener("submit", (event) => event.preventDefault());
inSight.addEventListener("toggle", showInSight);
for (const [id, drawn, press] of [
  ["zoom-in", "plus", () => map.zoomIn()],
  ["zoom-out", "minus", () => map.zoomOut()],
  ["find-me", "locate", () => locate(showVisitor)],
] as const) {
  byId(id).prepend(icon(drawn));
  byId(id).addEventListener("click", press);
}
map.on("click", (event) => pick(points.at(event.containerPoint)));
map.on("movestart zoomstart", () => tip.show(-1));
const container = map.getContainer();
// Leaflet gives the map the focus when it is pressed, too, so that `:focus-visible` says too little.
let usesKeyboard = false;
addEventListener("keydown", () => (usesKeyboard = true), true);
addEventListener("pointerdown", () => (usesKeyboard = false), true);
container.addEventListener("pointermove", (event) => {
  // A finger taps instead; while the map is dragged, nothing is pointed at.
  if (event.pointerType !== "mouse" || event.buttons) return;
  const index = points.at(map.mouseEventToContainerPoint(event));
  container.classList.toggle("pointed", index >= 0);
  tip.show(index === chosen ? -1 : index);
});
container.addEventListener("pointerleave", () => tip.show(-1));
container.addEventListener("focus", pointWithKeyboard);
container.addEventListener("blur", () => tip.show(-1));
container.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === container && tip.index >= 0) pick(tip.index);
});
showFavourites();
onColourScheme(refresh);
watchRun(
  () => data?.stations,
  () => void load(true),
  refresh,
);
void load();
