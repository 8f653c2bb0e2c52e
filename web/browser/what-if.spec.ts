/** A visitor's reading, with the real-time model up, slow, down and switched off. */

import type { Page } from "@playwright/test";
import { expect, forecastIsThere, looksRight, test } from "./fixture";
import type { Site } from "./sites";

// The tests share the faults, and the circuit breaker that opens at the fifth failure.
test.describe.configure({ mode: "serial" });

const JFK = "/station.html?id=JFK";

async function switchFaults(site: Site, faults?: Record<string, unknown>): Promise<void> {
  const init = faults ? { method: "PUT", body: JSON.stringify(faults) } : { method: "DELETE" };
  expect((await fetch(site.faults as string, init)).ok).toBe(true);
}

async function tryReading(page: Page, value: string): Promise<void> {
  await page.getByLabel("Parameter").selectOption({ label: "Air temperature" });
  await page.getByLabel(/^Reading/).fill(value);
  await page.getByLabel("Minutes ago").fill("0");
  await page.getByRole("button", { name: "Update forecast" }).click();
  await expect(page.locator("#what-if-form")).toHaveAttribute("aria-busy", "false");
}

test.afterAll(async () => {
  const { live } = (await import("./sites")).sites();
  await switchFaults(live);
});

test("with the model up, its forecast is shown beside the nightly one", async ({ page, sites }) => {
  await page.goto(sites.live.url + JFK);
  await forecastIsThere(page);
  await tryReading(page, "45");
  const result = page.locator("#what-if-result");
  await expect(result).toContainText("Real-time forecast by model demo, variant demo");
  await expect(result.getByRole("row")).toHaveCount(5);
  // Hotter than New York ever is, so the next hour is warmer than in the nightly forecast.
  await expect(result.getByRole("row").nth(1).getByRole("cell").last()).toHaveText(/^\+\d/);
  await expect(page.locator(".chance")).toHaveText(/: \d+ %; with your reading \d+ %\. Rain is/);
  await looksRight(page, "what-if");
  await page.getByLabel("Tables").check();
  await expect(page.getByRole("columnheader", { name: "With your reading" }).nth(1)).toBeVisible();
  await page.getByRole("button", { name: "Remove my reading" }).click();
  await expect(page.getByRole("columnheader", { name: "With your reading" })).toHaveCount(0);
  await expect(result).toBeEmpty();
});

test("a reading is entered in the displayed units", async ({ page, sites }) => {
  await page.goto(sites.live.url + JFK);
  await forecastIsThere(page);
  await page.getByLabel("Units").selectOption("us");
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await tryReading(page, "77");
  const { observations } = (await sent).postDataJSON();
  expect(observations).toEqual([
    { parameter: "temperature", value: 25, time: expect.stringMatching(/Z$/) },
  ]);
  await expect(page.locator("#what-if-result caption")).toHaveText(
    "Air temperature: medians in °F",
  );
});

test("an impossible reading is refused with the reason", async ({ page, sites, complaints }) => {
  await page.goto(sites.live.url + JFK);
  await forecastIsThere(page);
  await tryReading(page, "2000");
  await expect(page.locator("#what-if-result")).toContainText("Your reading was not accepted:");
  await looksRight(page, "what-if-refused");
  expect(complaints.splice(0)).toHaveLength(1); // The browser reports the 422.
});

test("with the model slow, the nightly forecast applies and the page says why", async ({
  page,
  sites,
}) => {
  await switchFaults(sites.live, { delay_seconds: 60 });
  await page.goto(sites.live.url + JFK);
  await forecastIsThere(page);
  await tryReading(page, "10");
  await expect(page.locator("#what-if-result")).toContainText(
    "No real-time forecast: the real-time model took too long.",
  );
  await expect(page.locator("#what-if-result table")).toHaveCount(0);
  await looksRight(page, "what-if-slow");
});

test("with the model down, the same; after several failures it is paused", async ({
  page,
  sites,
}) => {
  await switchFaults(sites.live, { refuse: true });
  await page.goto(sites.live.url + JFK);
  await forecastIsThere(page);
  await tryReading(page, "10");
  await expect(page.locator("#what-if-result")).toContainText("could not be reached");
  await looksRight(page, "what-if-down");
  const ask = async (): Promise<string | null> => {
    await tryReading(page, "10");
    return page.locator("#what-if-result").textContent();
  };
  await expect.poll(ask).toContain("is paused for a moment");
});

test("without a real-time model the page says so", async ({ page, sites }) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await tryReading(page, "10");
  await expect(page.locator("#what-if-result")).toContainText(
    "this service has no real-time model",
  );
});

test("the page says that the API failed during a request", async ({ page, sites, complaints }) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
  await tryReading(page, "10");
  await expect(page.locator("#what-if-result")).toContainText("The service did not respond");
  complaints.splice(0);
});
