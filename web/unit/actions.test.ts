import { describe, expect, test } from "vitest";
import { comparePage, idsIn } from "../src/compare/compared";
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
