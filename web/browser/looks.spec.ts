/** Dark mode, phones, reduced motion, no JavaScript, and the size of the first load. */

import { gzipSync } from "node:zlib";
import { expect, forecastIsThere, looksRight, mapIsThere, test } from "./fixture";

const JFK = "/station.html?id=JFK";

test("dark, if the visitor's system is", async ({ page, sites }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await looksRight(page, "map-dark");
  await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  await looksRight(page, "station-dark");
});

test("on a phone nothing overflows and everything is large enough to press", async ({
  page,
  sites,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [name, address] of [
    ["map-phone", sites.many.url],
    ["station-phone", sites.demo.url + JFK],
  ] as const) {
    await page.goto(address);
    await expect(page.locator("#run")).toContainText("Run 2");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      360,
    );
    const small = await page
      .locator("button:visible, select:visible")
      .evaluateAll((all) => all.filter((each) => each.getBoundingClientRect().height < 24).length);
    expect(small).toBe(0);
    await looksRight(page, name);
  }
});

test("with reduced motion the map does not glide", async ({ page, sites }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(sites.many.url);
  await mapIsThere(page);
  await expect(page.locator("#map")).not.toHaveClass(/leaflet-(fade|zoom)-anim/);
});

for (const path of ["/", JFK]) {
  test(`the first load of ${path} is small`, async ({ page, sites }) => {
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (/\.(js|css)$/.test(new URL(response.url()).pathname)) bodies.push(response.body());
    });
    await page.goto(sites.demo.url + path);
    await expect(page.locator("#run")).toContainText("Run 2");
    const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });
}

test("there are no cookies, and page and header have the same policy", async ({
  page,
  sites,
  context,
}) => {
  const response = await page.goto(sites.demo.url + JFK);
  await forecastIsThere(page);
  expect(await context.cookies()).toEqual([]);
  const sent = response?.headers()["content-security-policy"];
  const meta = page.locator("meta[http-equiv=Content-Security-Policy]");
  expect(sent).toBe(`${await meta.getAttribute("content")}; frame-ancestors 'none'`);
});

test("the browser refuses to parse text as HTML", async ({ page, sites, complaints }) => {
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  const refused = await page.evaluate(() => {
    try {
      document.body.innerHTML = "<img src=x>";
    } catch (error) {
      return String(error);
    }
    return "";
  });
  expect(refused).toContain("TrustedHTML");
  complaints.splice(0);
});

test("without JavaScript the page says that it is needed", async ({ sites, request }) => {
  // Playwright disables scripts without telling the parser, which then ignores <noscript>.
  const page = await request.get(sites.demo.url, { headers: { accept: "text/html" } });
  expect(await page.text()).toMatch(/<noscript><p class="banner over">.*JavaScript/);
});
