import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { POLICY } from "./policy";

const page = (name: string) => resolve(import.meta.dirname, name);

/** Put the parts that all pages share where their comments stand. */
function shared(command: string): Plugin {
  const part = (name: string) => readFileSync(page(`src/${name}.html`), "utf8").trim();
  // Vite's own client writes style elements while one develops.
  const policy =
    command === "build" ? `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` : "";
  return {
    name: "shared",
    transformIndexHtml: {
      order: "pre",
      handler: (html) =>
        html
          .replace("<!-- policy -->", policy)
          .replace("<!-- header -->", part("header"))
          .replace("<!-- footer -->", part("footer")),
    },
  };
}

export default defineConfig(({ command }) => ({
  plugins: [shared(command)],
  build: {
    rollupOptions: { input: [page("index.html"), page("station.html")] },
    // The policy lets nothing inline run, and every browser we build for preloads by itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: { include: ["unit/*.test.ts"] },
  // `npx vite` beside `stationcast serve`.
  server: { proxy: { "/v1": "http://127.0.0.1:8000" } },
}));
