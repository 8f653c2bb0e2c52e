import { expect, test } from "vitest";
import { sentence } from "../src/came-true";

const GOOD = {
  unit: "°C",
  hours: 696,
  bias: -0.1,
  mae: 1.4,
  pinball: 0.4,
  coverage: 0.78,
  below: 0.12,
  above: 0.1,
  references: { week: 2.1 },
  reference: "week" as const,
  skill: 0.33,
  brier: null,
  brier_skill: null,
  leads: {},
};

test("a sentence says how often the band held, and the typical error", () => {
  expect(sentence("temperature", GOOD, "metric")).toBe(
    "within the band in 78 of 100 hours; typically off by 1.4 °C, 33 % less than to say the mean of the same hour over a week.",
  );
});

test("a difference in degrees Fahrenheit has no offset", () => {
  expect(sentence("temperature", GOOD, "us")).toContain("off by 2.5 °F");
});

test("a forecast that is worse than a guess is said to be worse", () => {
  expect(sentence("pm25", { ...GOOD, skill: -0.05 }, "metric")).toContain("5 % more than to say");
  expect(sentence("pm25", { ...GOOD, skill: null }, "metric")).toMatch(/µg\/m³\.$/);
});

test("too few hours are no numbers", () => {
  const few = { unit: "°C", hours: 48, reason: "too_few_hours" as const, leads: {} };
  expect(sentence("temperature", few, "metric")).toBe("only 48 hours were compared yet.");
});
