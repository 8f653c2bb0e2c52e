/** Search while typing. */

import type { Locator, Page } from "@playwright/test";
import { expect, forecastIsThere, looksRight, mapIsThere, stations, test } from "./fixture";

const field = (page: Page): Locator => page.getByRole("combobox", { name: /Search/ });
const note = (page: Page): Locator => page.locator("#search-note");

/** What the page asks the API's search for, in order. */
function searches(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === "/v1/stations") asked.push(searchParams.get("q") ?? "");
  });
  return asked;
}

test("a name is found while typing, by keyboard only", async ({ page, sites }) => {
  await page.goto(sites.many.url);
  await page.keyboard.press("Tab"); // Skip link
  await page.keyboard.press("Tab"); // Name of the site
  await page.keyboard.press("Tab");
  const search = field(page);
  await expect(search).toBeFocused();
  await page.keyboard.type("zurich");
  await expect(stations(page).first()).toContainText("Zurich");
  await looksRight(page, "search");
  await page.keyboard.press("ArrowDown");
  await expect(search).toHaveAttribute("aria-activedescendant", "search-0");
  await page.keyboard.press("ArrowUp");
  await expect(search).toHaveAttribute("aria-activedescendant", "search-7");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await forecastIsThere(page);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Zurich");
});

for (const [typed, expected] of [
  ["KJFK", "John F Kennedy"],
  ["jfk", "John F Kennedy"],
  ["new york", "John F Kennedy"],
  ["Berlin", "Berlin"],
  ["Munchen", "Munich"],
  ["munchn", "Munich"],
  ["iceland", "Iceland"],
  ["ken john", "John F Kennedy"],
  ["40.64, -73.78", "John F Kennedy"],
] as const) {
  test(`“${typed}” finds ${expected} among 11,000`, async ({ page, sites }) => {
    await page.goto(`${sites.many.url}/verification.html`);
    await field(page).fill(typed);
    await expect(stations(page).first()).toContainText(expected);
  });
}

test("a town leads to its airports, the largest first, with the distance", async ({
  page,
  sites,
}) => {
  await page.goto(sites.demo.url);
  await field(page).fill("new york");
  await expect(stations(page)).toHaveCount(3);
  await expect(stations(page).first()).toHaveText(
    /John F Kennedy Intl.*JFK · (21 km|13 mi) from New York City, New York, United States/,
  );
  await expect(note(page)).toHaveText("3 found");
  await looksRight(page, "search-town");
});

test("nothing found is said to everyone, with what was meant", async ({ page, sites }) => {
  await page.goto(sites.demo.url);
  const search = field(page);
  await search.fill("kennedy qqqq");
  await expect(note(page)).toContainText("Nothing found for “kennedy qqqq”. Did you mean:");
  await expect(note(page)).toBeVisible();
  await looksRight(page, "search-nothing");
  await search.press("Tab");
  const meant = page.getByRole("button", { name: "John F Kennedy Intl" });
  await expect(meant).toBeFocused();
  await meant.press("Enter");
  await expect(search).toBeFocused();
  await expect(search).toHaveValue("John F Kennedy Intl");
  await expect(stations(page)).toHaveCount(1);
  await expect(note(page)).toHaveClass("unseen");

  await search.fill("qqqq");
  await expect(note(page)).toHaveText(
    "Nothing found for “qqqq”. Try another town, or a part of a name.",
  );
  await search.press("Escape");
  await expect(note(page)).toHaveClass("unseen");
});

test("Escape and leaving the field close the list", async ({ page, sites }) => {
  await page.goto(sites.demo.url);
  const search = field(page);
  await search.fill("kennedy");
  await expect(stations(page)).toHaveCount(1);
  await search.press("Escape");
  await expect(stations(page)).toHaveCount(0);
  await search.fill("guardia");
  await expect(stations(page)).toHaveCount(1);
  await search.press("Tab");
  await expect(stations(page)).toHaveCount(0);
});

test("coordinates that no place has are refused with the reason", async ({
  page,
  sites,
  complaints,
}) => {
  await page.goto(sites.demo.url);
  await field(page).fill("91,0");
  await expect(note(page)).toHaveText(
    "The search failed: 91 is not a latitude, which is -90 to 90 degrees.",
  );
  complaints.length = 0; // The browser reports the answer, which is an error.
});

