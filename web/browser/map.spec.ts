/** The map, with 11,000 stations. */

import { expect, forecastIsThere, looksRight, mapIsThere, test } from "./fixture";

/** The number of different colours on the canvas of the stations. */
const colours = (): number => {
  const canvas = document.querySelector<HTMLCanvasElement>(".leaflet-pane canvas[aria-hidden]");
  const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
  const found = new Set<number>();
  for (let at = 0; data && at < data.length; at += 4) {
    if (data[at + 3] === 255) {
      found.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
    }
  }
  return found.size;
};

test("all stations are shown, with a legend in words", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await mapIsThere(page);
  expect(await page.evaluate(colours)).toBeGreaterThan(6);
  await expect(page.locator("#legend")).toContainText("Freezing −10 to 0");
  await expect(page.locator("#run")).toContainText("Run 2");
  await looksRight(page, "map");
});

test("another parameter and hour recolour the map and are kept in its address", async ({
  page,
  sites,
}) => {
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await page.getByLabel("Parameter").selectOption({ label: "Wind speed" });
  await expect(page.locator("#legend-title")).toHaveText("Wind speed, m/s");
  await expect(page.locator("#legend-about")).toContainText("the mean of the hour");
  await page.getByRole("slider").fill("3");
  await expect(page).toHaveURL(/#wind_speed\/3\//);
  await page.reload();
  await mapIsThere(page);
  await expect(page.getByLabel("Parameter")).toHaveValue("wind_speed");
  await expect(page.getByRole("slider")).toHaveValue("3");
});

test("a station can be picked, opened and left again", async ({ page, sites }) => {
  await page.goto(`${sites.many.url}/#temperature/now/40.640/-73.779/9`);
  await mapIsThere(page);
  await page.locator("#map").click();
  const picked = page.locator("#picked");
  await expect(picked).toContainText("KJFK");
  await expect(picked).toContainText("°C");
  await looksRight(page, "map-picked");
  await picked.getByRole("link").click();
  await forecastIsThere(page);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Kennedy");
  await page.goBack();
  await mapIsThere(page);
  await expect(page).toHaveURL(/\/9$/);
});

test("stations in view are also a list", async ({ page, sites }) => {
  await page.goto(`${sites.many.url}/#temperature/now/40.640/-73.779/9`);
  await mapIsThere(page);
  await page.getByText("List of stations in view").click();
  const row = page.getByRole("row", { name: /Kennedy/ });
  await expect(row).toContainText(/\d \(\w+/);
  await looksRight(page, "map-list");
});

test("the stations can have the colour of their skill", async ({ page, sites, request }) => {
  const ask = async (path: string) => (await request.get(`${sites.demo.url}${path}`)).json();
  const { skill } = await ask("/v1/verification/map?parameter=temperature");
  const { stations } = await ask("/v1/map/stations");
  const percent = (share: number): string => `${Math.round(100 * share)} %`.replace("-", "−");
  await page.goto(`${sites.demo.url}/#temperature/now/40.640/-73.779/9`);
  await mapIsThere(page);
  await page.getByLabel("Colour by").selectOption({ label: "Skill of 30 days" });
  await expect(page.locator("#legend-title")).toHaveText(
    "Skill of the forecasts of Air temperature",
  );
  await expect(page.locator("#legend li")).toHaveText([
    "Much worse below −10 %",
    "Worse −10 % to 0 %",
    "A little better 0 % to 10 %",
    "Better 10 % to 25 %",
    "Much better from 25 %",
  ]);
  await expect(page.locator("#legend-about")).toContainText("than if one says");
  await expect(page.getByRole("slider")).toBeHidden();
  await page.locator("#map").click();
  const jfk = percent(skill[stations.id.indexOf("JFK")]);
  await expect(page.locator("#picked")).toContainText(`Skill, Air temperature: ${jfk}`);
  await page.getByText("List of stations in view").click();
  await expect(page.getByRole("row", { name: /Kennedy/ })).toContainText(`${jfk} (`);
  await looksRight(page, "map-skill");

  await expect(page).toHaveURL(/#temperature\/skill\//);
  await page.reload();
  await mapIsThere(page);
  await expect(page.getByLabel("Colour by")).toHaveValue("skill");
  await page.getByLabel("Parameter").selectOption({ label: "Wind speed" });
  await expect(page.locator("#legend-title")).toHaveText("Skill of the forecasts of Wind speed");
  await page.getByLabel("Colour by").selectOption({ label: "Forecast" });
  await expect(page.locator("#legend-title")).toHaveText("Wind speed, m/s");
  await expect(page.getByRole("slider")).toBeVisible();
});

test("before a run was verified, no station has the colour of a skill", async ({ page, sites }) => {
  await page.goto(`${sites.many.url}/#temperature/skill`);
  await mapIsThere(page);
  await expect(page.locator("#legend-about")).toContainText(
    "No run was compared with what came yet. Empty rings: too few hours to say.",
  );
  await page.getByText("List of stations in view").click();
  await expect(page.locator("#in-sight-rows tr").first()).toContainText("too few hours to say");
});

test("find me goes to the location that the visitor shares", async ({ page, sites, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 52.52, longitude: 13.4 });
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await page.getByRole("button", { name: "Find me" }).click();
  await expect(page).toHaveURL(/52\.52\d\/13\.(4\d\d|39\d)\/8/);
});

test("find me says that the visitor shares no location", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await page.getByRole("button", { name: "Find me" }).click();
  await expect(page.getByRole("button", { name: "Location not available" })).toBeVisible();
});

test("the keyboard moves and zooms the map", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await page.locator("#map").focus();
  await page.keyboard.press("+");
  await expect(page).toHaveURL(/\/3$/);
  await page.keyboard.press("ArrowRight");
  await expect(page).not.toHaveURL(/\/0\.000\/3$/);
  await page.getByRole("button", { name: "Zoom out" }).press("Enter");
  await expect(page).toHaveURL(/\/2$/);
});
