/** How good the forecasts of the last 30 days were, in words. Asked for only when it is opened. */

import {
  type ParameterCode,
  type StationVerification,
  stationVerification,
  UnreachableError,
} from "./api";
import { byId, h } from "./dom";
import { PARAMETERS, type UnitSystem } from "./parameters";
import { GUESSES, type Score, typicalError } from "./scores";

/** Fill the list whenever it is opened; `units` says in which units. */
export function offerVerification(stationId: string, units: () => UnitSystem): void {
  const details = byId<HTMLDetailsElement>("came-true");
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    const list = byId("came-true-list");
    try {
      list.replaceChildren(...lines(await stationVerification(stationId), units()));
    } catch (error) {
      const why = error instanceof UnreachableError ? "There is no connection." : "";
      list.replaceChildren(h("li", {}, `This cannot be shown now. ${why}`.trim()));
    }
  });
}

/** A sentence for each parameter, and one if there is nothing to say. */
export function lines(answer: StationVerification, system: UnitSystem): HTMLElement[] {
  const scores = Object.entries(answer.parameters) as [ParameterCode, Score][];
  if (!scores.length) return [h("li", {}, "No forecast of this station was verified yet.")];
  return scores.map(([code, score]) =>
    h("li", {}, `${PARAMETERS[code].name}: ${sentence(code, score, system)}`),
  );
}

export function sentence(code: ParameterCode, score: Score, system: UnitSystem): string {
  if ("reason" in score) return `only ${score.hours} hours were compared yet.`;
  const within = `within the band in ${Math.round(100 * score.coverage)} of 100 hours`;
  return `${within}; typically off by ${typicalError(score, code, system)}${skill(score)}.`;
}

function skill(score: { skill: number | null; reference: string }): string {
  if (score.skill === null) return "";
  const percent = Math.round(100 * Math.abs(score.skill));
  const more = score.skill < 0 ? "more" : "less";
  return `, ${percent} % ${more} than to say ${GUESSES[score.reference] ?? score.reference}`;
}
