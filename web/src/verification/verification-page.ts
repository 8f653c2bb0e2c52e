/**
 * The page of the network: how good the forecasts of all stations were.
 *
 * What is chosen is in its address: `verification.html?country=US&lead=1-6`.
 */

import {
  type NetworkVerification,
  networkVerification,
  type ParameterCode,
  type Status,
  status,
  verificationPath,
} from "../api";
import { countryName } from "../countries";
import { byId, h } from "../dom";
import { setUpFrame, showFailure, showNotice } from "../frame";
import { PARAMETERS, percent, wetFrom } from "../parameters";
import { classIn, SKILLS } from "../scales";
import { biasText, GUESSES, type Score, skillText, typicalError } from "../scores";
import { moment } from "../times";

const LEADS = ["1-6", "7-12", "13-18", "19-24"];

const country = byId<HTMLSelectElement>("country");
const lead = byId<HTMLSelectElement>("lead");
const failure = byId("failure");
const scores = byId("scores");

let answer: NetworkVerification | undefined;
let asked = {};

const frame = setUpFrame(() => show());

async function load(): Promise<void> {
  const choice = { country: country.value, lead: lead.value };
  asked = choice;
  failure.hidden = true;
  scores.setAttribute("aria-busy", "true");
  try {
    const [found, { run }] = await Promise.all([networkVerification(choice), statusIfKnown()]);
    if (asked !== choice) return; // Meanwhile the visitor has chosen something else.
    answer = found;
    offerCountries(found.countries);
    if (run) showNotice(run);
    show();
  } catch (error) {
    if (asked !== choice) return;
    answer = undefined;
    scores.hidden = true;
    byId("compared").textContent = "";
    byId("verdict").textContent = "";
    showFailure(failure, error, () => void load());
  } finally {
    scores.setAttribute("aria-busy", "false");
  }
}

/** The status says whose weather it is; the page is worth showing without. */
const statusIfKnown = (): Promise<Pick<Status, "run">> => status().catch(() => ({ run: null }));

function offerCountries(codes: readonly string[]): void {
  const chosen = country.value;
  const known = [...new Set([...codes, chosen])].filter(Boolean);
  const named = known.map((code) => ({ code, name: countryName(code) }));
  named.sort((one, other) => one.name.localeCompare(other.name));
  const options = named.map(({ code, name }) => h("option", { value: code }, name));
  country.replaceChildren(h("option", { value: "" }, "All"), ...options);
  country.value = chosen;
}

function show(): void {
  if (!answer) return;
  const rows = Object.entries(answer.parameters) as [ParameterCode, Score][];
  byId("compared").textContent = compared(answer);
  byId("verdict").textContent = verdict(rows.map(([, score]) => score));
  scores.hidden = rows.length === 0;
  byId("skill").replaceChildren(skillTable(rows));
  byId("coverage").replaceChildren(coverageTable(rows));
  // For one group of lead times, the table above has it.
  byId("coverage-section").hidden = lead.value !== "";
  byId("rain").textContent = rainText(answer.parameters.precipitation);
  byId<HTMLAnchorElement>("csv").href = verificationPath({
    country: country.value,
    lead: lead.value,
    format: "csv",
  });
}

function compared({ runs, days, last_issued_at, parameters }: NetworkVerification): string {
  if (!last_issued_at) return "No run was compared with what came yet.";
  const last = moment(Date.parse(last_issued_at), "UTC");
  const these = runs === 1 ? "One run" : `${runs} runs`;
  const were = runs === 1 ? "was" : "were";
  const nothing = Object.keys(parameters).length ? "" : " None has an hour of what you chose.";
  return `${these} of the last ${days} days ${were} compared with what came; the last was issued ${last} UTC.${nothing}`;
}

/** The scores in one sentence; nothing if there are too few hours of everything. */
function verdict(scores: readonly Score[]): string {
  const known = scores.flatMap((score) => ("reason" in score ? [] : [score]));
  if (!known.length) return "";
  const better = known.filter(({ skill }) => skill !== null && skill > 0).length;
  const hours = known.reduce((sum, score) => sum + score.hours, 0);
  const held = known.reduce((sum, { coverage, hours }) => sum + coverage * hours, 0) / hours;
  return (
    `Better than the best simple guess for ${better} of ${known.length} parameters. ` +
    `The 80 % interval held in ${percent(held)} of the hours.`
  );
}

