import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { decoded, wantedOf } from "../src/not-found/address";

describe("an unknown address", () => {
  it.each([
    ["/station/JFK", "JFK"],
    ["/stations/new-york.html", "new york"],
    ["/M%C3%BCnchen/", "München"],
    ["/", undefined],
    ["/404.html", undefined],
    ["/%E0%A4%A", "%E0%A4%A"],
    [`/${"x".repeat(41)}`, undefined],
    ["/---", undefined],
  ])("%s may mean %s", (path, wanted) => {
    expect(wantedOf(path)).toBe(wanted);
  });

  it("is shown as people read it", () => {
    expect(decoded("/M%C3%BCnchen")).toBe("/München");
  });
});

/** The function of the template that CloudFront calls before and after each request for a file. */
describe("CloudFront", () => {
  const root = resolve(import.meta.dirname, "..");
  const template = readFileSync(resolve(root, "../template.yaml"), "utf8");
  const code = /FunctionCode: \|\n((?: {8}.*\n|\n)+)/.exec(template)?.[1] ?? "";

  const called = (eventType: string, uri: string) =>
    runInNewContext(`${code}; handler(event)`, {
      event: { context: { eventType }, request: { uri }, response: { statusCode: 200 } },
    });

  const pages = readdirSync(root).filter((name) => name.endsWith(".html") && name !== "404.html");
  const files = ["/", ...[...pages, ...readdirSync(resolve(root, "public"))].map((n) => `/${n}`)];

  it.each([...files, "/assets/index-C0SzwMME.js"])("passes %s on", (uri) => {
    expect(called("viewer-request", uri).uri).toBe(uri);
    expect(called("viewer-response", uri).statusCode).toBe(200);
  });

  it.each(["/station/JFK", "/assets", "/404.html", "/nothing.html"])(
    "answers %s with the page that says so",
    (uri) => {
      expect(called("viewer-request", uri).uri).toBe("/404.html");
      expect(called("viewer-response", uri).statusCode).toBe(404);
    },
  );
});
