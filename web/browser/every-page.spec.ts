/** Every page at three widths and in both themes: nothing overflows, and axe finds nothing. */

import { expect, forecastIsThere, isAccessible, mapIsThere, test } from "./fixture";
import type { Sites } from "./sites";

const WIDTHS = [360, 768, 1440];
/** Where pictures are kept, to be looked at. */
const LOOKS = "test-results/every-page";
const THEMES = ["light", "dark"] as const;

const ready = {
  map: mapIsThere,
  station: forecastIsThere,
  compare: (page) => expect(page.locator("#chart canvas")).toBeVisible(),
  verification: (page) => expect(page.locator("#skill table")).toBeVisible(),
  embed: (page) => expect(page.locator("dt").first()).toBeVisible(),
  "not-found": (page) => expect(page.getByRole("heading", { level: 1 })).toBeVisible(),
} satisfies Record<string, typeof mapIsThere>;

const PAGES: [keyof Sites, keyof typeof ready, string][] = [
  ["demo", "map", "/"],
  ["demo", "station", "/station.html?id=JFK"],
  ["demo", "compare", "/compare.html?stations=JFK,LGA,EWR"],
  ["demo", "verification", "/verification.html"],
  ["demo", "embed", "/embed.html?id=JFK"],
  ["demo", "not-found", "/nowhere.html"],
  ["many", "map", "/"],
  ["odd", "station", "/station.html?id=EMOJI"],
];

for (const [site, name, address] of PAGES) {
  test(`${site}: ${name} at every width, light and dark`, async ({ page, sites, complaints }) => {
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: WIDTHS[0] as number, height: 900 });
      await page.goto(sites[site].url + address);
      await ready[name](page);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const needed = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(needed, `${width} px`).toBeLessThanOrEqual(width);
        await page.screenshot({ path: `${LOOKS}/${site}-${name}-${width}-${colorScheme}.png` });
        await isAccessible(page);
      }
    }
    // The browser itself notes the status of a page that is not there.
    if (name === "not-found") complaints.splice(0);
  });
}
