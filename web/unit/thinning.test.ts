import { describe, expect, it } from "vitest";
import { drawnFrom } from "../src/map/thinning";

const SPACING = 10;
const spacing = () => SPACING;
const ZOOMS = [1, 6] as const;
const any = () => true;

/** Places in the order of a generator that always gives the same numbers. */
function scattered(count: number): [Float64Array, Float64Array] {
  let seed = 7;
  const next = (): number => {
    seed = (seed * 16807) % 2147483647;
    return (seed / 2147483647) * 40;
  };
  return [Float64Array.from({ length: count }, next), Float64Array.from({ length: count }, next)];
}

describe("stations that are drawn", () => {
  const [x, y] = scattered(400);
  const from = drawnFrom(x, y, any, spacing, ZOOMS);

  it.each([1, 2, 3, 4, 5])("do not cover each other at zoom %i", (zoom) => {
    const drawn = [...from.keys()].filter((index) => (from[index] as number) <= zoom);
    const close = drawn.filter((one) =>
      drawn.some(
        (other) =>
          other !== one &&
          Math.hypot(
            (x[one] as number) - (x[other] as number),
            (y[one] as number) - (y[other] as number),
          ) *
            2 ** zoom <
            SPACING,
      ),
    );
    expect(close).toEqual([]);
    expect(drawn.length).toBeGreaterThan(0);
  });

  it("leave no gap in which another has room", () => {
    const drawn = [...from.keys()].filter((index) => (from[index] as number) <= 3);
    const left = [...from.keys()].filter((index) => (from[index] as number) > 3);
    const alone = left.filter((one) =>
      drawn.every(
        (other) =>
          Math.hypot(
            (x[one] as number) - (x[other] as number),
            (y[one] as number) - (y[other] as number),
          ) *
            2 ** 3 >=
          SPACING,
      ),
    );
    expect(alone).toEqual([]);
  });

  it("are all of them at the highest zoom, even in the same place", () => {
    const twins = drawnFrom(Float64Array.of(5, 5), Float64Array.of(5, 5), any, spacing, ZOOMS);
    expect([...twins]).toEqual([1, 6]);
  });

  it("are first those with a value", () => {
    const valued = (index: number): boolean => index === 1;
    const twins = drawnFrom(Float64Array.of(5, 5), Float64Array.of(5, 5), valued, spacing, ZOOMS);
    expect([...twins]).toEqual([6, 1]);
  });
});
