/** How good the forecasts of the last 30 days were. Asked for once a visitor has scrolled there. */

import {
  type ParameterCode,
  type StationVerification,
  stationVerification,
  UnreachableError,
} from "../api";
import { byId, h } from "../dom";
import { PARAMETERS, type UnitSystem } from "../parameters";
import { GUESSES, type Score, typicalError } from "../scores";
import { inOrder } from "./groups";

/** Scores as text. */
export interface Told {
  error: string;
  within: string;
  skill: string;
}

/** Fill the section when it comes into sight; the returned function redraws it in other units. */
export function offerVerification(stationId: string, units: () => UnitSystem): () => void {
  const place = byId("came-true");
  let answer: StationVerification | undefined;
  const show = (): void => {
    if (answer) place.replaceChildren(...shown(answer, units()));
  };
  const seen = new IntersectionObserver(async (entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    try {
      answer = await stationVerification(stationId);
      seen.disconnect();
      show();
    } catch (error) {
      const why = error instanceof UnreachableError ? "There is no connection." : "";
      place.replaceChildren(h("p", {}, `This cannot be shown now. ${why}`.trim()));
    }
  });
  seen.observe(place);
  return show;
}

/** An entry for each parameter, or a sentence if there is nothing to say. */
function shown(answer: StationVerification, system: UnitSystem): HTMLElement[] {
  const codes = inOrder(Object.keys(answer.parameters) as ParameterCode[]);
  if (!codes.length) return [h("p", {}, "No forecast of this station was verified yet.")];
  const entries = codes.map((code) => entry(code, answer.parameters[code] as Score, system));
  return [h("p", {}, lead(answer.runs)), h("ul", { class: "scores" }, ...entries)];
}

const lead = (runs: number): string =>
  `${runs === 1 ? "One forecast" : `${runs} forecasts`} of the last 30 days, compared with what came. ` +
  "Intervals are honest if some 80 of 100 hours lie within them.";

function entry(code: ParameterCode, score: Score, system: UnitSystem): HTMLElement {
  const name = h("strong", {}, PARAMETERS[code].name);
  if ("reason" in score) return h("li", {}, name, " ", h("span", {}, tooFew(score.hours)));
  const { error, within, skill } = told(code, score, system);
  const share = h("span", { class: "share" });
  share.style.width = `${100 * score.coverage}%`;
  const gauge = h("span", { class: "gauge", "aria-hidden": "true" }, share);
  const held = h("span", { class: "within" }, gauge, within);
  return h("li", {}, name, " ", h("span", {}, error), " ", held, " ", h("span", {}, skill));
}

export const tooFew = (hours: number): string => `Only ${hours} hours were compared yet.`;

export function told(
  code: ParameterCode,
  score: { mae: number; coverage: number; skill: number | null; reference: string },
  system: UnitSystem,
): Told {
  return {
    error: `typically off by ${typicalError(score, code, system)}`,
    within: `${Math.round(100 * score.coverage)} of 100 hours within`,
    skill: skillOf(score),
  };
}

function skillOf({ skill, reference }: { skill: number | null; reference: string }): string {
  if (skill === null) return "";
  const percent = Math.round(100 * Math.abs(skill));
  const guess = GUESSES[reference] ?? reference;
  if (percent === 0) return `as good as to say ${guess}`;
  return `${percent} % ${skill < 0 ? "worse" : "better"} than to say ${guess}`;
}