function rainText(score: Score | undefined): string {
  if (!score || "reason" in score || score.brier_skill === null) return "";
  const better = `${percent(Math.abs(score.brier_skill))} ${score.brier_skill < 0 ? "worse" : "better"}`;
  const wet = wetFrom(frame.units);
  return `The chance of rain was ${better} than to say in each hour how many of all hours had ${wet} or more (Brier skill).`;
}

const numbers = (...texts: string[]): HTMLElement[] =>
  texts.map((text) => h("td", { class: "number" }, text));

function skillTable(rows: [ParameterCode, Score][]): HTMLElement {
  const titles = ["Skill", "Typical error", "Bias", "80 % interval held", "Best guess", "Hours"];
  return tableOf(
    "Error and skill by parameter",
    titles,
    rows.map(([code, score]) => {
      const hours = h("td", { class: "number" }, score.hours.toLocaleString("en-GB"));
      if ("reason" in score) {
        const why = "Too few hours to say; at least 100 are needed.";
        return rowOf(code, [h("td", { colspan: titles.length - 1 }, why), hours]);
      }
      const error = typicalError(score, code, frame.units);
      const bias = biasText(score, code, frame.units);
      return rowOf(code, [
        skillCell(score.skill),
        ...numbers(error, bias, percent(score.coverage)),
        h("td", { class: "guess" }, GUESSES[score.reference] ?? score.reference),
        hours,
      ]);
    }),
  );
}

/** A skill with its class; a dash if the reference has no error. */
function skillCell(skill: number | null): HTMLElement {
  const text = skillText(skill);
  if (skill === null) return h("td", { class: "number" }, text);
  const { word, colour } = classIn(SKILLS, skill);
  const swatch = h("span", { class: "swatch" });
  swatch.style.background = colour;
  const said = h("span", { class: "word" }, swatch, ` ${word}`);
  return h("td", { class: "number skill" }, text, said);
}

function coverageTable(rows: [ParameterCode, Score][]): HTMLElement {
  return tableOf(
    "How often the 80 % interval held, by parameter and lead time",
    LEADS.map((group) => `${group.replace("-", " to ")} hours`),
    rows.map(([code, { leads }]) => {
      const cells = LEADS.map((group) => {
        const score = leads[group as keyof typeof leads];
        return !score || "reason" in score ? "too few hours" : percent(score.coverage);
      });
      return rowOf(code, numbers(...cells));
    }),
  );
}

const rowOf = (code: ParameterCode, cells: HTMLElement[]): HTMLElement =>
  h("tr", {}, h("th", { scope: "row" }, PARAMETERS[code].name), ...cells);

function tableOf(name: string, titles: string[], rows: HTMLElement[]): HTMLElement {
  const head = titles.map((title) =>
    h("th", { scope: "col", class: title === "Best guess" ? undefined : "number" }, title),
  );
  const made = h(
    "table",
    {},
    h("caption", { class: "unseen" }, name),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Parameter"), ...head)),
    h("tbody", {}, ...rows),
  );
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, made);
}

/** Take what is chosen from the address; what it does not know counts as all. */
function readAddress(): void {
  lead.append(
    ...LEADS.map((group) => h("option", { value: group }, `${group.replace("-", " to ")} hours`)),
  );
  const asked = new URLSearchParams(location.search);
  const code = asked.get("country")?.toUpperCase() ?? "";
  if (/^[A-Z]{2}$/.test(code)) {
    offerCountries([code]);
    country.value = code;
  }
  const group = asked.get("lead") ?? "";
  if (LEADS.includes(group)) lead.value = group;
}

byId("choice").addEventListener("change", () => {
  const chosen = new URLSearchParams();
  if (country.value) chosen.set("country", country.value);
  if (lead.value) chosen.set("lead", lead.value);
  history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
  void load();
});
readAddress();
void load();
