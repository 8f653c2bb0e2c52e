/**
 * One sentence about what is left of a forecast, made of its numbers.
 *
 * It claims no more than they say: what has a wide interval is "most likely" or "could reach", and rain
 * is as likely as its chance. Whether the sky is clear it does not say, as no station measures it.
 */

import type { ParameterCode } from "../api";
import { PARAMETERS, percent, roundly, type UnitSystem, withUnit } from "../parameters";
import { classIndex, classOf, SCALES } from "../scales";
import { clock, moment } from "../times";
import { type Hour, type Outlook, wettest } from "./ahead";

const HOUR = 3_600_000;

/** Gusts from here on are worth a warning, in m/s: loose branches move. */
const STRONG_GUST = 10;
/** A wind in which walking against it takes effort. */
const STRONG_WIND = 8;
/** Warm enough for humidity to matter, in °C. */
const WARM = 25;
/** A dew point from which the air feels humid, in °C. */
const HUMID = 16;
/** Up to here, in °C, what falls is snow, and up to `SLEET` it may be. */
const SNOW = -1;
const SLEET = 2;
/** Below this visibility, in km, there is fog. */
const FOG = 1;
/** A dry hour has less, in mm. */
const WET = 0.1;

interface Said {
  outlook: Outlook;
  system: UnitSystem;
  zone: string;
}

/** Say what is left of a forecast, or, if nothing is, what it had said. */
export function sentence(outlook: Outlook, system: UnitSystem, zone: string): string {
  const said = { outlook, system, zone };
  const gentle = breeze(said);
  const still = [feel(said), gentle].filter(Boolean).join(gentle.startsWith("with") ? " " : ", ");
  const weather = [still, wind(said), rain(said), fog(said)].filter(Boolean).join("; ");
  const text = [weather && `${capital(weather)}.`, air(said)].filter(Boolean).join(" ");
  const fallback = text || "There is no forecast of weather or air here.";
  if (!outlook.over) return fallback;
  return `This forecast ended on ${moment(outlook.until, zone, outlook.now)}. It said: ${fallback}`;
}

/** How warm, humid and dry it is: "cold and dry". */
function feel({ outlook: { of, chanceOfAll } }: Said): string {
  const words: string[] = [];
  const { temperature, dew_point: dew, precipitation } = of;
  const humid =
    temperature && dew && temperature.high.p50 >= WARM
      ? dew.hours.find(({ end, p50 }) => end === temperature.high.end && p50 >= HUMID)
      : undefined;
  if (temperature) {
    const [low, high] = [temperature.low, temperature.high].map((hour) =>
      classOf("temperature", hour.p50).word.toLowerCase(),
    );
    const unsure =
      isUnsure("temperature", temperature.low) || isUnsure("temperature", temperature.high);
    words.push(`${unsure ? "most likely " : ""}${low === high ? low : `${low} to ${high}`}`);
  }
  if (humid) words.push(classOf("dew_point", humid.p50).word.toLowerCase());
  if (precipitation) {
    const chance = chanceIn(wettest(precipitation));
    // Many hours with a small chance add up.
    const sure = chance < 0.1 && (chanceOfAll ?? 0) < 0.2;
    if (sure) words.push(humid ? "without rain" : "dry");
    else if (chance < 0.3) words.push("probably dry");
  }
  return listed(words);
}

/** Whether the interval of an hour spans more than two classes. */
const isUnsure = (code: ParameterCode, { p10, p90 }: Hour): boolean =>
  classIndex(SCALES[code], p90) - classIndex(SCALES[code], p10) > 1;

/** The chance of rain in an hour; without one in the forecast, the least that its quantiles say. */
function chanceIn({ chance, p50, p90 }: Hour): number {
  if (chance !== undefined) return chance;
  if (p50 >= WET) return 0.6;
  return p90 >= WET ? 0.3 : 0;
}

