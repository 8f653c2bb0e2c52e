import { describe, expect, test } from "vitest";
import { comparePage } from "../src/addresses";
import { straightened } from "../src/compare/compare-chart";
import { idsIn } from "../src/compare/compared";
import { snippet } from "../src/station/actions";

describe("the snippet for other sites", () => {
  test("names the page and the station", () => {
    const text = snippet({ id: "JFK", name: "John F Kennedy Intl" }, "https://example.org");
    expect(text).toContain('src="https://example.org/embed.html?id=JFK"');
    expect(text).toContain('title="Forecast for John F Kennedy Intl"');
  });

  test("keeps a name inside of its attribute", () => {
    const text = snippet({ id: "a&b", name: `"><script>x</script>` }, "https://example.org");
    expect(text.match(/"/g)).toHaveLength(12);
    expect(text).not.toContain("<script>");
    expect(text).toContain("id=a%26b");
  });
});

describe("the stations in an address", () => {
  test("are written and read", () => {
    const address = comparePage(["JFK", "a:b"]);
    expect(address).toBe("compare.html?stations=JFK,a%3Ab");
    expect(idsIn("?stations=JFK,LGA")).toEqual(["JFK", "LGA"]);
  });

  test("are at most three, each once", () => {
    expect(idsIn("?stations=A,,B,A, C ,D")).toEqual(["A", "B", "C"]);
    expect(idsIn("")).toEqual([]);
  });
});

describe("directions in a chart", () => {
  test("do not jump at north, and keep their arcs", () => {
    const band = { p10: [330, 350, 5], p50: [350, 10, 20], p90: [5, 30, 80] };
    expect(straightened(band)).toEqual({
      p10: [330, 350, 365],
      p50: [350, 370, 380],
      p90: [365, 390, 440],
    });
  });

  test("turn the shorter way", () => {
    const band = { p10: [0, 340], p50: [10, 350], p90: [20, 0] };
    expect(straightened(band).p50).toEqual([10, -10]);
  });
});
