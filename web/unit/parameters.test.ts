import { describe, expect, it } from "vitest";
import type { ParameterCode } from "../src/api";
import {
  distanceText,
  heightText,
  number,
  ofTheHour,
  PARAMETERS,
  shownAs,
  withUnit,
} from "../src/parameters";
import { classIn, classOf, SCALES, SKILLS } from "../src/scales";

const CODES = Object.keys(PARAMETERS) as ParameterCode[];

describe("units of the US", () => {
  it.each([
    ["temperature", 0, "32 °F"],
    ["wind_speed", 10, "22 mph"],
    ["pressure", 1013.25, "29.92 inHg"],
    ["visibility", 16.09344, "10.0 mi"],
    ["precipitation", 25.4, "1.00 in"],
    ["pm25", 12.34, "12.3 µg/m³"],
  ] as const)("%s of %f is %s", (code, value, text) => {
    expect(withUnit(value, code, "us")).toBe(text);
  });

  it.each(CODES)("%s converts back to the same value", (code) => {
    const { convert, revert } = shownAs(code, "us");
    expect(revert(convert(12.3))).toBeCloseTo(12.3, 9);
  });
});

it("a height is in feet in the US", () => {
  expect(heightText(4, "metric")).toBe("4 m");
  expect(heightText(4, "us")).toBe("13 ft");
});

describe("numbers", () => {
  it("have a typographic minus sign, and none before zero", () => {
    expect(number(-3.25, "temperature", "metric")).toMatch(/^−3\.[23]$/);
    expect(number(-0.04, "temperature", "metric")).toBe("0.0");
    expect(number(-0.4, "pm10", "metric")).toBe("0");
  });
});

describe("the value of an hour", () => {
  it.each([
    ["precipitation", "sum of the hour"],
    ["wind_gust", "highest of the hour"],
    ["wind_speed", "mean of the hour"],
    ["pm25", "mean of the hour"],
    ["wind_direction", "mean direction of the hour"],
  ] as const)("of %s is the %s", (code, words) => {
    expect(ofTheHour(code)).toBe(words);
  });
});

describe("classes", () => {
  it.each(CODES)("of %s are ascending, and each has its own word and colour", (code) => {
    const { classes } = SCALES[code];
    const limits = classes.map(({ below }) => below);
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
    expect(limits.at(-1)).toBe(SCALES[code].around ? 338 : Number.POSITIVE_INFINITY);
    expect(new Set(classes.map(({ word }) => word)).size).toBe(classes.length);
    expect(new Set(classes.map(({ colour }) => colour)).size).toBe(classes.length);
  });

  it.each([
    [0, "North"],
    [22, "North"],
    [23, "North-east"],
    [180, "South"],
    [337, "North-west"],
    [338, "North"],
    [359, "North"],
  ])("of a wind from %f° are points of the compass: %s", (value, word) => {
    expect(classOf("wind_direction", value).word).toBe(word);
  });

  it("of skills say when the guess was better", () => {
    expect(classIn(SKILLS, -0.01).word).toBe("Worse");
    expect(classIn(SKILLS, 0).word).toBe("A little better");
    expect(classIn(SKILLS, 0.9).word).toBe("Much better");
  });

  it("of PM2.5 have the limits of the index", () => {
    expect(classOf("pm25", 9.0).word).toBe("Good");
    expect(classOf("pm25", 9.1).word).toBe("Moderate");
    expect(classOf("pm25", 225.5).word).toBe("Hazardous");
  });
});

it.each([
  [0.84, "metric", "0.8 km"],
  [41.2, "metric", "41 km"],
  [6371.9, "metric", "6,372 km"],
  [41.2, "us", "26 mi"],
] as const)("a distance of %f km in %s units is %s", (km, system, text) => {
  expect(distanceText(km, system)).toBe(text);
});
