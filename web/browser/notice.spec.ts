/** Weather that is not of today, or not real, is marked on every page. */

import type { Page } from "@playwright/test";
import { expect, forecastIsThere, mapIsThere, test } from "./fixture";

const notice = (page: Page) => page.getByRole("complementary", { name: "About this weather" });

test("every page of the demo says what its weather is", async ({ page, sites }) => {
  const { run } = await (await page.request.get(`${sites.demo.url}/v1/status`)).json();
  expect(run.notice).toContain("2013");
  for (const path of ["/", "/station.html?id=JFK", "/verification.html"]) {
    await page.goto(sites.demo.url + path);
    await expect(notice(page)).toHaveText(run.notice);
    await expect(notice(page)).toBeInViewport();
    await page.mouse.wheel(0, 10_000);
    await expect(notice(page)).toBeInViewport();
  }
});

test("made-up weather says so, and that of a network says nothing", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await expect(notice(page)).toContainText("made up");
  await page.goto(`${sites.odd.url}/#pm25`);
  await mapIsThere(page);
  await expect(notice(page)).toBeHidden();
  await page.goto(`${sites.odd.url}/station.html?id=EMOJI`);
  await forecastIsThere(page);
  await expect(notice(page)).toBeHidden();
});
