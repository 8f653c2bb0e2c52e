/** The page of a station. */

import type { Locator, Page } from "@playwright/test";
import { expect, forecastIsThere, looksRight, test } from "./fixture";

const JFK = "/station.html?id=JFK";

test("one call of the API fills the page", async ({ page, sites }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url().replace(sites.demo.url, "")));
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  expect(asked.filter((path) => path.startsWith("/v1"))).toEqual([
    "/v1/stations/JFK/forecast?observed=48&daily=true",
  ]);
  await expect(page).toHaveTitle("John F Kennedy Intl – Stationcast");
  await expect(page.locator(".parameter")).toHaveCount(7);
  await expect(page.locator("canvas")).toHaveCount(7);
});

const midnight = (): number => new Date().setUTCHours(0, 0, 0, 0);

test("the head has the numbers of the API, what is left of them, and a sentence", async ({
  page,
  sites,
  request,
}) => {
  const answer = await (await request.get(`${sites.demo.url}/v1/stations/JFK/forecast`)).json();
  const { temperature, precipitation } = answer.values;
  await page.clock.setFixedTime(midnight() + 5.5 * 3_600_000);
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const whole = (value: number): string => value.toFixed(0).replace("-", "−").replace(/^−0$/, "0");
  await expect(page.locator(".fact")).toHaveCount(5);
  await expect(page.locator(".fact.now .value")).toHaveText(`${whole(temperature.p50[5])} °C`);
  await expect(page.locator(".fact.now")).toContainText("8 in 10");
  const left = temperature.p50.slice(5);
  await expect(page.locator(".fact.high .value")).toHaveText(`${whole(Math.max(...left))} °C`);
  await expect(page.locator(".fact.low .value")).toHaveText(`${whole(Math.min(...left))} °C`);
  const chance = Math.max(...precipitation.chance.slice(5));
  await expect(page.locator(".fact.rain .value")).toHaveText(`${Math.round(100 * chance)} %`);
  await expect(page.locator("#sentence")).toHaveText(/^[A-Z].*(dry|rain|snow).*\.$/);
  await expect(page.locator("#today-zone")).toContainText("America/New York, GMT-");
});

test("of a forecast that has ended, the head says what it had said", async ({ page, sites }) => {
  await page.clock.setFixedTime(midnight() + 800 * 24 * 3_600_000);
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await expect(page.locator("#today-title")).toHaveText(/^What it said for .* 20\d\d \d\d:00 to/);
  await expect(page.locator("#sentence")).toHaveText(/^This forecast ended on .* It said: [A-Z]/);
  await expect(page.locator(".fact.now")).toHaveCount(0);
  await expect(page.locator("#run")).toContainText(/Issued \w+ \d+ \w+ 20\d\d \d\d:00/);
});

/** What the panel of a parameter says about the hour that is shown. */
const panelOf = (page: Page, name: string): Locator =>
  page.getByRole("region", { name, exact: true });
const hourShown = (page: Page): Locator => page.locator(".hour-said p");

test("charts have a description, and one hour is chosen in all of them with the arrow keys", async ({
  page,
  sites,
}) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const description =
    /Chart of Air temperature, mean of the hour. The median .* Chart of Dew point/;
  await expect(page.getByRole("img", { name: description })).toBeVisible();
  const slider = page.getByLabel("Hour that is shown");
  await slider.focus();
  await slider.press("Home");
  const sure = page.locator(".parameter .sure");
  await expect(sure).toHaveText(Array(7).fill(/^(not )?observed$/));
  const first = await hourShown(page).textContent();
  for (let hour = 0; hour < 60; hour += 1) await slider.press("ArrowRight");
  await expect(hourShown(page)).not.toHaveText(first ?? "");
  await expect(sure).toHaveText(Array(7).fill(/\d, 8 in 10$/));
  await expect(slider).toHaveAttribute("aria-valuetext", /: Air temperature .* °C, Dew point/);
  // The cursors of all charts stand at that hour.
  const left = (): Promise<number[]> =>
    page
      .locator(".u-cursor-x")
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().x));
  const places = await left();
  expect(places).toHaveLength(7);
  expect(Math.max(...places) - Math.min(...places)).toBeLessThan(1);
  await page.getByRole("button", { name: "Now", exact: true }).click();
  await expect(page.locator(".hour-said .note")).toContainText(", now");
  await looksRight(page, "station");
});

