import { describe, expect, it } from "vitest";
import { keepView, readView } from "../src/map/view";

describe("the view of the map", () => {
  it("is restored from its address", () => {
    const position = { latitude: 40.7, longitude: -74, zoom: 8 };
    const view = { parameter: "pm25", hour: 5 } as const;
    expect(readView(keepView(view, position))).toEqual({ ...view, position });
  });

  it("may be that of the skill", () => {
    const position = { latitude: 1, longitude: 2, zoom: 3 };
    const view = { parameter: "o3", skill: true } as const;
    expect(keepView(view, position)).toBe("#o3/skill/1.000/2.000/3");
    expect(readView(keepView(view, position))).toEqual({ ...view, position });
  });

  it.each(["", "#", "#nothing/99/x/y/z", "#toString/1", "#pm25/now/999/0/3"])(
    "%s leaves open where the map starts",
    (hash) => {
      expect(readView(hash).position).toBeUndefined();
    },
  );
});
