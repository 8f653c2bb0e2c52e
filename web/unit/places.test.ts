import { describe, expect, it } from "vitest";
import { extentOf, kilometres, nearest } from "../src/map/places";

describe("the extent of a network", () => {
  it("is that of its stations", () => {
    const stations = { latitude: [40.6, 40.8, 40.7], longitude: [-73.8, -73.9, -74.2] };
    const { south, north, west, east } = extentOf(stations) ?? {};
    expect([south, north]).toEqual([40.6, 40.8]);
    expect(west).toBeCloseTo(-74.2);
    expect(east).toBeCloseTo(-73.8);
  });

  it("crosses the date line if that is shorter", () => {
    const fiji = { latitude: [-17, -18, -16], longitude: [177.5, -179, 179] };
    const { west, east } = extentOf(fiji) ?? {};
    expect(west).toBe(177.5);
    expect(east).toBeCloseTo(181);
  });

  it("may begin west of the date line and end there", () => {
    const { west, east } = extentOf({ latitude: [0, 0], longitude: [-179, 100] }) ?? {};
    expect([west, east]).toEqual([100, 181]);
  });

  it("is a point for one station, and nothing for none", () => {
    const one = extentOf({ latitude: [47.4], longitude: [8.5] });
    expect(one).toEqual({ south: 47.4, north: 47.4, west: 8.5, east: 8.5 });
    expect(extentOf({ latitude: [], longitude: [] })).toBeUndefined();
  });
});

describe("the nearest station", () => {
  const stations = { latitude: [40.64, 40.78, 47.46], longitude: [-73.78, -73.87, 8.55] };

  it("is found with its distance", () => {
    const found = nearest(stations, { latitude: 40.76, longitude: -73.98 });
    expect(found?.index).toBe(1);
    expect(found?.distance).toBeCloseTo(9.5, 0);
  });

  it("may be across the date line", () => {
    const found = nearest(
      { latitude: [0, 0], longitude: [-179.9, 170] },
      { latitude: 0, longitude: 179.9 },
    );
    expect(found?.index).toBe(0);
  });

  it("is none of none", () => {
    expect(nearest({ latitude: [], longitude: [] }, { latitude: 0, longitude: 0 })).toBeUndefined();
  });
});

it("the distance to the other side of the globe is half its girth", () => {
  const away = kilometres({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 });
  expect(away).toBeCloseTo(Math.PI * 6371, 5);
});
