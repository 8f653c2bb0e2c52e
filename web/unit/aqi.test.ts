import { describe, expect, it } from "vitest";
import { aqiOf } from "../src/aqi";

describe("the US Air Quality Index of PM2.5", () => {
  // EPA-454/B-24-002: the ends of each band, and one value inside.
  it.each([
    [0, 0, "Good"],
    [9.0, 50, "Good"],
    [9.1, 51, "Moderate"],
    [35.4, 100, "Moderate"],
    [35.5, 101, "Unhealthy for sensitive groups"],
    [55.4, 150, "Unhealthy for sensitive groups"],
    [55.5, 151, "Unhealthy"],
    [125.4, 200, "Unhealthy"],
    [125.5, 201, "Very unhealthy"],
    [225.4, 300, "Very unhealthy"],
    [225.5, 301, "Hazardous"],
    [325.4, 500, "Hazardous"],
    [20, 71, "Moderate"],
  ])("of %f µg/m³ is %i, %s", (mean, index, word) => {
    expect(aqiOf([mean])).toEqual({ index, word });
  });

  it("truncates the mean to one decimal, as the index is defined", () => {
    expect(aqiOf([9.05, 9.09])).toEqual({ index: 50, word: "Good" });
  });

  it("is computed from the mean of all hours", () => {
    expect(aqiOf([0, 18])).toEqual({ index: 50, word: "Good" });
  });
});
