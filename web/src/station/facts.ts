/** What the head of a station's page says: each fact with a number, a word, when, and how sure it is. */

import type { ParameterCode } from "../api";
import type { IconName } from "../icons";
import {
  number,
  ofTheHour,
  PARAMETERS,
  percent,
  shownAs,
  type UnitSystem,
  withUnit,
} from "../parameters";
import { AQI_COLOURS, classOf } from "../scales";
import { around, clock } from "../times";
import { type Ahead, type Hour, type Outlook, wettest } from "./ahead";
import { fromCompass } from "./compass";

/** A picture of how sure a fact is, in shares of its width. */
export type Gauge =
  /** An interval and its median. */
  | { kind: "interval"; low: number; median: number; high: number }
  | { kind: "share"; share: number }
  /** The classes of a scale, of which one holds. */
  | { kind: "classes"; colours: readonly string[]; at: number };

export interface Fact {
  kind: "now" | "high" | "low" | "rain" | "wind" | "air";
  icon: IconName;
  label: string;
  value: string;
  word: string;
  /** The colour of the word's class. */
  colour?: string;
  /** When, and how sure. */
  notes: string[];
  gauge?: Gauge;
  /** Where the wind comes from, in degrees. */
  direction?: number;
}

interface Told {
  outlook: Outlook;
  system: UnitSystem;
  zone: string;
}

/** What the page is about first, if it is there. */
const LEADS: readonly ParameterCode[] = [
  "temperature",
  "pm25",
  "pm10",
  "o3",
  "no2",
  "so2",
  "co",
  "bc",
  "wind_speed",
  "relative_humidity",
  "pressure",
];

/** The facts in the order in which they are read; those that the station does not have are left out. */
export function facts(outlook: Outlook, system: UnitSystem, zone: string): Fact[] {
  const told = { outlook, system, zone };
  const code = LEADS.find((each) => outlook.of[each]);
  const lead = code && outlook.of[code];
  return [
    ...(lead && !outlook.over ? [current(told, code, lead)] : []),
    ...(lead ? [extreme(told, code, "high", lead), extreme(told, code, "low", lead)] : []),
    ...rain(told),
    ...wind(told),
    ...air(told),
  ];
}

/** Degrees are said in whole numbers, and everything else as it is shown elsewhere. */
const decimalsOf = (code: ParameterCode, system: UnitSystem): number =>
  code === "temperature" ? 0 : shownAs(code, system).decimals;

function value(code: ParameterCode, each: number, system: UnitSystem): string {
  const { unit } = shownAs(code, system);
  return `${number(each, code, system, decimalsOf(code, system))}${unit === "%" ? "" : " "}${unit}`;
}

/** The interval in words: "30 to 35, 8 in 10". */
function sure(code: ParameterCode, { p10, p90 }: Hour, system: UnitSystem): string {
  const [low, high] = [p10, p90].map((each) =>
    number(each, code, system, decimalsOf(code, system)),
  );
  return `${low === high ? low : `${low} to ${high}`}, 8 in 10`;
}

/** The interval of an hour among all that is left. */
function interval({ p10, p50, p90 }: Hour, { hours }: Ahead): Gauge {
  const least = Math.min(...hours.map((hour) => hour.p10));
  const most = Math.max(...hours.map((hour) => hour.p90));
  const share = (value: number): number => (most > least ? (value - least) / (most - least) : 0.5);
  return { kind: "interval", low: share(p10), median: share(p50), high: share(p90) };
}

function current({ outlook, system, zone }: Told, code: ParameterCode, ahead: Ahead): Fact {
  const { now } = ahead;
  const found = classOf(code, now.p50);
  return {
    kind: "now",
    icon: code === "temperature" ? condition(outlook) : "air",
    label: code === "temperature" ? "Now" : `${PARAMETERS[code].name} now`,
    value: value(code, now.p50, system),
    word: found.word,
    colour: found.colour,
    gauge: interval(now, ahead),
    notes: [sure(code, now, system), `${ofTheHour(code)} ending ${clock(now.end, zone)}`],
  };
}

/** What the current hour is like, as far as a station can tell: none measures clouds. */
function condition({ of }: Outlook): IconName {
  const temperature = of.temperature?.now.p50 ?? 0;
  if ((of.precipitation?.now.chance ?? 0) >= 0.5) return temperature < 0 ? "snow" : "rain";
  if (of.visibility && of.visibility.now.p50 < 1) return "fog";
  if (of.wind_speed && of.wind_speed.now.p50 >= 8) return "wind";
  return "thermometer";
}

