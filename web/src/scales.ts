/**
 * Classes of values. Each has a word as well as a colour, so that no colour stands alone.
 *
 * Air quality uses official break points. Weather uses the words of weather services if there are
 * any, such as the Beaufort scale for wind, and plain words otherwise.
 */

import type { ParameterCode } from "./api";

export interface Class {
  /** Upper limit, exclusive, in the API's unit; the lower limit is that of the class before. */
  below: number;
  word: string;
  colour: string;
}

export interface Scale {
  classes: readonly Class[];
  /** Where the classes come from and what they are meant for. */
  about: string;
  /** Whether what is above the last class is in the first one again. */
  around?: boolean;
}

// From ColorBrewer and viridis, which remain distinct for people with impaired colour vision.
const VIRIDIS = [
  "#440154",
  "#46327e",
  "#365c8d",
  "#277f8e",
  "#1fa187",
  "#4ac16d",
  "#a0da39",
  "#fde725",
];
const COLD_TO_HOT = [
  "#08306b",
  "#2171b5",
  "#6baed6",
  "#c6dbef",
  "#fdd49e",
  "#fc8d59",
  "#d7301f",
  "#7f0000",
];
const WET = ["#d9c9a3", "#a6cee3", "#6baed6", "#3182bd", "#08519c", "#3f007d"];
/**
 * Around the compass: cold in the north, warm in the south; dark in the west, light in the east, so
 * that opposite winds differ in lightness or in hue. Blue and orange differ for everyone.
 */
const AROUND = [
  "#2b6cb0",
  "#8fc1e3",
  "#e8e3d5",
  "#f5b96b",
  "#d9641e",
  "#8a3a12",
  "#3d3030",
  "#1c3f6e",
];
/** Colours of the US Air Quality Index. */
export const AQI_COLOURS = ["#00e400", "#ffff00", "#ff7e00", "#ff0000", "#8f3f97", "#7e0023"];
/** Colours of the European Air Quality Index. */
const EUROPEAN = ["#50f0e6", "#50ccaa", "#f0e641", "#ff5050", "#960032", "#7d2181"];

export const AQI_WORDS = [
  "Good",
  "Moderate",
  "Unhealthy for sensitive groups",
  "Unhealthy",
  "Very unhealthy",
  "Hazardous",
];
const EUROPEAN_WORDS = ["Good", "Fair", "Moderate", "Poor", "Very poor", "Extremely poor"];

const INFORMAL = "Informal classes; there is no official scale.";

function scale(limits: number[], words: string[], colours: string[], about: string): Scale {
  const classes = words.map((word, index) => ({
    below: limits[index] ?? Number.POSITIVE_INFINITY,
    word,
    colour: colours[index] ?? "#808080",
  }));
  return { classes, about };
}

const european = (limits: number[], averaging: string): Scale =>
  scale(
    limits,
    EUROPEAN_WORDS,
    EUROPEAN,
    `Bands of the European Air Quality Index, which are meant for ${averaging}.`,
  );

const TEMPERATURES = scale(
  [-20, -10, 0, 10, 18, 25, 32],
  ["Bitterly cold", "Very cold", "Freezing", "Cold", "Cool", "Mild", "Warm", "Hot"],
  COLD_TO_HOT,
  INFORMAL,
);
const BEAUFORT = scale(
  [0.5, 3.4, 8, 10.8, 13.9, 17.2, 24.5],
  ["Calm", "Light breeze", "Breeze", "Fresh breeze", "Strong breeze", "Near gale", "Gale", "Storm"],
  VIRIDIS,
  "Beaufort scale, with some steps merged.",
);

const COMPASS: Scale = {
  ...scale(
    [23, 68, 113, 158, 203, 248, 293, 338],
    ["North", "North-east", "East", "South-east", "South", "South-west", "West", "North-west"],
    AROUND,
    "Where the wind comes from, in eight points of the compass.",
  ),
  around: true,
};

export const SCALES: Record<ParameterCode, Scale> = {
  pm25: scale(
    [9.05, 35.45, 55.45, 125.45, 225.45],
    AQI_WORDS,
    AQI_COLOURS,
    "Break points of the US Air Quality Index (EPA, 2024). They are meant for 24-hour means; " +
      "for a single hour they are only a guide.",
  ),
  pm10: european([20, 40, 50, 100, 150], "24-hour means"),
  o3: european([50, 100, 130, 240, 380], "hourly means"),
  no2: european([40, 90, 120, 230, 340], "hourly means"),
  so2: european([100, 200, 350, 500, 750], "hourly means"),
  co: scale(
    [5000, 11000, 14000, 18000, 35000],
    AQI_WORDS,
    AQI_COLOURS,
    "Rounded break points of the US Air Quality Index, which are meant for 8-hour means.",
  ),
  bc: scale(
    [0.5, 1, 2, 5, 10],
    ["Very low", "Low", "Medium", "High", "Very high", "Extreme"],
    VIRIDIS.slice(1),
    "There is no official index; these classes are only a guide.",
  ),
  temperature: TEMPERATURES,
  dew_point: scale(
    [-10, 0, 5, 10, 16, 20, 24],
    ["Very dry", "Dry", "Crisp", "Fresh", "Comfortable", "Humid", "Sticky", "Oppressive"],
    [...VIRIDIS].reverse(),
    INFORMAL,
  ),
  relative_humidity: scale(
    [20, 40, 60, 80, 95],
    ["Very dry", "Dry", "Comfortable", "Humid", "Very humid", "Near saturation"],
    WET,
    INFORMAL,
  ),
  wind_speed: BEAUFORT,
  wind_gust: BEAUFORT,
  pressure: scale(
    [980, 995, 1005, 1015, 1025, 1035],
    ["Very deep low", "Deep low", "Low", "Normal", "Somewhat high", "High", "Very high"],
    VIRIDIS,
    INFORMAL,
  ),
  visibility: scale(
    [1, 4, 10, 20],
    ["Fog", "Poor", "Moderate", "Good", "Very good"],
    ["#7f7f7f", "#a67c52", "#d9b26f", "#6baed6", "#2171b5"],
    "Classes used in marine forecasts.",
  ),
  precipitation: scale(
    [0.1, 0.5, 2.5, 10, 50],
    ["Dry", "Drizzle", "Light", "Moderate", "Heavy", "Violent"],
    WET,
    "Amount per hour, in the rain classes of the UK Met Office.",
  ),
  wind_direction: COMPASS,
};

/** Skill against the best simple guess, as a share. */
export const SKILLS = scale(
  [-0.1, 0, 0.1, 0.25],
  ["Much worse", "Worse", "A little better", "Better", "Much better"],
  ["#8c510a", "#d8b365", "#c7eae5", "#5ab4ac", "#01665e"],
  "Below 0 % the guess was better.",
);

/** The index of the class of a value. */
export function classIndex(scale: Scale, value: number): number {
  const found = scale.classes.findIndex((each) => value < each.below);
  if (found >= 0) return found;
  return scale.around ? 0 : scale.classes.length - 1;
}

export const classOf = (code: ParameterCode, value: number): Class => classIn(SCALES[code], value);

export function classIn(scale: Scale, value: number): Class {
  return scale.classes[classIndex(scale, value)] as Class;
}
