import { expect, test } from "vitest";
import { told, tooFew } from "../src/station/came-true";

const GOOD = { mae: 1.4, coverage: 0.78, reference: "week", skill: 0.33 };

test("scores are the typical error, how often the interval held, and what a guess would have done", () => {
  expect(told("temperature", GOOD, "metric")).toEqual({
    error: "typically off by 1.4 °C",
    within: "78 of 100 hours within",
    skill: "33 % better than to say the mean of the same hour over a week",
  });
});

test("a difference in degrees Fahrenheit has no offset", () => {
  expect(told("temperature", GOOD, "us").error).toBe("typically off by 2.5 °F");
});

test("a forecast that is worse than a guess is said to be worse", () => {
  expect(told("pm25", { ...GOOD, skill: -0.05 }, "metric").skill).toMatch(/^5 % worse than to say/);
  expect(told("pm25", { ...GOOD, skill: null }, "metric").skill).toBe("");
  expect(told("pm25", { ...GOOD, skill: 0.004 }, "metric").skill).toMatch(/^as good as to say/);
  expect(told("pm25", { ...GOOD, reference: "other" }, "metric").skill).toMatch(/to say other$/);
});

test("too few hours are no numbers", () => {
  expect(tooFew(48)).toBe("Only 48 hours were compared yet.");
});
