/** The map, with 11,000 stations. */

import type { Page } from "@playwright/test";
import { expect, forecastIsThere, looksRight, mapIsThere, test } from "./fixture";

/** The map around Kennedy airport, which is in its middle. */
const JFK = "/#temperature/now/40.640/-73.779/9";

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
  await page.goto(`${sites.many.url}${JFK}`);
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
  await page.goto(`${sites.many.url}${JFK}`);
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
  await page.goto(`${sites.demo.url}${JFK}`);
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

/** Move the mouse to the middle of the map, where a station is. */
async function pointAtMiddle(page: Page): Promise<void> {
  const box = (await page.locator("#map").boundingBox()) as { x: number; y: number } & {
    width: number;
    height: number;
  };
  await page.mouse.move(box.x + box.width / 2 + 3, box.y + box.height / 2 + 3);
}

test("a station says name, value and interval when the pointer is at it", async ({
  page,
  sites,
  request,
}) => {
  const path = "/v1/stations/KJFK/forecast?parameters=temperature&hours=4";
  const { values } = await (await request.get(sites.many.url + path)).json();
  const [low, value, high] = ["p10", "p50", "p90"].map((name) =>
    values.temperature[name][3].toFixed(1).replace("-", "−"),
  );
  await page.goto(`${sites.many.url}${JFK.replace("now", "3")}`);
  await mapIsThere(page);
  const tip = page.locator("#tip");
  await expect(tip).toBeHidden();
  await pointAtMiddle(page);
  await expect(tip).toContainText("John F Kennedy");
  await expect(tip).toContainText(`Air temperature: ${value} °C`);
  await expect(tip).toContainText(`In 80 % of cases ${low} to ${high} °C`);
  await looksRight(page, "map-hover");
  await page.mouse.move(2, 2);
  await expect(tip).toBeHidden();
});

test("the keyboard points at the station in the middle, and picks it", async ({ page, sites }) => {
  await page.goto(`${sites.many.url}${JFK}`);
  await mapIsThere(page);
  await page.getByRole("button", { name: "Zoom in" }).focus();
  await page.keyboard.press("Shift+Tab");
  await expect(page.locator("#map")).toBeFocused();
  await expect(page.locator("#tip")).toContainText("John F Kennedy");
  await page.keyboard.press("Enter");
  await expect(page.locator("#picked")).toContainText("KJFK");
  await expect(page.locator("#picked .sparkline")).toBeVisible();
  await page.getByRole("button", { name: "Close" }).press("Escape");
  await expect(page.locator("#picked")).toBeHidden();
});

test("a tap is enough on a touch screen", async ({ browser, sites }) => {
  const context = await browser.newContext({
    hasTouch: true,
    isMobile: true,
    viewport: { width: 390, height: 800 },
  });
  const page = await context.newPage();
  await page.goto(`${sites.many.url}${JFK}`);
  await mapIsThere(page);
  await page.locator("#map").tap();
  await expect(page.locator("#picked")).toContainText("KJFK");
  // The map moves up, so that the card does not cover the station.
  await expect(page).toHaveURL(/\/40\.[0-5]\d+\/-73\.779\/9$/);
  await expect(page.locator("#tip")).toBeHidden();
  await context.close();
});

