/** The page that says how good the forecasts of all stations are. */

import type { Page } from "@playwright/test";
import { expect, forecastIsThere, looksRight, mapIsThere, test } from "./fixture";

const PATH = "/verification.html";

async function scoresAreThere(page: Page): Promise<void> {
  await expect(page.locator("#skill tbody tr").first()).toBeVisible();
}

/** The cells of a parameter in one of the tables. */
const cells = (page: Page, table: "skill" | "coverage", name: string): Promise<string[]> =>
  page.locator(`#${table} tbody tr`, { hasText: name }).getByRole("cell").allTextContents();

const percent = (share: number): string => `${Math.round(100 * share)} %`.replace("-", "−");

test("the tables show the numbers of the API", async ({ page, sites, request }) => {
  const answer = await (await request.get(`${sites.demo.url}/v1/verification`)).json();
  const { hours, mae, coverage, skill, leads } = answer.parameters.temperature;
  await page.goto(sites.demo.url + PATH);
  await scoresAreThere(page);
  await expect(page.locator("#compared")).toContainText(`${answer.runs} runs of the last 30 days`);
  await expect(page.locator("#skill tbody tr")).toHaveCount(7);
  const shown = await cells(page, "skill", "Air temperature");
  expect(shown[0]).toMatch(
    new RegExp(`^${percent(skill)} ?(A little better|Better|Much better|Worse|Much worse)$`),
  );
  expect(shown[1]).toBe(`${mae.toFixed(1)} °C`);
  expect(shown[2]).toMatch(/^[+−]?\d+\.\d °C$/);
  expect(shown[3]).toBe(percent(coverage));
  expect(shown[5]).toBe(String(hours));
  const groups = Object.values(leads) as { coverage: number }[];
  expect(await cells(page, "coverage", "Air temperature")).toEqual(
    groups.map((each) => percent(each.coverage)),
  );
  await expect(page.locator("#rain")).toHaveText(
    /^The chance of rain was \d+ % (better|worse) .* 0\.1 mm or more/,
  );
  await expect(page.locator("#verdict")).toHaveText(
    /^Better than the best simple guess for \d of 7 parameters\. .* held in \d\d % of the hours\.$/,
  );
  await looksRight(page, "verification");
});

test("a country and a group of lead times can be chosen, and shared", async ({
  page,
  sites,
  request,
}) => {
  const chosen = "country=US&lead=1-6";
  const path = `${sites.demo.url}/v1/verification?${chosen}`;
  const { mae } = (await (await request.get(path)).json()).parameters.temperature;
  await page.goto(sites.demo.url + PATH);
  await scoresAreThere(page);
  await expect(page.locator("#coverage-section")).toBeVisible();
  await page.locator("#country").selectOption({ label: "United States" });
  await page.locator("#lead").selectOption({ label: "1 to 6 hours" });
  await expect(page).toHaveURL(new RegExp(`\\?${chosen}$`));
  const row = page.locator("#skill tbody tr", { hasText: "Air temperature" });
  await expect(row.getByRole("cell").nth(1)).toHaveText(`${mae.toFixed(1)} °C`);
  await expect(page.locator("#coverage-section")).toBeHidden();
  await page.reload();
  await expect(row.getByRole("cell").nth(1)).toHaveText(`${mae.toFixed(1)} °C`);
  await expect(page.locator("#country")).toHaveValue("US");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  expect((await download).suggestedFilename()).toBe("verification.csv");
  await page.getByLabel("Units").selectOption("us");
  await expect(page.locator("#rain")).toContainText("0.004 in or more");
  await expect(row.getByRole("cell").nth(1)).toContainText("°F");
});

test("an address that makes no sense counts as all, a country without hours is said", async ({
  page,
  sites,
}) => {
  await page.goto(`${sites.demo.url}${PATH}?country=nowhere&lead=9`);
  await scoresAreThere(page);
  await expect(page.locator("#country")).toHaveValue("");
  await page.goto(`${sites.demo.url}${PATH}?country=ch`);
  await expect(page.locator("#compared")).toContainText("None has an hour of what you chose.");
  await expect(page.locator("#scores")).toBeHidden();
});

test("too few hours are said in words", async ({ page, sites }) => {
  await page.goto(sites.odd.url + PATH);
  await scoresAreThere(page);
  expect(await cells(page, "skill", "PM2.5")).toEqual([
    "Too few hours to say; at least 100 are needed.",
    "24",
  ]);
  expect(await cells(page, "coverage", "PM2.5")).toEqual(Array(4).fill("too few hours"));
  await expect(page.locator("#rain")).toBeEmpty();
  await looksRight(page, "verification-few");
});

test("before a run was verified, and before the first night, the page says so", async ({
  page,
  sites,
  complaints,
}) => {
  await page.goto(sites.many.url + PATH);
  await expect(page.locator("#compared")).toHaveText("No run was compared with what came yet.");
  await page.goto(sites.empty.url + PATH);
  await expect(page.getByRole("alert")).toBeVisible();
  await looksRight(page, "verification-empty");
  complaints.splice(0);
});

test("every page links to it", async ({ page, sites }) => {
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  await page.getByRole("link", { name: "How good are the forecasts?" }).click();
  await scoresAreThere(page);
  await page.goto(`${sites.demo.url}/station.html?id=JFK`);
  await forecastIsThere(page);
  await page.getByRole("link", { name: "The forecasts of all stations" }).click();
  await scoresAreThere(page);
});

test("dark and on a phone it is readable, and nothing jumps", async ({ page, sites }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(sites.demo.url + PATH);
  await scoresAreThere(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const each of list.getEntries()) sum += (each as unknown as { value: number }).value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(sum), 500);
      }),
  );
  expect(shift).toBeLessThan(0.02);
  await looksRight(page, "verification-phone-dark");
});
