/** The public REST API, and nothing else: what the site asks, and what can go wrong. */

import type { components } from "./openapi";

type Schemas = components["schemas"];
export type ForecastAnswer = Schemas["ForecastResponse"];
export type MapStations = Schemas["MapStationsResponse"];
export type MapForecasts = Schemas["MapForecastsResponse"];
export type Status = Schemas["StatusResponse"];
export type ContextAnswer = Schemas["ContextForecastResponse"];
export type Observation = Schemas["Observation"];
export type Run = Schemas["ForecastRun"];
export type Station = Schemas["ForecastStation"];
export type Problem = Schemas["Problem"];
export type ParameterCode = Schemas["ParameterResponse"]["code"];
export type Band = { p10: number[]; p50: number[]; p90: number[] };

/** Hours of observations that the station page shows before the forecast. */
export const OBSERVED_HOURS = 48;

/** The API answered, but not with what was asked for. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
  get kind(): string {
    return this.problem.type.replace("/problems/", "");
  }
}

/** There was no answer of the API at all: no network, no server, or somebody else's answer. */
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
    throw new UnreachableError("the answer broke off");
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

/** The forecast of a station with the hours before it; `fresh` goes past the browser's cache. */
export const stationForecast = (stationId: string, fresh = false): Promise<ForecastAnswer> =>
  ask(forecastPath(stationId, { observed: OBSERVED_HOURS }), fresh ? { cache: "reload" } : {});

export const mapStations = (run?: string, fresh = false): Promise<MapStations> =>
  ask(`/v1/map/stations?${query({ run })}`, fresh ? { cache: "reload" } : {});

export const mapForecasts = (
  parameter: ParameterCode,
  run?: string,
  fresh = false,
): Promise<MapForecasts> =>
  ask(`/v1/map/forecasts?${query({ parameter, run })}`, fresh ? { cache: "reload" } : {});

/** The forecast of a station from fresh readings; the stored one where the model cannot answer. */
export const contextForecast = (
  stationId: string,
  observations: readonly Omit<Observation, "unit">[],
): Promise<ContextAnswer> =>
  ask(forecastPath(stationId), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ observations }),
  });

export const status = (): Promise<Status> => ask("/v1/status");
