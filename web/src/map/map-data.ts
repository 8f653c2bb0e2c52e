/** What a map shows: the stations of a run and their values, all of the same run. */

import {
  type MapForecasts,
  type MapSkills,
  type MapStations,
  mapForecasts,
  mapSkills,
  mapStations,
  type ParameterCode,
} from "../api";
import type { View } from "./view";

export interface MapData {
  stations: MapStations;
  forecasts: MapForecasts;
  /** Only if the view shows them. */
  skills: MapSkills | undefined;
}

/**
 * Fetch the published run.
 *
 * @param view its parameter becomes one of the run's, if it is none.
 * @param fresh whether to bypass the browser's cache.
 */
export async function loadRun(view: View, fresh: boolean): Promise<MapData> {
  const wanted = view.parameter;
  let [stations, forecasts] = await Promise.all([
    mapStations(undefined, fresh),
    mapForecasts(wanted, undefined, fresh).catch((error) => (fresh ? error : undefined)),
  ]);
  if (!(wanted && stations.parameters.includes(wanted))) {
    view.parameter = stations.parameters[0] as ParameterCode;
    forecasts = await mapForecasts(view.parameter, stations.run.id);
  } else if (!forecasts || forecasts instanceof Error || forecasts.run.id !== stations.run.id) {
    // One of them came from a cache and belongs to the run before.
    stations = await mapStations(undefined, true);
    forecasts = await mapForecasts(view.parameter, stations.run.id, true);
  }
  return { stations, forecasts, skills: await skillsOf(view, stations.run.id) };
}

/** Fetch what a changed view shows of the same run. */
export async function loadView(view: View, before: MapData): Promise<MapData> {
  const run = before.stations.run.id;
  const [forecasts, skills] = await Promise.all([
    before.forecasts.parameter === view.parameter
      ? before.forecasts
      : mapForecasts(view.parameter, run),
    skillsOf(view, run),
  ]);
  return { stations: before.stations, forecasts, skills };
}

const skillsOf = async (view: View, run: string): Promise<MapSkills | undefined> =>
  view.skill ? mapSkills(view.parameter, run) : undefined;
