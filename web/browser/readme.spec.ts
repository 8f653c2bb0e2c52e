/** The picture at the top of the README: text that stays readable at 800 pixels. */

import { expect, looksRight, mapIsThere, test } from "./fixture";

test.use({ viewport: { width: 960, height: 680 }, deviceScaleFactor: 1.25 });

test("thousands of stations, and the forecast of one of them", async ({ page, sites }) => {
  // The middle of the map is New York, whose airports are stations.
  await page.goto(`${sites.many.url}/#temperature/12/40.640/-73.779/8`);
  await mapIsThere(page);
  await page.locator("#map").click();
  await expect(page.locator("#picked")).toContainText("KJFK");
  for (const zoom of [7, 6, 5, 4]) {
    await page.getByRole("button", { name: "Zoom out" }).click();
    await expect(page).toHaveURL(new RegExp(`/${zoom}$`));
  }
  await page.mouse.move(0, 0);
  await looksRight(page, "readme");
});
