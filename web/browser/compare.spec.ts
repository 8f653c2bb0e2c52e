/** Stations side by side, favourites, and what a station's page offers to do with it. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, forecastIsThere, looksRight, test } from "./fixture";

const JFK = "/station.html?id=JFK";

test("a station's page leads to the comparison, which offers others", async ({ page, sites }) => {
  await page.goto(sites.demo.url + JFK);
  await page.locator("#actions").getByRole("link", { name: "Compare" }).click();
  await expect(page).toHaveURL(/compare\.html\?stations=JFK$/);
  await page.getByRole("link", { name: "La Guardia" }).click();
  await expect(page).toHaveURL(/compare\.html\?stations=JFK,LGA$/);
  await expect(page.getByRole("columnheader")).toContainText(["Parameter", "John F", "La Guardia"]);
  await page.getByRole("link", { name: "Newark Liberty Intl" }).click();
  await expect(page.locator("#add")).toBeHidden();
  await looksRight(page, "compare");
  await page.getByRole("link", { name: "Remove La Guardia" }).click();
  await expect(page).toHaveURL(/compare\.html\?stations=JFK,EWR$/);
});

test("the numbers of the comparison are those of the API", async ({ page, sites, request }) => {
  await page.goto(`${sites.demo.url}/compare.html?stations=JFK,LGA`);
  await page.getByLabel("Parameter").selectOption("pressure");
  await page.getByText("The same numbers as a table").click();
  const rows = page.locator("#table tbody tr");
  await expect(rows).toHaveCount(24);
  const answer = await (await request.get(`${sites.demo.url}/v1/stations/LGA/forecast`)).json();
  const { p10, p50, p90 } = answer.values.pressure;
  const told = `${p50[0].toFixed(1)} (${p10[0].toFixed(1)} to ${p90[0].toFixed(1)})`;
  await expect(rows.first().locator("td").nth(1)).toHaveText(told);
  await page.locator("#chart .chart").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator("#chart .readout")).toContainText(`La Guardia ${told}`);
});

test("stations of two runs are compared hour by hour", async ({ page, sites }) => {
  await page.route("**/v1/stations/LGA/forecast*", async (route) => {
    const answer = await (await route.fetch()).json();
    const later = (time: string) => new Date(Date.parse(time) + 3_600_000).toISOString();
    await route.fulfill({ json: { ...answer, time: answer.time.map(later) } });
  });
  await page.goto(`${sites.demo.url}/compare.html?stations=JFK,LGA`);
  await page.getByText("The same numbers as a table").click();
  const rows = page.locator("#table tbody tr");
  await expect(rows).toHaveCount(25);
  await expect(rows.first().locator("td").nth(1)).toHaveText("none");
  await expect(rows.last().locator("td").first()).toHaveText("none");
});

test("an unknown station does not hide the others", async ({ page, sites, complaints }) => {
  await page.goto(`${sites.demo.url}/compare.html?stations=JFK,NOWHERE`);
  await expect(page.getByText("There is no station “NOWHERE”.")).toBeVisible();
  await expect(page.getByRole("columnheader")).toHaveCount(2);
  expect(complaints.splice(0)).toEqual([expect.stringContaining("404")]);
});

test("nothing to compare yet: the page says how to begin", async ({ page, sites }) => {
  await page.goto(`${sites.demo.url}/compare.html`);
  await expect(page.getByText("Search for a station, and choose")).toBeVisible();
  await looksRight(page, "compare-nothing");
});

test("on a phone, in the dark, the comparison fits", async ({ page, sites }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${sites.demo.url}/compare.html?stations=JFK,LGA,EWR`);
  await expect(page.locator("#chart canvas")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await looksRight(page, "compare-phone");
});

test("a favourite is kept in this browser, and offered", async ({ page, sites }) => {
  await page.goto(sites.demo.url + JFK);
  const star = page.getByRole("button", { name: "Favourite" });
  await expect(star).toHaveAttribute("aria-pressed", "false");
  await star.click();
  await page.reload();
  await expect(star).toHaveAttribute("aria-pressed", "true");
  await page.goto(sites.demo.url);
  await page.locator("#favourites").getByRole("link", { name: "John F Kennedy Intl" }).click();
  await star.click();
  await page.goto(sites.demo.url);
  await expect(page.locator("#favourites")).toBeHidden();
});

test("a link is copied where the system has no menu for sharing", async ({
  page,
  sites,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.addInitScript(() => Object.defineProperty(navigator, "share", { value: undefined }));
  await page.goto(sites.demo.url + JFK);
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(sites.demo.url + JFK);
});

test("a station can be embedded, and the dialog closes with Escape", async ({ page, sites }) => {
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await page.getByRole("button", { name: "Embed" }).click();
  const dialog = page.getByRole("dialog", { name: "Show this forecast on your own page" });
  await expect(dialog.locator("code")).toContainText(`${sites.demo.url}/embed.html?id=JFK`);
  await looksRight(page, "embed-dialog");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("the embedded page works in a frame of another site", async ({ page, sites }) => {
  const frameHtml = `<iframe src="${sites.demo.url}/embed.html?id=JFK" title="Forecast" width="360" height="300"></iframe>`;
  const other = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<html lang="en"><title>Mine</title><main><h1>Mine</h1>${frameHtml}</main>`);
  });
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  try {
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    const frame = page.frameLocator("iframe");
    await expect(frame.locator("dt").first()).toHaveText("Air temperature");
    await expect(frame.locator("dd").nth(1)).toContainText("chance of rain at most");
    const link = frame.getByRole("link", { name: "John F Kennedy Intl" });
    await expect(link).toHaveAttribute("href", "station.html?id=JFK");
  } finally {
    other.close();
  }
});

test("the embedded page looks right by itself", async ({ page, sites }) => {
  await page.setViewportSize({ width: 360, height: 400 });
  await page.goto(`${sites.demo.url}/embed.html?id=JFK`);
  await expect(page.locator("dt")).toHaveCount(4);
  await expect(page.locator("#sentence")).not.toBeEmpty();
  await looksRight(page, "embed");
});

test("an embedded forecast says that it has expired, even without a connection", async ({
  page,
  sites,
  complaints,
}) => {
  await page.clock.install();
  await page.goto(`${sites.demo.url}/embed.html?id=JFK`);
  await expect(page.locator("dt")).toHaveCount(4);
  await page.route("**/v1/**", (route) => route.abort());
  await page.clock.fastForward("48:00:00");
  await expect(page.getByText("This forecast has expired.")).toBeVisible();
  await expect(page.getByText("no connection")).toBeVisible();
  complaints.splice(0);
});

test("an embedded page of an unknown station says so", async ({ page, sites, complaints }) => {
  await page.goto(`${sites.demo.url}/embed.html?id=NOWHERE`);
  await expect(page.getByText("cannot be shown: Station not found")).toBeVisible();
  expect(complaints.splice(0)).toEqual([expect.stringContaining("404")]);
});
