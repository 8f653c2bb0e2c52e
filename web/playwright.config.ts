import { defineConfig } from "@playwright/test";
import { CHROMIUM, FLAGS } from "./chromium.mjs";

export default defineConfig({
  testDir: "browser",
  outputDir: "test-results",
  globalSetup: "./browser/sites.ts",
  workers: 3, // of which one usually waits
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000, // generous, so that no test fails on a busy machine
  expect: { timeout: 20_000 },
  reporter: [["line"]],
  use: {
    locale: "en-GB",
    timezoneId: "Africa/Lagos", // an hour off UTC, all year
    viewport: { width: 1200, height: 800 },
    launchOptions: { executablePath: CHROMIUM, args: FLAGS },
  },
});