/** Rain if it is at least possible: "rain likely between 14:00 and 18:00 (80 %)". */
function rain({ outlook: { of }, system, zone }: Said): string {
  const { precipitation, temperature } = of;
  if (!precipitation) return "";
  const most = wettest(precipitation);
  const chance = chanceIn(most);
  if (chance < 0.3) return "";
  const degrees = temperature?.hours.find(({ end }) => end === most.end)?.p50 ?? SLEET + 1;
  const what = degrees <= SNOW ? "snow" : degrees <= SLEET ? "rain or snow" : "rain";
  const share = most.chance === undefined ? "" : ` (${percent(most.chance)})`;
  if (chance < 0.6) return `${what} possible around ${clock(most.end, zone)}${share}`;
  const amount =
    most.p90 >= 2.5
      ? `, could reach ${withUnit(most.p90, "precipitation", system)} in an hour`
      : "";
  return `${what} likely ${wetHours(precipitation.hours, most, zone)}${share}${amount}`;
}

/** When it is more likely wet than not, around the wettest hour. */
function wetHours(hours: readonly Hour[], most: Hour, zone: string): string {
  const wet = (hour: Hour | undefined): boolean => hour !== undefined && chanceIn(hour) >= 0.5;
  let first = hours.indexOf(most);
  let last = first;
  while (wet(hours[first - 1])) first -= 1;
  while (wet(hours[last + 1])) last += 1;
  if (first === 0 && last === hours.length - 1 && hours.length > 1) return "all the time";
  const begin = (hours[first] as Hour).end - HOUR;
  return `between ${clock(begin, zone)} and ${clock((hours[last] as Hour).end, zone)}`;
}

function fog({ outlook: { of }, zone }: Said): string {
  const { visibility } = of;
  if (!visibility) return "";
  const { low, hours } = visibility;
  if (low.p50 < FOG) return `fog around ${clock(low.end, zone)}`;
  const worst = hours.reduce((least, each) => (each.p10 < least.p10 ? each : least));
  return worst.p10 < FOG ? `a small chance of fog around ${clock(worst.end, zone)}` : "";
}

/** The word for a wind that is no reason to stay at home: "with a light breeze". */
function breeze({ outlook: { of } }: Said): string {
  const wind = of.wind_speed?.high;
  if (!wind || wind.p50 >= STRONG_WIND || (of.wind_gust?.high.p50 ?? 0) >= STRONG_GUST) return "";
  const word = classOf("wind_speed", wind.p50).word.toLowerCase();
  return word === "calm" ? word : `with a ${word}`;
}

/** Strong gusts, or a strong wind where no gusts are forecast. */
function wind({ outlook: { of }, system, zone }: Said): string {
  const gust = of.wind_gust?.high;
  const wind = of.wind_speed?.high;
  if (gust && gust.p50 >= STRONG_GUST) return blow("gusts", "wind_gust", gust, system, zone);
  if (wind && wind.p50 >= STRONG_WIND) return blow("wind", "wind_speed", wind, system, zone);
  return "";
}

function blow(
  what: string,
  code: "wind_gust" | "wind_speed",
  { p10, p50, p90, end }: Hour,
  system: UnitSystem,
  zone: string,
): string {
  const at = `around ${clock(end, zone)}`;
  const wide = p90 - p10 > p50 / 2;
  if (!wide) return `${what} up to ${roundly(p90, code, system)} ${at}`;
  return `${what} most likely ${roundly(p50, code, system)} ${at}, could reach ${roundly(p90, code, system)}`;
}

/** "Air: moderate, PM2.5."; a pollutant without an index has its class. */
function air({ outlook: { air, of }, zone }: Said): string {
  const code = air?.code ?? (of.bc && "bc");
  const hours = code && of[code];
  if (!code || !hours) return "";
  const word = air?.word ?? classOf(code, hours.high.p50).word;
  const at = air?.at ?? classIndex(SCALES[code], hours.high.p50);
  const worst = hours.hours.reduce((most, each) => (each.p90 > most.p90 ? each : most));
  // Only PM2.5 has classes that are those of the index.
  const worse = code === "pm25" && classIndex(SCALES[code], worst.p90) > at;
  const could = worse
    ? `; single hours could be ${classOf(code, worst.p90).word.toLowerCase()}, most of all around ${clock(worst.end, zone)}`
    : "";
  return `Air: ${word.toLowerCase()}, ${nameInText(code)}${could}.`;
}

const nameInText = (code: ParameterCode): string => {
  const { name } = PARAMETERS[code];
  return /^PM/.test(name) ? name : name.toLowerCase();
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
