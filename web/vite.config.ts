import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { POLICY } from "./policy";

const page = (name: string) => resolve(import.meta.dirname, name);

const PAGES = ["index", "station", "compare", "verification", "embed", "404"];

/** Replace the placeholder comments of a page with the parts that all pages share. */
function shared(command: string): Plugin {
  const part = (name: string) => readFileSync(page(`src/${name}.html`), "utf8").trim();
  // In development Vite's client adds style elements, which the policy forbids.
  const policy =
    command === "build" ? `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` : "";
  return {
    name: "shared",
    transformIndexHtml: {
      order: "pre",
      handler: (html) =>
        html
          .replace("<!-- head -->", part("head"))
          .replace("<!-- policy -->", policy)
          .replace("<!-- header -->", part("header"))
          .replace("<!-- footer -->", part("footer")),
    },
  };
}

export default defineConfig(({ command }) => ({
  plugins: [shared(command)],
  build: {
    rollupOptions: { input: PAGES.map((name) => page(`${name}.html`)) },
    // The policy forbids inline scripts, and all supported browsers preload modules themselves.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: { include: ["unit/*.test.ts"] },
  // For `npx vite` while `stationcast serve` runs.
  server: { proxy: { "/v1": "http://127.0.0.1:8000" } },
}));