test("one pause, one request; nothing is sent before", async ({ page, sites }) => {
  await page.clock.install();
  const asked = searches(page);
  await page.goto(`${sites.demo.url}/verification.html`);
  await page.clock.pauseAt(Date.now() + 60_000);
  await field(page).focus();
  await page.keyboard.type("kenn");
  await page.keyboard.type("edy");
  expect(asked).toEqual([]);
  await page.clock.runFor(200);
  await expect(stations(page)).toHaveCount(1);
  expect(asked).toEqual(["kennedy"]);
});

test("an answer that comes too late is given up", async ({ page, sites }) => {
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/q=guardia/, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await page.goto(sites.demo.url);
  const first = page.waitForEvent("requestfailed", (request) => /q=guardia/.test(request.url()));
  const sent = page.waitForRequest(/q=guardia/);
  await field(page).fill("guardia");
  await sent;
  await field(page).fill("kennedy");
  await first;
  answer();
  await expect(stations(page)).toHaveText([/John F Kennedy/]);
});

test("Enter opens the best station for what was typed, before it is shown", async ({
  page,
  sites,
}) => {
  await page.clock.install();
  await page.goto(`${sites.demo.url}/verification.html`);
  await page.clock.pauseAt(Date.now() + 60_000);
  await field(page).focus();
  await page.keyboard.type("guardia");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("La Guardia");
});

test("offline, the field says so", async ({ page, sites, context, complaints }) => {
  await page.goto(sites.demo.url);
  await mapIsThere(page);
  await context.setOffline(true);
  await field(page).fill("kennedy");
  await expect(note(page)).toHaveText("You are offline, and the search needs a connection.");
  await context.setOffline(false);
  await page.route("**/v1/stations?*", (route) => route.abort());
  await field(page).fill("kenned");
  await expect(note(page)).toHaveText("The search could not reach the service. Try again.");
  complaints.length = 0; // The browser reports the requests, which had no answer.
});

test("the last stations are offered in an empty field, until they are cleared", async ({
  page,
  sites,
}) => {
  await page.goto(`${sites.demo.url}/verification.html`);
  const search = field(page);
  await search.focus();
  await expect(stations(page)).toHaveCount(0);
  for (const name of ["guardia", "kennedy", "guardia"]) {
    await search.fill(name);
    await stations(page).click();
    await forecastIsThere(page);
  }
  const asked = searches(page);
  await search.focus();
  await expect(stations(page)).toHaveText([/La Guardia.*LGA/, /John F Kennedy Intl.*JFK/]);
  await looksRight(page, "search-recent");
  expect(asked).toEqual([]);
  await search.press("ArrowDown");
  await search.press("ArrowDown");
  await search.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("John F Kennedy Intl");
  await search.focus();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(stations(page)).toHaveCount(0);
  await page.reload();
  await forecastIsThere(page);
  await search.focus();
  await expect(stations(page)).toHaveCount(0);
});

test("what another program has left in the browser's storage does no harm", async ({
  page,
  sites,
}) => {
  await page.addInitScript(() => localStorage.setItem("recent-stations", '[{"id": 1}, null, "x"]'));
  await page.goto(sites.demo.url);
  await field(page).focus();
  await expect(stations(page)).toHaveCount(0);
  await field(page).fill("kennedy");
  await expect(stations(page)).toHaveCount(1);
});

for (const [width, theme] of [
  [360, "light"],
  [360, "dark"],
  [768, "dark"],
  [1440, "light"],
] as const) {
  test(`search at ${width} px, ${theme}`, async ({ page, sites }) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(sites.many.url);
    await mapIsThere(page);
    await field(page).fill("san jose");
    await expect(stations(page)).toHaveCount(8);
    await looksRight(page, `search-${width}-${theme}`);
    await field(page).fill("xyzzy brooklyn");
    await expect(note(page)).toContainText("Did you mean");
    await looksRight(page, `search-nothing-${width}-${theme}`);
  });
}
