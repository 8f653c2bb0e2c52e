/** The forecast of the day before, drawn over what came. Asked for only when it is switched on. */

import {
  type Band,
  type ForecastAnswer,
  type ParameterCode,
  ProblemError,
  runsIssuedOn,
  stationForecast,
} from "../api";
import { byId } from "../dom";
import { aligned, type OtherBand, type Series } from "./series";

const DAY = 24 * 3_600_000;

interface Inputs {
  stored: () => ForecastAnswer | undefined;
  /** Called when there is another forecast to draw, or none any more. */
  changed: () => void;
}

export class DayBefore {
  readonly #inputs: Inputs;
  readonly #box = byId<HTMLInputElement>("day-before");
  readonly #note = byId("day-before-note");
  #answer: ForecastAnswer | undefined;

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
    this.#box.addEventListener("change", () => void this.refresh());
  }

  get on(): boolean {
    return this.#box.checked;
  }

  /** What to draw; undefined if it is switched off or not there. */
  get answer(): ForecastAnswer | undefined {
    return this.#answer;
  }

  /** Ask anew for the day before the forecast that is shown, if it is switched on. */
  async refresh(): Promise<void> {
    const stored = this.#inputs.stored();
    this.#answer = undefined;
    this.#note.textContent = "";
    if (this.on && stored) await this.#ask(stored);
    document.body.classList.toggle("with-day-before", this.#answer !== undefined);
    this.#inputs.changed();
  }

  async #ask(stored: ForecastAnswer): Promise<void> {
    try {
      const found = await dayBefore(stored);
      // Meanwhile the visitor may have switched it off, or a newer run may be shown.
      if (!this.on || stored !== this.#inputs.stored()) return;
      this.#answer = found;
      if (!found) this.#note.textContent = "No forecast was published on the day before.";
    } catch (error) {
      const why = error instanceof ProblemError ? error.problem.detail : "There is no connection.";
      this.#note.textContent = `The forecast of the day before cannot be shown. ${why}`;
    }
  }
}

/** The forecast that was issued 24 hours before another; undefined if none was published. */
async function dayBefore({ station, run }: ForecastAnswer): Promise<ForecastAnswer | undefined> {
  const issued = Date.parse(run.issued_at) - DAY;
  const { items } = await runsIssuedOn(new Date(issued).toISOString().slice(0, 10));
  const found = items.find(
    (each) =>
      "issued_at" in each && each.state === "published" && Date.parse(each.issued_at) === issued,
  );
  return found && stationForecast(station.id, { run: found.id });
}

/** The forecast of the day before at the times of a series, if it has this parameter. */
export function bandBefore(
  before: ForecastAnswer | undefined,
  code: ParameterCode,
  series: Series,
): OtherBand | undefined {
  const band = before?.values[code] as Band | undefined;
  if (!before || !band) return undefined;
  const at = (values: number[]): (number | null)[] => aligned(series.times, before.time, values);
  return { p10: at(band.p10), p50: at(band.p50), p90: at(band.p90) };
}

/**
 * In how many of the hours that were observed the value lay within the interval.
 *
 * @param turn of directions 360: their interval is the arc from p10 clockwise to p90.
 */
export function hoursWithin(
  series: Series,
  band: OtherBand,
  turn?: number,
): { within: number; hours: number } {
  const beyond = (value: number): number => (turn ? (value + turn) % turn : value);
  const inside = series.observed.flatMap((value, at) => {
    const [low, high] = [band.p10[at] ?? null, band.p90[at] ?? null];
    if (value === null || low === null || high === null) return [];
    const above = beyond(value - low);
    return [above >= 0 && above <= beyond(high - low)];
  });
  return { within: inside.filter(Boolean).length, hours: inside.length };
}
