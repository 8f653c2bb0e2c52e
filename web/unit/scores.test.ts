import { expect, test } from "vitest";
import { biasText, skillText, typicalError } from "../src/scores";

test("errors are in the chosen units, without the offset of degrees Fahrenheit", () => {
  expect(typicalError({ mae: 1.4 }, "temperature", "metric")).toBe("1.4 °C");
  expect(typicalError({ mae: 1.4 }, "temperature", "us")).toBe("2.5 °F");
  expect(typicalError({ mae: 8 }, "relative_humidity", "metric")).toBe("8.0%");
});

test("a bias has a sign, and none if nothing is left of it", () => {
  expect(biasText({ bias: 0.12 }, "temperature", "metric")).toBe("+0.1 °C");
  expect(biasText({ bias: -0.12 }, "temperature", "us")).toBe("−0.2 °F");
  expect(biasText({ bias: -0.01 }, "temperature", "metric")).toBe("0.0 °C");
});

test("a skill is a percentage, or a dash", () => {
  expect(skillText(0.266)).toBe("27 %");
  expect(skillText(-0.05)).toBe("−5 %");
  expect(skillText(-0.001)).toBe("0 %");
  expect(skillText(null)).toBe("–");
});
