/** The view of the map, kept in its address so that visitors can share it and return to it. */

import type { ParameterCode } from "../api";
import { PARAMETERS } from "../parameters";
import type { Place } from "./places";

/** The middle of the map and its zoom. */
export interface Position extends Place {
  zoom: number;
}

export interface View {
  parameter: ParameterCode;
  /** Index of the hour; undefined for the current one. */
  hour?: number | undefined;
  /** Whether the stations have the colour of their skill, not of a forecast. */
  skill?: boolean;
  /** Undefined if the address has none: the map then shows all stations. */
  position?: Position;
}

/** Read `#temperature/5/40.7/-74.0/8`: parameter, hour or `now` or `skill`, latitude, longitude, zoom. */
export function readView(hash: string): View {
  const [parameter = "", hour = "", ...place] = hash.slice(1).split("/");
  const view: View = { parameter: "temperature" };
  if (Object.hasOwn(PARAMETERS, parameter)) view.parameter = parameter as ParameterCode;
  if (/^\d{1,2}$/.test(hour) && Number(hour) < 24) view.hour = Number(hour);
  if (hour === "skill") view.skill = true;
  const [latitude, longitude, zoom] = place.map((text) => (text ? Number(text) : Number.NaN));
  if (within(latitude, 90) && within(longitude, 180) && within(zoom, 12)) {
    view.position = { latitude, longitude, zoom };
  }
  return view;
}

export function keepView({ parameter, hour, skill }: View, position: Position): string {
  const shown = skill ? "skill" : (hour ?? "now");
  const { latitude, longitude, zoom } = position;
  return `#${parameter}/${shown}/${latitude.toFixed(3)}/${longitude.toFixed(3)}/${zoom}`;
}

const within = (value: number | undefined, most: number): value is number =>
  value !== undefined && Math.abs(value) <= most;