function extreme(
  { outlook, system, zone }: Told,
  code: ParameterCode,
  kind: "high" | "low",
  ahead: Ahead,
): Fact {
  const hour = ahead[kind];
  const found = classOf(code, hour.p50);
  const name = code === "temperature" ? "" : ` ${PARAMETERS[code].name}`;
  return {
    kind,
    icon: kind === "high" ? "up" : "down",
    label: kind === "high" ? `Highest${name}` : `Lowest${name}`,
    value: value(code, hour.p50, system),
    word: found.word,
    colour: found.colour,
    gauge: interval(hour, ahead),
    notes: [around(hour.end, zone, outlook.now), sure(code, hour, system)],
  };
}

function rain({ outlook, system, zone }: Told): Fact[] {
  const { precipitation, temperature } = outlook.of;
  if (!precipitation) return [];
  const most = wettest(precipitation);
  const cold = (temperature?.high.p50 ?? 1) < 0;
  const amount = `${sure("precipitation", most, system).replace(",", ` ${shownAs("precipitation", system).unit},`)}`;
  return [
    {
      kind: "rain",
      icon: cold ? "snow" : "rain",
      label: cold ? "Snow" : "Rain",
      value:
        most.chance === undefined ? value("precipitation", most.p50, system) : percent(most.chance),
      word: likely(most, outlook.chanceOfAll),
      ...(most.chance !== undefined && { gauge: { kind: "share", share: most.chance } as const }),
      notes: most.p90 > 0 ? [around(most.end, zone, outlook.now), amount] : ["in the wettest hour"],
    },
  ];
}

function likely({ chance, p50, p90 }: Hour, ofAll = 0): string {
  const share = chance ?? (p50 >= 0.1 ? 0.6 : p90 >= 0.1 ? 0.3 : 0);
  if (share >= 0.6) return "Likely";
  if (share >= 0.3) return "Possible";
  return share < 0.1 && ofAll < 0.2 ? "Dry" : "Unlikely";
}

function wind({ outlook, system, zone }: Told): Fact[] {
  const { wind_speed: speed, wind_gust: gust } = outlook.of;
  const [code, main] = speed ? (["wind_speed", speed] as const) : (["wind_gust", gust] as const);
  if (!main) return [];
  const peak = gust ?? main;
  const hour = outlook.over ? main.high : main.now;
  const strongest = peak.high;
  const peakCode = gust ? "wind_gust" : "wind_speed";
  const direction = outlook.of.wind_direction?.now.p50;
  return [
    {
      kind: "wind",
      icon: "wind",
      label: "Wind",
      value: value(code, hour.p50, system),
      word: classOf(code, hour.p50).word,
      colour: classOf(code, hour.p50).colour,
      gauge: interval(strongest, peak),
      notes: [
        ...(direction === undefined ? [] : [fromCompass(direction)]),
        `${gust ? "gusts" : "strongest"} ${withUnit(strongest.p50, peakCode, system)} ${around(strongest.end, zone, outlook.now)}`,
        sure(peakCode, strongest, system),
      ],
      ...(direction !== undefined && { direction }),
    },
  ];
}

function air({ outlook, system }: Told): Fact[] {
  const { air: index, of } = outlook;
  const code = index?.code ?? (of.bc && "bc");
  const ahead = code && of[code];
  if (!code || !ahead) return [];
  const found = classOf(code, ahead.high.p50);
  const { unit } = shownAs(code, system);
  const { name } = PARAMETERS[code];
  return [
    {
      kind: "air",
      icon: "air",
      label: "Air",
      value: index ? `${index.index}` : value(code, ahead.high.p50, system),
      word: index?.word ?? found.word,
      colour: index?.colour ?? found.colour,
      ...(index && { gauge: { kind: "classes", colours: AQI_COLOURS, at: index.at } as const }),
      notes: [
        index ? `US index of 24 hours, by ${name}` : name,
        `${number(ahead.high.p10, code, system)} to ${number(ahead.high.p90, code, system)} ${unit} at its highest, 8 in 10`,
      ],
    },
  ];
}
