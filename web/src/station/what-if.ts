/** The form that sends a visitor's own reading to the real-time model, and the result. */

import {
  type ContextAnswer,
  contextForecast,
  type ForecastAnswer,
  type ParameterCode,
  ProblemError,
  UnreachableError,
} from "../api";
import { byId, h } from "../dom";
import { number, PARAMETERS, shownAs, type UnitSystem } from "../parameters";
import { clock } from "../times";
import type { OtherBand } from "./series";

/** The reasons that the API gives for a missing real-time forecast, in words. */
const REASONS: Record<string, string> = {
  endpoint_off: "this service has no real-time model",
  endpoint_timeout: "the real-time model took too long",
  endpoint_unreachable: "the real-time model could not be reached",
  endpoint_error: "the real-time model failed",
  endpoint_busy: "the real-time model is overloaded",
  circuit_open: "the real-time model failed several times and is paused for a moment",
  bad_answer: "the real-time model returned an invalid response",
  model_missing: "there is no real-time model for this parameter",
  model_not_ready: "the real-time model is still loading",
  no_history: "the station's recent observations are missing",
  too_few_observations: "there are too few recent observations",
  no_observations: "there are no recent observations",
  source_late: "the newest observations are too old",
  several: "several reasons",
};

const LEADS = [1, 3, 6, 12];
const MINUTE = 60_000;

interface Inputs {
  stored: () => ForecastAnswer | undefined;
  units: () => UnitSystem;
  /** Called with the answer to show; undefined removes it. */
  show: (answer: ContextAnswer | undefined) => void;
}

/** The values of one parameter, if the real-time model made them. */
export function freshBand(
  answer: ContextAnswer | undefined,
  code: ParameterCode,
): { times: readonly string[]; band: OtherBand } | undefined {
  if (!answer?.realtime || answer.degraded?.parameters[code]) return undefined;
  const band = answer.values[code] as OtherBand | undefined;
  return band && { times: answer.time, band };
}

