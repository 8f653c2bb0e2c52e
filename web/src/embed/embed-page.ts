/** A station's forecast in a frame of another site: `embed.html?id=JFK`, the only page that may be framed. */

import { type ForecastAnswer, type ParameterCode, ProblemError, stationForecast } from "../api";
import { stillToCome, valueNow } from "../compare/summary";
import { byId, h } from "../dom";
import { showNotice } from "../frame";
import { expiry } from "../freshness";
import { PARAMETERS } from "../parameters";
import { units } from "../preferences";
import { stationPage } from "../search/combobox";
import { outlook } from "../station/ahead";
import { sentence } from "../station/sentence";
import { clock, zoneName } from "../times";

/** The first four of these that the station has are shown. */
const ORDER: ParameterCode[] = ["temperature", "precipitation", "pm25", "wind_speed", "o3", "no2"];
const SHOWN = 4;
const HOUR_MS = 3_600_000;

const id = new URLSearchParams(location.search).get("id") ?? "";

async function show(): Promise<void> {
  const name = byId<HTMLAnchorElement>("name");
  name.href = stationPage(id);
  try {
    const answer = await stationForecast(id, { daily: "true" });
    name.textContent = answer.station.name || id;
    document.title = `${answer.station.name || id} – Stationcast`;
    fill(answer, Date.now());
    byId("loading").hidden = true;
  } catch (error) {
    const why = error instanceof ProblemError ? error.problem.title : "no connection";
    byId("loading").textContent = `The forecast cannot be shown: ${why}.`;
    byId("loading").hidden = false;
  }
}

function fill(answer: ForecastAnswer, now: number): void {
  const over = expiry(answer.run, now);
  const text = over ? [h("p", { class: "banner" }, `This forecast has expired. ${over}`)] : [];
  byId("warnings").replaceChildren(...text);
  const zone = answer.station.timezone;
  byId("sentence").textContent = over ? "" : sentence(outlook(answer, now), units(), zone);
  const codes = [...ORDER, ...(Object.keys(answer.values) as ParameterCode[])];
  const shown = [...new Set(codes)].filter((code) => code in answer.values).slice(0, SHOWN);
  byId("values").replaceChildren(
    ...shown.map((code) =>
      h(
        "div",
        {},
        h("dt", {}, PARAMETERS[code].name),
        h("dd", {}, ...valueNow(answer, code, now, units())),
        h("dd", { class: "note" }, stillToCome(answer, code, now, units())),
      ),
    ),
  );
  const until = Date.parse(answer.run.valid_until);
  byId("run").textContent = `Until ${clock(until, zone)} (${zoneName(until, zone)}). Stationcast`;
  showNotice(answer.run);
}

void show();
setInterval(() => void show(), HOUR_MS);
