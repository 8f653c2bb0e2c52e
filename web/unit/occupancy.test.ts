import { describe, expect, it } from "vitest";
import { Occupancy } from "../src/map/occupancy";

describe("a canvas", () => {
  it("is free but for what was taken", () => {
    const canvas = new Occupancy(100, 60);
    canvas.take(40, 20, 60, 30);
    expect(canvas.isFree(50, 25, 55, 28)).toBe(false);
    expect(canvas.isFree(0, 0, 35, 60)).toBe(true);
    expect(canvas.isFree(30, 10, 70, 40)).toBe(false);
  });

  it.each([
    [-30, 0, -10, 10],
    [110, 0, 130, 10],
    [0, -30, 10, -10],
    [0, 70, 10, 90],
  ])("ignores what lies outside: %i, %i, %i, %i", (...box) => {
    const canvas = new Occupancy(100, 60);
    canvas.take(...box);
    expect(canvas.isFree(0, 0, 100, 60)).toBe(true);
  });

  it("is not changed by its copy", () => {
    const canvas = new Occupancy(101, 61);
    canvas.take(0, 0, 4, 4);
    const copy = canvas.copy();
    copy.take(90, 50, 99, 59);
    expect(copy.isFree(0, 0, 10, 10)).toBe(false);
    expect(canvas.isFree(80, 40, 100, 60)).toBe(true);
  });
});
