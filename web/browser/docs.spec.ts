/** The API documentation, which the API serves without the website. */

import { expect, test } from "./fixture";

test("/docs shows every operation and contacts no other host", async ({ page, sites }) => {
  await page.goto(`${sites.demo.url}/docs`);
  const document = await (await page.request.get(`${sites.demo.url}/openapi.json`)).json();
  const paths = Object.values<object>(document.paths);
  const operations = paths.flatMap((path) => Object.keys(path));
  await expect(page.locator(".opblock")).toHaveCount(operations.length);
});

test("/docs lets a visitor try an operation", async ({ page, sites }) => {
  const asked: string[] = [];
  await page.route("**/v1/status", (route) => {
    asked.push(route.request().method());
    return route.fulfill({ json: { status: "current" } });
  });
  await page.goto(`${sites.demo.url}/docs`);
  const status = page.locator(".opblock", { hasText: "/v1/status" });
  await status.locator(".opblock-summary-control").click();
  await status.getByRole("button", { name: "Try it out" }).click();
  await status.getByRole("button", { name: "Execute" }).click();
  await expect(status.locator(".live-responses-table")).toContainText('"current"');
  expect(asked).toEqual(["GET"]);
});
