/** All requests to the public REST API, and their errors. The site calls nothing else. */

import type { components } from "./openapi";

type Schemas = components["schemas"];
/** An answer whose times are text: the site never asks for `timeformat=unix`. */
type WithTextTimes<T> = [T] extends [string | number]
  ? [string] extends [T]
    ? string
    : T
  : T extends (infer Entry)[]
    ? WithTextTimes<Entry>[]
    : T extends object
      ? { [Name in keyof T]: WithTextTimes<T[Name]> }
      : T;
export type ForecastAnswer = WithTextTimes<Schemas["Forecast"]>;
/** What a forecast says about days, with `daily=true`. */
export type Daily = NonNullable<ForecastAnswer["daily"]>;
export type MapStations = Schemas["MapStations"];
export type MapForecasts = Schemas["MapForecasts"];
export type MapSkills = Schemas["MapVerification"];
export type Runs = Schemas["Runs"];
export type Status = Schemas["Status"];
export type ContextAnswer = WithTextTimes<Schemas["ContextForecast"]>;
export type StationVerification = Schemas["StationVerification"];
export type NetworkVerification = Schemas["NetworkVerification"];
export type FoundStations = Schemas["Stations"];
export type FoundStation = Schemas["FoundStation"];
export type Observation = Schemas["Observation"];
export type Run = Schemas["ForecastRun"];
export type Station = Schemas["ForecastStation"];
export type Problem = Schemas["Problem"];
export type ParameterCode = Schemas["Parameter"]["code"];
export type Aggregation = Schemas["Parameter"]["aggregation"];
/** The chance is that of 0.1 mm or more in the hour, from 0 to 1; only of precipitation. */
export type Band = { p10: number[]; p50: number[]; p90: number[]; chance?: number[] };

/** Hours of observations that the station page shows before the forecast. */
export const OBSERVED_HOURS = 48;

/** The API answered with an error. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
  get kind(): string {
    return this.problem.type.replace("/problems/", "");
  }
}

/** The API did not answer: no network, no server, or an answer from something else. */
export class UnreachableError extends Error {}

const JSON_TYPES = /^application\/(problem\+)?json\b/;

export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new UnreachableError(navigator.onLine ? "no answer" : "offline");
  }
  if (!JSON_TYPES.test(response.headers.get("content-type") ?? "")) {
    throw new UnreachableError(`status ${response.status}, not from the API`);
  }
  const body = await response.json().catch(() => {
    throw new UnreachableError("incomplete answer");
  });
  if (!response.ok) throw new ProblemError(body as Problem);
  return body as T;
}

const query = (values: Record<string, string | number | undefined>): string => {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
};

export const forecastPath = (
  stationId: string,
  asked: Record<string, string | number | undefined> = {},
): string => {
  const path = `/v1/stations/${encodeURIComponent(stationId)}/forecast`;
  const text = query(asked);
  return text ? `${path}?${text}` : path;
};

/** The forecast of a station; `fresh` bypasses the browser's cache. */
export const stationForecast = (
  stationId: string,
  asked: { observed?: number; daily?: "true"; run?: string },
  fresh = false,
): Promise<ForecastAnswer> => ask(forecastPath(stationId, asked), fresh ? { cache: "reload" } : {});

/** The stations nearest to a place, nearest first. */
export const nearbyStations = async (
  latitude: number,
  longitude: number,
  limit: number,
): Promise<Schemas["Station"][]> => {
  const asked = query({ near: `${latitude},${longitude}`, limit });
  return (await ask<Schemas["Stations"]>(`/v1/stations?${asked}`)).items;
};

/** Where a station is and what it forecasts. */
export const stationDetails = (id: string): Promise<Schemas["Station"]> =>
  ask(`/v1/stations/${encodeURIComponent(id)}`);

/** The runs whose issue time is on a day, such as 2013-12-30, UTC; the last attempts first. */
export const runsIssuedOn = (day: string): Promise<Runs> =>
  ask(`/v1/runs?${query({ issued_on: day })}`);

export const mapStations = (run?: string, fresh = false): Promise<MapStations> =>
  ask(`/v1/map/stations?${query({ run })}`, fresh ? { cache: "reload" } : {});

export const mapForecasts = (
  parameter: ParameterCode,
  run?: string,
  fresh = false,
): Promise<MapForecasts> =>
  ask(`/v1/map/forecasts?${query({ parameter, run })}`, fresh ? { cache: "reload" } : {});

/** How well each station of a run was forecast. */
export const mapSkills = (parameter: ParameterCode, run?: string): Promise<MapSkills> =>
  ask(`/v1/verification/map?${query({ parameter, run })}`);

/** The forecast of a station from fresh readings, or the nightly one if the model cannot answer. */
export const contextForecast = (
  stationId: string,
  observations: readonly Omit<Observation, "unit">[],
): Promise<ContextAnswer> =>
  ask(forecastPath(stationId), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ observations }),
  });

/** How the forecasts of the last 30 days came true at a station. */
export const stationVerification = (stationId: string): Promise<StationVerification> =>
  ask(`/v1/stations/${encodeURIComponent(stationId)}/verification`);

export const verificationPath = (asked: Record<string, string>): string => {
  const text = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
  return text ? `/v1/verification?${text}` : "/v1/verification";
};

/** How the forecasts of the last 30 days came true at all stations; empty texts choose all. */
export const networkVerification = (asked: {
  country: string;
  lead: string;
}): Promise<NetworkVerification> => ask(verificationPath(asked));

export const status = (): Promise<Status> => ask("/v1/status");

/** The stations that match a text best; `signal` gives the request up. */
export const search = (text: string, limit: number, signal: AbortSignal): Promise<FoundStations> =>
  ask(`/v1/stations?${query({ q: text, limit })}`, { signal });