test("the pointer chooses an hour in all charts, which are back at now when it leaves", async ({
  page,
  sites,
}) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const now = await hourShown(page).textContent();
  const chart = page.locator(".chart .u-over").first();
  await chart.hover({ position: { x: 40, y: 20 } });
  await expect(hourShown(page)).not.toHaveText(now ?? "");
  const sure = page.locator(".parameter .sure");
  await expect(sure).toHaveText(Array(7).fill(/^(not )?observed$/));
  await page.getByRole("heading", { level: 1 }).hover();
  await expect(hourShown(page)).toHaveText(now ?? "");
});

test.describe("on a phone", () => {
  test.use({ hasTouch: true, viewport: { width: 360, height: 740 } });

  test("a finger chooses an hour", async ({ page, sites }) => {
    await page.goto(sites.demo.url + JFK);
    await forecastIsThere(page);
    const now = await hourShown(page).textContent();
    await page
      .locator(".chart .u-over")
      .first()
      .tap({ position: { x: 8, y: 20 } });
    await expect(hourShown(page)).not.toHaveText(now ?? "");
    await expect(panelOf(page, "Air temperature").locator(".sure")).toHaveText(/observed$/);
    await expect(page.locator(".hour-said .note")).toContainText(", past");
  });
});

test("what the words mean is said once, with limits in the visitor's units", async ({
  page,
  sites,
  request,
}) => {
  const { items } = await (await request.get(`${sites.demo.url}/v1/parameters`)).json();
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.getByText("About these words").click();
  const words: Record<string, string> = { mean: "mean", sum: "sum", maximum: "highest" };
  await expect(page.locator("#words dt")).toHaveCount(7);
  for (const name of await page.locator("#words dt").allTextContents()) {
    const { aggregation } = items.find((each: { name: string }) => each.name === name);
    const meaning = page.locator(`#words dt:text-is("${name}") + dd`);
    await expect(meaning).toContainText(`The ${words[aggregation]} of the hour, in `);
  }
  const visibility = page.locator('#words dt:text-is("Visibility") + dd');
  await expect(visibility).toContainText("in km. Fog below 1.0,");
  await page.getByLabel("Units").selectOption("us");
  await expect(visibility).toContainText("in mi. Fog below 0.6,");
});

test("tables show the numbers of the API", async ({ page, sites, request }) => {
  const answer = await (await request.get(`${sites.demo.url}/v1/stations/JFK/forecast`)).json();
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.getByLabel("Tables").check();
  const table = page.getByRole("region", { name: "Air temperature, hour by hour" });
  await expect(table.getByRole("row")).toHaveCount(1 + 48 + 24);
  const cells = await table.getByRole("row").last().getByRole("cell").allTextContents();
  const shown = (value: number): string =>
    value
      .toFixed(1)
      .replace("-", "−")
      .replace(/^−0\.0$/, "0.0");
  const { p10, p50, p90 } = answer.values.temperature;
  expect(cells.slice(1, 4)).toEqual(
    [p50, p10, p90].map((hours: number[]) => shown(hours[23] ?? 0)),
  );
  await looksRight(page, "station-tables");
});

test("the chance of rain is said for all hours, in the chart and in the table", async ({
  page,
  sites,
  request,
}) => {
  const answer = await (await request.get(`${sites.demo.url}/v1/stations/JFK/forecast`)).json();
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const panel = panelOf(page, "Precipitation");
  await expect(panel.locator(".chance")).toHaveText(
    `Chance of rain in the 24 forecast hours: ${percent(answer.chance_24h.precipitation)}. ` +
      "Rain is 0.1 mm or more in an hour.",
  );
  await expect(page.locator(".chance")).toHaveCount(1);
  await page.getByLabel("Hour that is shown").press("End");
  const last = percent(answer.values.precipitation.chance[23]);
  await expect(panel.locator(".more")).toHaveText(`chance of rain ${last}`);
  await page.getByLabel("Tables").check();
  const table = page.getByRole("region", { name: "Precipitation, hour by hour" });
  const cells = await table.getByRole("row").last().getByRole("cell").allTextContents();
  expect(cells[4]).toBe(percent(answer.values.precipitation.chance[23]));
  await expect(page.getByRole("columnheader", { name: "Chance of rain" })).toHaveCount(1);
  await looksRight(page, "chance-of-rain");
});

