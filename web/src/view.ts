/** The view of the map, kept in its address so that visitors can share it and return to it. */

import type { ParameterCode } from "./api";
import { PARAMETERS } from "./parameters";

export interface View {
  parameter: ParameterCode;
  /** Index of the hour; undefined for the current one. */
  hour?: number;
  latitude: number;
  longitude: number;
  zoom: number;
}

const FIRST: View = { parameter: "temperature", latitude: 25, longitude: 0, zoom: 2 };

/** Read `#temperature/5/40.7/-74.0/8`: parameter, hour or `now`, latitude, longitude, zoom. */
export function readView(hash: string): View {
  const [parameter = "", hour = "", ...place] = hash.slice(1).split("/");
  const view = { ...FIRST };
  if (Object.hasOwn(PARAMETERS, parameter)) view.parameter = parameter as ParameterCode;
  if (/^\d{1,2}$/.test(hour) && Number(hour) < 24) view.hour = Number(hour);
  const [latitude, longitude, zoom] = place.map((text) => (text ? Number(text) : Number.NaN));
  if (within(latitude, 90) && within(longitude, 180) && within(zoom, 12)) {
    Object.assign(view, { latitude, longitude, zoom });
  }
  return view;
}

export function keepView({ parameter, hour, latitude, longitude, zoom }: View): string {
  return `#${parameter}/${hour ?? "now"}/${latitude.toFixed(3)}/${longitude.toFixed(3)}/${zoom}`;
}

const within = (value: number | undefined, most: number): boolean =>
  value !== undefined && Math.abs(value) <= most;