test("the map starts at the stations it has", async ({ page, sites }) => {
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  await page.getByText("List of stations in view").click();
  await expect(page.locator("#in-sight-note")).toHaveText("3 stations in view.");
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect(page).toHaveURL(/#temperature\/now\/40\.\d+\/-7\d\.\d+\/10$/);
  await page.goto(`${sites.demo.url}/#temperature/now/0.000/0.000/5`);
  await page.reload();
  await mapIsThere(page);
  await expect(page.locator("#in-sight")).toBeVisible();
  await page.getByText("List of stations in view").click();
  await expect(page.locator("#in-sight-note")).toHaveText("0 stations in view.");
});

test("stations without room appear as the visitor zooms in", async ({ page, sites }) => {
  await page.goto(`${sites.many.url}/#temperature/now/50/10/4`);
  await mapIsThere(page);
  const waiting = async (): Promise<number> => {
    const text = await page.locator("#waiting").textContent();
    return Number(/^([\d,]+) more stations appear/.exec(text ?? "")?.[1]?.replace(",", ""));
  };
  const before = await waiting();
  expect(before).toBeGreaterThan(1000);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(waiting).toBeLessThan(before);
  await page.goto(`${sites.demo.url}`);
  await mapIsThere(page);
  await expect(page.locator("#waiting")).toBeEmpty();
});

test("countries and cities have names", async ({ page, sites }) => {
  await page.addInitScript(() => {
    const written: string[] = [];
    Object.assign(window, { written });
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      written.push(text);
      write.call(this, text, x, y);
    };
  });
  await page.goto(`${sites.demo.url}/#temperature/now/47/10/5`);
  await mapIsThere(page);
  const written = (): Promise<string[]> =>
    page.evaluate(() => (window as unknown as { written: string[] }).written);
  await expect.poll(written).toEqual(expect.arrayContaining(["AUSTRIA", "Munich", "Milan"]));
});

test("the hour is in the visitor's own time, and can be played", async ({ page, sites }) => {
  const { time } = await (
    await page.request.get(`${sites.many.url}/v1/map/forecasts?parameter=temperature`)
  ).json();
  // Lagos is an hour ahead of UTC.
  const hourAt = (index: number): string => {
    const start = new Date(Date.parse(time[index]));
    const clock = (date: Date): string => date.toISOString().slice(11, 16);
    return `${clock(start)}–${clock(new Date(+start + 3_600_000))}`;
  };
  await page.goto(`${sites.many.url}/#temperature/3`);
  await mapIsThere(page);
  await expect(page.locator("#hour-text")).toContainText(hourAt(3));
  await expect(page.locator("#hour-zone")).toHaveText("your time (GMT+1)");
  await expect(page.locator("#run")).toContainText("(your time, GMT+1)");
  await page.getByRole("button", { name: "Play the 24 hours" }).click();
  await expect(page.locator("#hour-text")).toContainText(hourAt(5));
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Play the 24 hours" })).toBeVisible();
  const current = time.findIndex((each: string) => Date.parse(each) >= Date.now());
  await page.getByRole("slider").fill(current > 11 ? "2" : "20");
  await page.getByRole("button", { name: "Now" }).click();
  await expect(page).toHaveURL(/#temperature\/now\//);
  await expect(page.getByRole("button", { name: "Now" })).toBeHidden();
});

test("find me marks the visitor and the nearest station", async ({ page, sites, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 52.52, longitude: 13.4 });
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await page.getByRole("button", { name: "Find me" }).click();
  await expect(page.locator(".you")).toBeInViewport();
  await expect(page.locator("#picked .where")).toHaveText(
    /^ED\w\w · Germany · \d+(\.\d)? km from you$/,
  );
  await expect(page).toHaveURL(/52\.52\d\/13\.(4\d\d|39\d)\/8/);
  await page.getByLabel("Units").selectOption("us");
  await expect(page.locator("#picked .where")).toContainText("mi from you");
  await looksRight(page, "map-find-me");
});

test("find me also shows a nearest station that is far away", async ({ page, sites, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 52.52, longitude: 13.4 });
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  await page.getByRole("button", { name: "Find me" }).click();
  await expect(page.locator("#picked .where")).toContainText(/ · 6,\d{3} km from you$/);
  await expect(page).toHaveURL(/\/3$/);
  await expect(page.locator(".you")).toBeInViewport();
});

test("find me says that the visitor shares no location", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await page.getByRole("button", { name: "Find me" }).click();
  await expect(page.getByRole("button", { name: "Location not available" })).toBeVisible();
});

test("the keyboard moves and zooms the map", async ({ page, sites }) => {
  await page.goto(`${sites.many.url}/#temperature/now/25/0/2`);
  await mapIsThere(page);
  await page.locator("#map").focus();
  await page.keyboard.press("+");
  await expect(page).toHaveURL(/\/3$/);
  await page.keyboard.press("ArrowRight");
  await expect(page).not.toHaveURL(/\/0\.000\/3$/);
  await page.getByRole("button", { name: "Zoom out" }).press("Enter");
  await expect(page).toHaveURL(/\/2$/);
});