test("a forecast without a chance of rain says nothing about it", async ({ page, sites }) => {
  // As models of before made them: the API sends what is stored.
  await page.route("**/v1/stations/JFK/forecast?*", async (route) => {
    const response = await route.fetch();
    const { chance_24h: _, ...answer } = await response.json();
    delete answer.values.precipitation.chance;
    await route.fulfill({ response, json: answer });
  });
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.getByLabel("Tables").check();
  await expect(page.getByRole("table")).toHaveCount(7);
  await expect(page.locator("#parameters")).not.toContainText("hance of rain");
});

test("where the wind comes from is said with an arrow and a word", async ({ page, sites }) => {
  // No site of these tests measures it.
  await page.route("**/v1/stations/JFK/forecast?*", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    const hours = (value: number): number[] => Array(24).fill(value);
    answer.values.wind_direction = { p10: hours(290), p50: hours(315), p90: hours(10) };
    await route.fulfill({ response, json: answer });
  });
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const fact = page.locator(".fact.wind");
  await expect(fact).toContainText("from the north-west");
  // The arrow points to where the wind goes.
  await expect(fact.locator(".value .icon")).toHaveCSS("rotate", "135deg");
  await page.getByLabel("Hour that is shown").press("End");
  const panel = panelOf(page, "Wind direction");
  await expect(panel.locator(".at-hour")).toHaveText("315° from the north-west");
  await expect(panel.locator(".sure")).toHaveText("290 to 10, 8 in 10");
  // It is drawn into the chart of the wind's speed.
  await expect(page.locator("canvas")).toHaveCount(7);
  await looksRight(page, "wind-direction");
});

test("the forecast of the day before is drawn over what came", async ({ page, sites, request }) => {
  const ask = async (path: string) => (await request.get(`${sites.demo.url}${path}`)).json();
  const { run, observed } = await ask("/v1/stations/JFK/forecast?observed=24");
  const day = observed.time[0].slice(0, 10);
  const { items } = await ask(`/v1/runs?issued_on=${day}`);
  const before = await ask(`/v1/stations/JFK/forecast?run=${items[0].id}`);
  expect(Date.parse(run.issued_at) - Date.parse(before.run.issued_at)).toBe(24 * 3_600_000);
  const { p10, p50, p90 } = before.values.temperature;
  const seen: (number | null)[] = observed.values.temperature;
  const hours = seen.filter((value) => value !== null).length;
  const within = seen.filter((value, at) => value !== null && p10[at] <= value && value <= p90[at]);

  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await expect(page.locator("p.before")).toHaveCount(0);
  await page.getByLabel("The forecast of the day before, over what came").check();
  const panel = panelOf(page, "Air temperature");
  await expect(panel.locator("p.before")).toHaveText(
    `The forecast of the day before: ${within.length} of ${hours} observed hours lay within its 80 % interval.`,
  );
  await expect(page.locator("p.before")).toHaveCount(7);
  await expect(page.locator(".before-key")).toBeVisible();
  await page
    .locator(".chart .u-over")
    .first()
    .hover({ position: { x: 200, y: 20 } });
  await expect(panel.locator(".sure")).toHaveText("observed");
  await expect(panel.locator(".more")).toHaveText(/^the day before: \S+ \(\S+ to \S+\)$/);
  await looksRight(page, "day-before");

  await page.getByLabel("Tables").check();
  const table = page.getByRole("region", { name: "Air temperature, hour by hour" });
  const last = table.getByRole("row").nth(48).getByRole("cell").nth(1);
  const text = (values: number[]): string => (values[23] ?? 0).toFixed(1).replace("-", "−");
  await expect(last).toHaveText(`${text(p50)} (${text(p10)} to ${text(p90)})`);

  await page.getByLabel("The forecast of the day before, over what came").uncheck();
  await expect(page.locator("p.before")).toHaveCount(0);
});

