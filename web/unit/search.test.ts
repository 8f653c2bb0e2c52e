import { describe, expect, it } from "vitest";
import { SearchIndex } from "../src/search";

const index = new SearchIndex({
  id: ["ZRH", "OH4", "KEF", "JFK", "ZRHX"],
  name: ["Zürich-Flughafen", "Riceland Aerodrome", "Keflavik", "John F Kennedy Intl", "Other"],
  country: ["CH", "US", "IS", "US", ""],
  latitude: [0, 0, 0, 0, 0],
  longitude: [0, 0, 0, 0, 0],
});
const ids = (text: string, most = 8): string[] => index.find(text, most).map(({ id }) => id);

describe("search", () => {
  it.each([
    ["zrh", ["ZRH", "ZRHX"]],
    ["ZURICH", ["ZRH"]],
    ["zürich", ["ZRH"]],
    ["iceland", ["KEF", "OH4"]],
    ["kennedy john", ["JFK"]],
    ["united states", ["OH4", "JFK"]],
    ["ken us", ["JFK"]],
    ["nothing", []],
    ["", []],
    ["   ", []],
  ])("“%s” finds %j", (text, expected) => {
    expect(ids(text)).toEqual(expected);
  });

  it("returns at most the number asked for", () => {
    expect(ids("e", 2)).toHaveLength(2);
  });
});
