/** Starts the sites of `tests/website.py` before the tests, and stops them afterwards. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

export interface Site {
  url: string;
  store: string;
  /** Where the faults of the real-time model are controlled; only for `live`. */
  faults?: string;
}
export type Sites = Record<"demo" | "turning" | "live" | "many" | "odd" | "empty", Site>;

export const ROOT = resolve(import.meta.dirname, "../..");
const OWN = resolve(ROOT, ".venv/bin/python");
export const PYTHON = process.env.PYTHON ?? (existsSync(OWN) ? OWN : "python3");

export default async function start(): Promise<() => void> {
  const folder = process.env.SITES_FOLDER ?? resolve(ROOT, ".stationcast");
  const server = spawn(PYTHON, ["-m", "tests.website", "--folder", folder], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    // Idle threads of XGBoost would otherwise slow the browser down.
    env: { ...process.env, OMP_WAIT_POLICY: "PASSIVE" },
  });
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.startsWith("{")) continue;
    process.env.SITES = line;
    return () => void server.kill("SIGINT");
  }
  throw new Error("the sites did not start");
}

export const sites = (): Sites => JSON.parse(process.env.SITES ?? "{}") as Sites;
