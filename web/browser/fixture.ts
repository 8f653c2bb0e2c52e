/** Checks that every browser test makes in addition to its own. */

import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { type Sites, sites } from "./sites";

interface Fixtures {
  sites: Sites;
  /** Errors that the page reported. A test that provokes errors empties the list. */
  complaints: string[];
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for the braces.
  sites: async ({}, use) => use(sites()),
  complaints: [
    async ({ page }, use) => {
      const found: string[] = [];
      page.on("pageerror", (error) => found.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") found.push(message.text());
      });
      page.on("request", (request) => {
        const { hostname, protocol } = new URL(request.url());
        if (protocol !== "data:" && hostname !== "127.0.0.1") found.push(`asked ${request.url()}`);
      });
      await use(found);
      expect(found, "errors, policy violations, requests to other hosts").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Wait until the map shows the stations. */
export async function mapIsThere(page: Page): Promise<void> {
  await expect(page.locator("#legend li").first()).toBeVisible();
  await expect(page.locator("#loading")).toBeHidden();
}

/** Wait until the station page shows its charts or tables. */
export async function forecastIsThere(page: Page): Promise<void> {
  await expect(page.locator(".parameter").first()).toBeVisible();
}

/** The stations that the search field offers. */
export const stations = (page: Page): Locator =>
  page.getByRole("listbox", { name: "Stations" }).getByRole("option");

const SCREENSHOTS = process.env.SCREENSHOTS ?? "test-results/screenshots";

/** Check the page with axe, and take a screenshot. */
export async function looksRight(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: "disabled" });
  await isAccessible(page);
}

/** Check the page with axe. */
export async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const told = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`,
  );
  expect(told).toEqual([]);
}
