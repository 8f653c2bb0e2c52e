/** Text from the API is never executed; air quality has a number, a word and its averaging time. */

import { expect, forecastIsThere, looksRight, mapIsThere, stations, test } from "./fixture";

const NAMES = {
  SCRIPT: "<script>document.title='run'</script><img src=x onerror=alert(1)>",
  RTL: "محطة القاهرة الجديدة",
  EMOJI: "🌦️ Köln 👩‍🔬",
  LONG: "Very long name ".repeat(20),
};

for (const [id, name] of Object.entries(NAMES)) {
  test(`a name is only text: ${id}`, async ({ page, sites }) => {
    page.on("dialog", () => expect(false, "no dialog may open").toBe(true));
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(`${sites.odd.url}/station.html?id=${id}`);
    await forecastIsThere(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name.trim());
    expect(await page.title()).toContain(name.trim().slice(0, 20));
    expect(await page.locator("main img, main script").count()).toBe(0);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, "nothing overflows on a phone").toBeLessThanOrEqual(390);
    await looksRight(page, `odd-${id.toLowerCase()}`);
  });

  test(`a name is only text in search and on the map: ${id}`, async ({ page, sites }) => {
    await page.goto(`${sites.odd.url}/#pm25/now/10/-73.779/3`);
    await mapIsThere(page);
    await page.getByRole("combobox", { name: /Search/ }).fill(id);
    await expect(stations(page).first()).toContainText(name.trim());
    await page.keyboard.press("Escape");
    await page.getByText("List of stations in view").click();
    await expect(page.locator("#in-sight-rows")).toContainText(name.trim());
    expect(await page.locator("main img, main script").count()).toBe(0);
  });
}

test("the source of the readings is named, with a link to an address only", async ({
  page,
  sites,
}) => {
  const readings = page.locator("#attribution");
  await page.goto(`${sites.odd.url}/station.html?id=EMOJI`);
  await forecastIsThere(page);
  await expect(readings).toHaveText(
    "Readings: Stadt Köln · licence creativecommons.org/licenses/by/4.0",
  );
  await expect(readings.getByRole("link")).toHaveAttribute(
    "href",
    "https://creativecommons.org/licenses/by/4.0/",
  );
  await page.goto(`${sites.odd.url}/station.html?id=SCRIPT`);
  await forecastIsThere(page);
  await expect(readings).toHaveText("Readings: licence javascript:alert(1)");
  await expect(readings.getByRole("link")).toHaveCount(0);
  await page.goto(`${sites.odd.url}/station.html?id=LONG`);
  await forecastIsThere(page);
  await expect(readings).toBeHidden();
});

test("a station without a name is called by its id", async ({ page, sites }) => {
  await page.goto(`${sites.odd.url}/station.html?id=NAMELESS`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("NAMELESS");
});

test("air quality has a number, a word and its averaging time; missing parameters have a reason", async ({
  page,
  sites,
}) => {
  await page.goto(`${sites.odd.url}/station.html?id=EMOJI`);
  await forecastIsThere(page);
  await expect(page.locator(".aqi")).toHaveText(
    "US Air Quality Index 112: Unhealthy for sensitive groups, of the 24 forecast hours.",
  );
  await expect(page.locator(".now")).toContainText("Unhealthy for sensitive groups");
  await expect(page.locator("#missing-list")).toHaveText(
    "Ozone: too few observations in the week before the forecast",
  );
  await looksRight(page, "air-quality");
});

test("a station that the model does not know well enough says what forecasts it", async ({
  page,
  sites,
}) => {
  const standIn = page.locator("#stand-in:visible");
  await page.goto(`${sites.odd.url}/station.html?id=NAMELESS`);
  await forecastIsThere(page);
  await expect(standIn).toHaveText(
    "PM2.5: not forecast by the model, because it knows too little about places like this one. The forecast is " +
      "drawn from the last seven days here: the newest value, and what was usual at the same hour.",
  );
  await looksRight(page, "stand-in");
  await page.getByLabel("Tables").check();
  await expect(standIn).toHaveCount(1);
  await page.goto(`${sites.odd.url}/station.html?id=EMOJI`);
  await forecastIsThere(page);
  await expect(standIn).toHaveCount(0);
});

test("days begin at the station's midnight", async ({ page, sites }) => {
  await page.goto(`${sites.odd.url}/station.html?id=EMOJI`);
  await forecastIsThere(page);
  await page.getByLabel("Tables").check();
  // Midnight UTC is 05:45 in Kathmandu.
  await expect(page.getByRole("rowheader").first()).toContainText(":45");
  await expect(page.locator("#run")).toContainText("Asia/Kathmandu, GMT+5:45");
});
