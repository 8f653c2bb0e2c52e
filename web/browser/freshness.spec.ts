/** Runs that change, expire and disappear, and an API that does not answer. */

import { execFileSync } from "node:child_process";
import { expect, forecastIsThere, looksRight, mapIsThere, test } from "./fixture";
import { PYTHON, ROOT } from "./sites";

const HOUR = 3_600_000;
const JFK = "/station.html?id=JFK";

function stationcast(...words: string[]): void {
  execFileSync(PYTHON, ["-m", "local", ...words], { cwd: ROOT });
}

test("another run is offered while the page is open", async ({ page, sites }) => {
  test.slow(); // The API caches the pointer to the published run for 15 seconds.
  await page.goto(`${sites.turning.url}/station.html?id=LGA`);
  await forecastIsThere(page);
  const before = await page.locator("#run").textContent();
  const look = async (): Promise<number> => {
    await page.evaluate(() => dispatchEvent(new Event("online")));
    return page.locator("#news .banner").count();
  };
  stationcast("runs", "rollback", "--store", sites.turning.store);
  try {
    await expect.poll(look, { timeout: 40_000, intervals: [1000] }).toBe(1);
    await expect(page.locator("#news")).toContainText("was withdrawn");
    await looksRight(page, "run-withdrawn");
    await page.getByRole("button", { name: "Show it" }).click();
    await expect(page.locator("#run")).not.toHaveText(before ?? "");
    await expect(page.locator("#warnings")).toContainText("This forecast has expired.");
  } finally {
    const today = /Run (\S+),/.exec(before ?? "")?.[1] ?? "";
    stationcast("runs", "publish", today, "--store", sites.turning.store);
  }
  await expect.poll(look, { timeout: 40_000, intervals: [1000] }).toBe(1);
  await expect(page.locator("#news")).toContainText("A newer forecast is available");
  await page.getByRole("button", { name: "Show it" }).click();
  await expect(page.locator("#run")).toHaveText(before ?? "");
});

const midnight = (): number => new Date().setUTCHours(0, 0, 0, 0);

test("the page says that the next forecast is late", async ({ page, sites }) => {
  await page.clock.setFixedTime(midnight() + 24 * HOUR + 40 * 60_000);
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await expect(page.locator("#warnings")).toHaveText(
    "This forecast has expired. Its last hour ended 40 minutes ago. The next forecast is late: " +
      "it was expected 10 minutes ago.",
  );
  await looksRight(page, "map-over");
});

test("an open page follows the hours", async ({ page, sites }) => {
  await page.clock.install({ time: midnight() + 5.5 * HOUR });
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await expect(page.locator("#hour-text")).toContainText("07:00");
  await page.clock.fastForward(HOUR);
  await expect(page.locator("#hour-text")).toContainText("08:00");
  await page.goto(`${sites.many.url}/station.html?id=DNMM`);
  await forecastIsThere(page);
  await expect(page.locator(".now").first()).toContainText("hour ending 08:00");
  await page.clock.fastForward(HOUR);
  await expect(page.locator(".now").first()).toContainText("hour ending 09:00");
});

test("the page says how old an expired forecast is", async ({ page, sites }) => {
  await page.clock.setFixedTime(midnight() + 75 * HOUR);
  await page.goto(`${sites.many.url}/station.html?id=KJFK`);
  await forecastIsThere(page);
  await expect(page.locator("#warnings")).toContainText("Its last hour ended 2 days ago");
  await looksRight(page, "station-over");
});

for (const [name, path] of [
  ["map", "/"],
  ["station", JFK],
] as const) {
  test(`${name}: an unreachable API is reported, and can be tried again`, async ({
    page,
    sites,
    complaints,
  }) => {
    await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
    await page.goto(sites.demo.url + path);
    await expect(page.getByRole("alert")).toContainText("The forecast could not be loaded");
    await looksRight(page, `${name}-unreachable`);
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("alert")).toBeHidden();
    await expect(page.locator("#run")).toContainText("Run 2");
    complaints.splice(0);
  });

  test(`${name}: the page says that nothing is published yet`, async ({
    page,
    sites,
    complaints,
  }) => {
    await page.goto(sites.empty.url + path);
    await expect(page.getByRole("alert")).toContainText("no run is published yet");
    await looksRight(page, `${name}-empty`);
    complaints.splice(0);
  });
}

test("the page says that the visitor is offline, and keeps what it shows", async ({
  page,
  sites,
  context,
  complaints,
}) => {
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  await context.setOffline(true);
  await page.getByLabel("Parameter").selectOption({ label: "Visibility" });
  await expect(page.getByRole("alert")).toContainText("You are offline");
  await looksRight(page, "map-offline");
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("#legend-title")).toHaveText("Visibility, km");
  complaints.splice(0);
});

test("an answer from something other than the API is ignored", async ({ page, sites }) => {
  await page.route("**/v1/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<h1>Wi-Fi login</h1>" }),
  );
  await page.goto(sites.demo.url + JFK);
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
});

test("stations and medians of two runs are never mixed", async ({ page, sites }) => {
  let first = true;
  await page.route("**/v1/map/forecasts**", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    // Like a cache that kept the answer of the night before.
    if (first) answer.run.id = "20000101T0000Z-1";
    first = false;
    await route.fulfill({ response, json: answer });
  });
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  expect(first).toBe(false);
  await expect(page.locator("#run")).toContainText("Run 2");
});
