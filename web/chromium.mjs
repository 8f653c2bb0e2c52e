/** The Chromium of this machine, and flags that keep it from contacting other hosts. */

import { existsSync } from "node:fs";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Its path; undefined if none is installed. */
export const CHROMIUM = NAMES.map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));

export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

if (!CHROMIUM) throw new Error("no Chromium here; on Debian: apt-get install chromium");
