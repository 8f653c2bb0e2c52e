/** Search while typing. */

import { expect, forecastIsThere, looksRight, mapIsThere, stations, test } from "./fixture";

test("a name is found while typing, by keyboard only", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await page.keyboard.press("Tab"); // Skip link
  await page.keyboard.press("Tab"); // Name of the site
  await page.keyboard.press("Tab");
  const search = page.getByRole("combobox", { name: /Search/ });
  await expect(search).toBeFocused();
  await page.keyboard.type("zurich");
  await expect(stations(page).first()).toContainText("Zurich");
  await looksRight(page, "search");
  await page.keyboard.press("ArrowDown");
  await expect(search).toHaveAttribute("aria-activedescendant", "search-0");
  await page.keyboard.press("Enter");
  await forecastIsThere(page);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Zurich");
});

for (const [typed, expected] of [
  ["KJFK", "John F Kennedy"],
  ["kjfk", "John F Kennedy"],
  ["iceland", "Iceland"],
  ["ken john", "John F Kennedy"],
] as const) {
  test(`“${typed}” finds ${expected}`, async ({ page, sites }) => {
    await page.goto(sites.many.url);
    await mapIsThere(page);
    await page.getByRole("combobox", { name: /Search/ }).fill(typed);
    await expect(stations(page).first()).toContainText(expected);
  });
}

test("search says that nothing was found, and Escape closes it", async ({ page, sites }) => {
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  const search = page.getByRole("combobox", { name: /Search/ });
  await search.fill("qqqq");
  await expect(page.locator("#search-note")).toHaveText("No station matches “qqqq”");
  await expect(page.locator("#search-note")).not.toHaveClass("unseen");
  await search.fill("kennedy");
  await expect(stations(page)).toHaveCount(1);
  await search.press("Escape");
  await expect(stations(page)).toHaveCount(0);
});

test("search on a station's page fetches the stations on first use", async ({ page, sites }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${sites.demo.url}/station.html?id=JFK`);
  await forecastIsThere(page);
  expect(asked).not.toContain("/v1/map/stations");
  await page.getByRole("combobox", { name: /Search/ }).fill("guardia");
  await stations(page).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("La Guardia");
});
