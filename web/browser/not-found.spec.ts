/** An address that the site does not have. */

import { expect, looksRight, stations, test } from "./fixture";

test("an unknown address gets a page that leads on", async ({ page, sites, complaints }) => {
  const response = await page.goto(`${sites.demo.url}/station/JFK`);
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no such page");
  await expect(page.locator("#address")).toHaveText("/station/JFK");
  await expect(page.getByRole("complementary", { name: "About this weather" })).toBeVisible();
  await looksRight(page, "not-found");
  await page.getByRole("button", { name: "Search for “JFK”" }).click();
  await expect(stations(page).first()).toContainText("John F Kennedy");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Map of all stations" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Forecast map");
  // The browser reports the status of the page itself.
  expect(complaints.splice(0).join()).toContain("404");
});

test("an address is only text, and errors of the API stay its own", async ({
  page,
  sites,
  complaints,
}) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${sites.demo.url}/${encodeURIComponent("<img src=x onerror=alert(1)>")}/..%2F`);
  await expect(page.locator("#address")).toContainText("<img src=x onerror=alert(1)>");
  expect(await page.locator("main img").count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await looksRight(page, "not-found-phone-dark");
  const answer = await page.goto(`${sites.demo.url}/v1/stations/nothing`);
  expect(answer?.headers()["content-type"]).toBe("application/problem+json");
  complaints.splice(0);
});