test("without a forecast of the day before the page says so", async ({
  page,
  sites,
  complaints,
}) => {
  await page.goto(`${sites.odd.url}/station.html?id=EMOJI`);
  await forecastIsThere(page);
  const box = page.getByLabel("The forecast of the day before, over what came");
  await box.check();
  const note = page.locator("#day-before-note");
  await expect(note).toHaveText("No forecast was published on the day before.");
  await box.uncheck();
  await expect(note).toBeEmpty();
  await page.route("**/v1/runs?*", (route) => route.abort());
  await box.check();
  await expect(note).toHaveText(/cannot be shown. There is no connection.$/);
  complaints.splice(0);
});

test("units change everywhere and are kept", async ({ page, sites }) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await expect(page.locator("#parameters")).toContainText("°C");
  await page.getByLabel("Units").selectOption("us");
  await expect(page.locator("#parameters")).not.toContainText("°C");
  for (const unit of ["°F", "mph", "inHg", " mi", " in"]) {
    await expect(page.locator("#parameters")).toContainText(unit);
  }
  await page.reload();
  await forecastIsThere(page);
  await expect(page.locator("#parameters")).toContainText("°F");
});

test("the CSV comes from the API, and the curl line works unchanged", async ({
  page,
  sites,
  request,
}) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^forecast-JFK-.*\.csv$/);
  const line = (await page.locator("#curl").textContent()) ?? "";
  const [, address = ""] = /^curl -s '(.*)'$/.exec(line) ?? [];
  expect((await request.get(address)).status()).toBe(200);
});

test("the curl line is copied", async ({ page, sites, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.locator("#copied")).toHaveText("Copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("curl -s 'http");
});

test("for an unknown station the page suggests others", async ({ page, sites, complaints }) => {
  await page.goto(`${sites.demo.url}/station.html?id=JKF`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No station “JKF”");
  await expect(page.getByRole("listitem").filter({ hasText: "JFK" })).toHaveText(
    "JFK John F Kennedy Intl, United States",
  );
  await looksRight(page, "station-unknown");
  await page.getByRole("link", { name: "JFK" }).click();
  await forecastIsThere(page);
  expect(complaints.splice(0)).toHaveLength(1); // The browser reports the 404.
});

test("without an id the page shows an error", async ({ page, sites, complaints }) => {
  await page.goto(`${sites.demo.url}/station.html`);
  await expect(page.getByRole("alert")).toBeVisible();
  complaints.splice(0);
});

test("the page says how good the last 30 days were, once a visitor is there", async ({
  page,
  sites,
}) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const scores = page.locator("#came-true");
  await scores.scrollIntoViewIfNeeded();
  await expect(scores.getByRole("listitem")).toHaveCount(7);
  const temperature = scores.getByRole("listitem").filter({ hasText: "Air temperature" });
  await expect(temperature).toHaveText(
    /off by \d+\.\d °C \d+ of 100 hours within (\d+ % |as good)/,
  );
  await looksRight(page, "came-true");
  await page.getByLabel("Units").selectOption("us");
  await expect(temperature).toContainText("°F");
});

test("scores that come late move no link", async ({ page, sites }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/verification", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/verification");
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.locator("#came-true").scrollIntoViewIfNeeded();
  await asked;
  const links = page.locator("#content a");
  const places = () =>
    links.evaluateAll((all) => all.map((a) => [a.textContent, a.getBoundingClientRect().top]));
  const before = await places();
  release();
  await expect(page.locator("#came-true").getByRole("listitem")).toHaveCount(7);
  expect(await places()).toEqual(before);
});

test("without a connection the block says so, and asks again later", async ({
  page,
  sites,
  complaints,
}) => {
  await page.route("**/verification", (route) => route.abort());
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  const scores = page.locator("#came-true");
  await scores.scrollIntoViewIfNeeded();
  await expect(scores).toHaveText("This cannot be shown now. There is no connection.");
  await page.unroute("**/verification");
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(100);
    await scores.scrollIntoViewIfNeeded();
    await expect(scores.getByRole("listitem")).toHaveCount(7, { timeout: 2000 });
  }).toPass();
  complaints.length = 0;
});
