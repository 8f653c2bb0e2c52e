/** The intervals of single stations, which a map's answer does not have: asked for when needed. */

import { type ForecastAnswer, stationForecast } from "../api";

/** Forecasts that are kept; a visitor goes back and forth between a few stations. */
const KEPT = 200;

export class StationValues {
  readonly #kept = new Map<string, Promise<ForecastAnswer>>();

  /** The forecast of a station in a run; asked for once, unless that fails. */
  of(stationId: string, run: string): Promise<ForecastAnswer> {
    const key = `${run} ${stationId}`;
    let found = this.#kept.get(key);
    if (!found) {
      found = stationForecast(stationId, { run });
      found.catch(() => this.#kept.delete(key));
      this.#kept.set(key, found);
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > KEPT && oldest) this.#kept.delete(oldest);
    }
    return found;
  }
}
