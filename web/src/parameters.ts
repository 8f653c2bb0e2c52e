/**
 * Names, decimals and units of all parameters, and what the value of an hour is.
 *
 * They are constants, so that a page need not ask for `/v1/parameters`. The type follows the API:
 * if the API gains or loses a parameter, the build breaks.
 */

import type { Aggregation, ParameterCode } from "./api";

export type UnitSystem = "metric" | "us";

interface Shown {
  unit: string;
  decimals: number;
  /** Converts from the API's unit. */
  convert: (value: number) => number;
  /** Converts back to the API's unit. */
  revert: (value: number) => number;
}

interface Parameter {
  name: string;
  metric: Shown;
  us?: Shown;
  /** How the readings of an hour become its value; undefined for their mean. */
  aggregation?: Aggregation;
}

const as = (unit: string, decimals: number): Shown => ({
  unit,
  decimals,
  convert: (value) => value,
  revert: (value) => value,
});

const linear = (unit: string, decimals: number, scale: number, offset = 0): Shown => ({
  unit,
  decimals,
  convert: (value) => value * scale + offset,
  revert: (value) => (value - offset) / scale,
});

const FAHRENHEIT = linear("°F", 0, 9 / 5, 32);
const MILES_AN_HOUR = linear("mph", 0, 1 / 0.44704);

export const PARAMETERS: Record<ParameterCode, Parameter> = {
  pm25: { name: "PM2.5", metric: as("µg/m³", 1) },
  pm10: { name: "PM10", metric: as("µg/m³", 0) },
  o3: { name: "Ozone", metric: as("µg/m³", 0) },
  no2: { name: "Nitrogen dioxide", metric: as("µg/m³", 1) },
  so2: { name: "Sulphur dioxide", metric: as("µg/m³", 1) },
  co: { name: "Carbon monoxide", metric: as("µg/m³", 0) },
  bc: { name: "Black carbon", metric: as("µg/m³", 2) },
  temperature: { name: "Air temperature", metric: as("°C", 1), us: FAHRENHEIT },
  dew_point: { name: "Dew point", metric: as("°C", 1), us: FAHRENHEIT },
  relative_humidity: { name: "Relative humidity", metric: as("%", 0) },
  wind_speed: { name: "Wind speed", metric: as("m/s", 1), us: MILES_AN_HOUR },
  wind_gust: {
    name: "Wind gust",
    metric: as("m/s", 1),
    us: MILES_AN_HOUR,
    aggregation: "maximum",
  },
  pressure: {
    name: "Sea-level pressure",
    metric: as("hPa", 1),
    us: linear("inHg", 2, 1 / 33.8638866667),
  },
  visibility: { name: "Visibility", metric: as("km", 1), us: linear("mi", 1, 1 / 1.609344) },
  precipitation: {
    name: "Precipitation",
    metric: as("mm", 1),
    us: linear("in", 2, 1 / 25.4),
    aggregation: "sum",
  },
  wind_direction: {
    name: "Wind direction",
    metric: as("°", 0),
    aggregation: "circular mean",
  },
};

const OF_THE_HOUR: Record<Aggregation, string> = {
  mean: "mean of the hour",
  sum: "sum of the hour",
  maximum: "highest of the hour",
  "circular mean": "mean direction of the hour",
};

/** What the value of an hour is, observed or forecast. */
export const ofTheHour = (code: ParameterCode): string =>
  OF_THE_HOUR[PARAMETERS[code].aggregation ?? "mean"];

export const shownAs = (code: ParameterCode, system: UnitSystem): Shown =>
  (system === "us" && PARAMETERS[code].us) || PARAMETERS[code].metric;

/** A share as a percentage, such as `63 %`. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Format a value, given in the API's unit, in a unit system; without the unit. */
export function number(
  value: number,
  code: ParameterCode,
  system: UnitSystem,
  decimals = shownAs(code, system).decimals,
): string {
  const text = shownAs(code, system).convert(value).toFixed(decimals);
  // A typographic minus sign, and none before zero.
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

export function withUnit(value: number, code: ParameterCode, system: UnitSystem): string {
  const { unit } = shownAs(code, system);
  return `${number(value, code, system)}${unit === "%" || unit === "°" ? "" : " "}${unit}`;
}

/** Whether it is a direction, so that 359 is next to 0. */
export const isDirection = (code: ParameterCode): boolean =>
  PARAMETERS[code].aggregation === "circular mean";

/** A value in whole numbers, as one says it: `12 m/s`. */
export const roundly = (value: number, code: ParameterCode, system: UnitSystem): string =>
  `${number(value, code, system, 0)} ${shownAs(code, system).unit}`;

/** The least precipitation of a wet hour. */
export const wetFrom = (system: UnitSystem): string => (system === "us" ? "0.004 in" : "0.1 mm");

/** A height in metres, as the visitor's units have it, such as `4 m`. */
export const heightText = (metres: number, system: UnitSystem): string =>
  system === "us" ? `${Math.round(metres / 0.3048)} ft` : `${Math.round(metres)} m`;

/** A distance in km, as the visitor's units have it, such as `12 km`. */
export function distanceText(km: number, system: UnitSystem): string {
  const distance = system === "us" ? km / 1.609344 : km;
  const digits = distance < 10 ? 1 : 0;
  const text = distance.toLocaleString("en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${text} ${system === "us" ? "mi" : "km"}`;
}
