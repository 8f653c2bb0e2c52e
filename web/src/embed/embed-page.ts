/** A station's forecast in a frame of another site: `embed.html?id=JFK`, the only page that may be framed. */

import { stationPage } from "../addresses";
import { type ForecastAnswer, type ParameterCode, ProblemError, stationForecast } from "../api";
import { summary } from "../compare/summary";
import { byId, h } from "../dom";
import { showNotice } from "../frame";
import { expiry } from "../freshness";
import { PARAMETERS } from "../parameters";
import { units } from "../preferences";
import { type Ahead, outlook } from "../station/ahead";
import { sentence } from "../station/sentence";
import { clock, zoneName } from "../times";

/** The first four of these that the station has are shown. */
const ORDER: ParameterCode[] = ["temperature", "precipitation", "pm25", "wind_speed", "o3", "no2"];
const SHOWN = 4;
const HOUR_MS = 3_600_000;

const id = new URLSearchParams(location.search).get("id") ?? "";

let answer: ForecastAnswer | undefined;

async function show(): Promise<void> {
  byId<HTMLAnchorElement>("name").href = stationPage(id);
  try {
    answer = await stationForecast(id, { daily: "true" });
    byId("loading").hidden = true;
  } catch (error) {
    const why = error instanceof ProblemError ? error.problem.title : "no connection";
    byId("loading").textContent = `The forecast cannot be shown: ${why}.`;
    byId("loading").hidden = false;
  }
  // What is shown may have expired, even if nothing newer can be loaded.
  if (answer) fill(answer, Date.now());
}

function fill(answer: ForecastAnswer, now: number): void {
  const name = answer.station.name || id;
  byId("name").textContent = name;
  document.title = `${name} – Stationcast`;
  const over = expiry(answer.run, now);
  const text = over ? [h("p", { class: "banner" }, `This forecast has expired. ${over}`)] : [];
  byId("warnings").replaceChildren(...text);
  const zone = answer.station.timezone;
  const ahead = outlook(answer, now);
  byId("sentence").textContent = over ? "" : sentence(ahead, units(), zone);
  const codes = [...ORDER, ...(Object.keys(ahead.of) as ParameterCode[])];
  const shown = [...new Set(codes)].filter((code) => code in ahead.of).slice(0, SHOWN);
  byId("values").replaceChildren(
    ...shown.map((code) =>
      h(
        "div",
        {},
        h("dt", {}, PARAMETERS[code].name),
        h("dd", {}, ...summary(ahead.of[code] as Ahead, code, units())),
      ),
    ),
  );
  const until = Date.parse(answer.run.valid_until);
  byId("run").textContent = `Until ${clock(until, zone)} (${zoneName(until, zone)}). Stationcast`;
  showNotice(answer.run);
}

void show();
setInterval(() => void show(), HOUR_MS);
