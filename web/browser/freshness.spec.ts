/** Runs that change, age and vanish, and an API that does not answer. */

import { execFileSync } from "node:child_process";
import { expect, forecastIsThere, looksRight, mapIsThere, test } from "./fixture";
import { PYTHON, ROOT } from "./sites";

const HOUR = 3_600_000;
const JFK = "/station.html?id=JFK";

function stationcast(...words: string[]): void {
  execFileSync(PYTHON, ["-m", "local", ...words], { cwd: ROOT });
}

test("another run is offered while the page is open", async ({ page, sites }) => {
  test.slow(); // Readers hold the pointer for 15 seconds.
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
  await expect(page.locator("#news")).toContainText("A newer forecast is published");
  await page.getByRole("button", { name: "Show it" }).click();
  await expect(page.locator("#run")).toHaveText(before ?? "");
});

const midnight = (): number => new Date().setUTCHours(0, 0, 0, 0);

test("a forecast whose successor is late says so", async ({ page, sites }) => {
  await page.clock.setFixedTime(midnight() + 24 * HOUR + 40 * 60_000);
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await expect(page.locator("#warnings")).toHaveText(
    "This forecast has expired. Its last hour ended 40 minutes ago. The next forecast is late: " +
      "it was expected 10 minutes ago.",
  );
  await looksRight(page, "map-over");
});

test("a page that stays open goes with the hours", async ({ page, sites }) => {
  await page.clock.install({ time: midnight() + 5.5 * HOUR });
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await expect(page.locator("#hour-text")).toContainText("07:00");
  await page.clock.fastForward(HOUR);
  await expect(page.locator("#hour-text")).toContainText("08:00");
  await page.goto(`${sites.many.url}/station.html?id=DNMM`);
  await forecastIsThere(page);
  await expect(page.locator(".now").first()).toContainText("in the hour until 08:00");
  await page.clock.fastForward(HOUR);
  await expect(page.locator(".now").first()).toContainText("in the hour until 09:00");
});

test("an old forecast says how old", async ({ page, sites }) => {
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
  test(`${name}: an API that cannot be reached is said, and tried again`, async ({
    page,
    sites,
    complaints,
  }) => {
    await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
    await page.goto(sites.demo.url + path);
    await expect(page.getByRole("alert")).toContainText("The forecasts cannot be reached");
    await looksRight(page, `${name}-unreachable`);
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("alert")).toBeHidden();
    await expect(page.locator("#run")).toContainText("Run 2");
    complaints.splice(0);
  });

  test(`${name}: nothing published yet is said`, async ({ page, sites, complaints }) => {
    await page.goto(sites.empty.url + path);
    await expect(page.getByRole("alert")).toContainText("no run is published yet");
    await looksRight(page, `${name}-empty`);
    complaints.splice(0);
  });
}

test("offline is said, and what is shown stays", async ({ page, sites, context, complaints }) => {
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

test("an answer that is not the API's is not believed", async ({ page, sites }) => {
  await page.route("**/v1/**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<h1>Wi-Fi login</h1>" }),
  );
  await page.goto(sites.demo.url + JFK);
  await expect(page.getByRole("alert")).toContainText("cannot be reached");
});

test("stations and medians of two runs are never mixed", async ({ page, sites }) => {
  let first = true;
  await page.route("**/v1/map/forecasts**", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    // As a cache would that kept the answer of the night before.
    if (first) answer.run.id = "20000101T0000Z-1";
    first = false;
    await route.fulfill({ response, json: answer });
  });
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  expect(first).toBe(false);
  await expect(page.locator("#run")).toContainText("Run 2");
});
