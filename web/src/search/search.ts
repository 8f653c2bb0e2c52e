/** What the search field says about a station, and about a search that failed. */

import { type FoundStation, ProblemError } from "../api";
import { countryName } from "../countries";
import { distanceText, type UnitSystem } from "../parameters";

/** A station that was just found, or one from an earlier visit. */
type Somewhere = Pick<FoundStation, "id" | "country"> &
  Partial<Pick<FoundStation, "place" | "distance_km">>;

/** Where a station is: its ID, and the distance from the town that led to it, or its country. */
export function whereabouts(station: Somewhere, system: UnitSystem = "metric"): string {
  const { id, country, place, distance_km: km } = station;
  const away = km == null ? "" : `${distanceText(km, system)} from ${place ?? "there"}`;
  return [id, away || countryName(country)].filter(Boolean).join(" · ");
}

/** Why a search has no answer. */
export function failureOf(error: unknown, online: boolean): string {
  if (error instanceof ProblemError) {
    const { detail, errors } = error.problem;
    return `The search failed: ${errors?.map(({ reason }) => reason).join("; ") || detail}.`;
  }
  return online
    ? "The search could not reach the service. Try again."
    : "You are offline, and the search needs a connection.";
}