export class WhatIf {
  readonly #inputs: Inputs;
  readonly #form = byId<HTMLFormElement>("what-if-form");
  readonly #parameter = byId<HTMLSelectElement>("what-if-parameter");
  readonly #value = byId<HTMLInputElement>("what-if-value");
  readonly #ago = byId<HTMLInputElement>("what-if-ago");
  readonly #clear = byId<HTMLButtonElement>("what-if-clear");
  readonly #result = byId("what-if-result");
  #answer: ContextAnswer | undefined;
  #asked: ParameterCode | undefined;

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#ask();
    });
    this.#clear.addEventListener("click", () => this.clear());
    this.#parameter.addEventListener("change", () => this.refresh());
  }

  /** Offer the parameters of a station. */
  offer(codes: readonly ParameterCode[]): void {
    const before = this.#parameter.value;
    const options = codes.map((code) => h("option", { value: code }, PARAMETERS[code].name));
    this.#parameter.replaceChildren(...options);
    if (codes.includes(before as ParameterCode)) this.#parameter.value = before;
    this.refresh();
  }

  /** Redraw units and results. */
  refresh(): void {
    const code = this.#parameter.value as ParameterCode;
    if (code) byId("what-if-unit").textContent = shownAs(code, this.#inputs.units()).unit;
    if (this.#answer && this.#asked) this.#tell(this.#answer, this.#asked);
  }

  clear(): void {
    this.#answer = undefined;
    this.#result.replaceChildren();
    this.#clear.hidden = true;
    this.#inputs.show(undefined);
  }

  async #ask(): Promise<void> {
    const stored = this.#inputs.stored();
    const code = this.#parameter.value as ParameterCode;
    if (!stored || this.#form.ariaBusy === "true") return;
    const value = shownAs(code, this.#inputs.units()).revert(this.#value.valueAsNumber);
    const time = new Date(Date.now() - this.#ago.valueAsNumber * MINUTE).toISOString();
    this.#busy(true);
    try {
      const reading = { parameter: code, time, value: Number(value.toFixed(4)) };
      const answer = await contextForecast(stored.station.id, [reading]);
      this.#answer = answer;
      this.#asked = code;
      this.#clear.hidden = false;
      this.#inputs.show(answer);
      this.#tell(answer, code);
      // Once the charts above are drawn again.
      requestAnimationFrame(() => this.#result.scrollIntoView({ block: "nearest" }));
    } catch (error) {
      this.clear();
      this.#result.replaceChildren(h("p", { class: "banner over" }, refusal(error)));
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy: boolean): void {
    this.#form.ariaBusy = String(busy);
    if (busy) this.#result.replaceChildren(h("p", {}, "Asking the real-time model…"));
  }

  #tell(answer: ContextAnswer, code: ParameterCode): void {
    const { degraded } = answer;
    const why = degraded?.parameters[code] ?? (answer.realtime ? undefined : degraded?.reason);
    this.#result.replaceChildren(
      h("p", { class: why ? "banner over" : "banner news" }, why ? fallen(why) : source(answer)),
      ...(why ? [] : [this.#comparison(answer, code), chartLink(code)]),
    );
  }

  /** The nightly forecast beside the real-time one, for some of the next hours. */
  #comparison(answer: ContextAnswer, code: ParameterCode): HTMLElement {
    const stored = this.#inputs.stored() as ForecastAnswer;
    const system = this.#inputs.units();
    const before = new Map(
      stored.time.map((time, at) => [Date.parse(time), stored.values[code]?.p50?.[at]]),
    );
    const rows = LEADS.map((lead) => {
      const time = Date.parse(answer.time[lead - 1] as string);
      const old = before.get(time);
      const fresh = answer.values[code]?.p50?.[lead - 1] ?? undefined;
      const shown = (value: number | undefined): string =>
        value === undefined ? "–" : number(value, code, system);
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, clock(time, stored.station.timezone)),
        h("td", { class: "number" }, shown(old)),
        h("td", { class: "number" }, shown(fresh)),
        h("td", { class: "number" }, change(old, fresh, code, system)),
      );
    });
    const { unit } = shownAs(code, system);
    const titles = ["Hour ending", "Nightly forecast", "With your reading", "Change"];
    const head = titles.map((title, at) =>
      h("th", { scope: "col", class: at ? "number" : undefined }, title),
    );
    const caption = h("caption", {}, `${PARAMETERS[code].name}: medians in ${unit}`);
    return h("table", {}, caption, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  }
}

const chartLink = (code: ParameterCode): HTMLElement =>
  h("p", {}, h("a", { href: `#of-${code}` }, `Show in the chart of ${PARAMETERS[code].name}`));

function change(
  old: number | undefined,
  fresh: number | undefined,
  code: ParameterCode,
  system: UnitSystem,
): string {
  if (old === undefined || fresh === undefined) return "–";
  const { convert, decimals } = shownAs(code, system);
  // Computed from the rounded numbers of the row, so that they add up.
  const [from, to] = [old, fresh].map((value) => Number(convert(value).toFixed(decimals)));
  const by = ((to as number) - (from as number)).toFixed(decimals);
  return Number(by) > 0 ? `+${by}` : by.replace("-", "−").replace(/^−(0(\.0+)?)$/, "$1");
}

function source({ realtime, station, degraded }: ContextAnswer): string {
  if (!realtime) return "";
  const issued = clock(Date.parse(realtime.issued_at), station.timezone);
  const variant = realtime.variant ? `, variant ${realtime.variant}` : "";
  return `Real-time forecast by model ${realtime.model}${variant}, issued at ${issued} with your reading. The chart shows it as a dashed line.${others(degraded)}`;
}

const others = (degraded: ContextAnswer["degraded"]): string =>
  degraded
    ? ` Other parameters keep the nightly forecast (${Object.keys(degraded.parameters).length} of them): ${REASONS[degraded.reason] ?? degraded.reason}.`
    : "";

const fallen = (reason: string): string =>
  `No real-time forecast: ${REASONS[reason] ?? reason}. The nightly forecast above still applies. It does not include your reading.`;

function refusal(error: unknown): string {
  if (error instanceof UnreachableError) {
    return "The service did not respond. Your reading was not used.";
  }
  if (!(error instanceof ProblemError)) throw error;
  const { detail, errors } = error.problem;
  return errors?.length
    ? `Your reading was not accepted: ${errors.map(({ reason }) => reason).join("; ")}.`
    : `Your reading was not accepted: ${detail}.`;
}
