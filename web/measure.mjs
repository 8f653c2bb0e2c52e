/**
 * How smoothly the map pans: `node measure.mjs URL ROUNDS`, run by `python -m bench.website`.
 *
 * Drags the map and an empty Leaflet map in turn, in headless Chromium under its tracing. Prints one
 * JSON object: for each map and round, the milliseconds between drawn frames and those of the
 * longest task, and the bytes of scripts and styles in gzip; of the map, also the milliseconds from
 * the first move of the mouse onto a station until the browser has drawn what the station says.
 */

import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { CHROMIUM, FLAGS } from "./chromium.mjs";

const [url, rounds] = [process.argv[2], Number(process.argv[3])];
const EMPTY = "http://empty.invalid/";
/** A mouse reports its position every 8 ms. */
const STEP_MS = 8;
const STEPS = 100;
const WAYS = [
  [-300, 0],
  [300, 120],
  [-200, -160],
  [260, 40],
];

const leaflet = (name) =>
  readFileSync(new URL(`node_modules/leaflet/dist/${name}`, import.meta.url));
const EMPTY_PAGE = `<!doctype html><link rel="stylesheet" href="leaflet.css">
<style>body{margin:0}#map{height:544px;margin:150px 16px;background:#dbe7ee}</style><div id="map"></div>
<script src="leaflet.js"></script>
<script>
const map = L.map("map", {zoomControl:false, attributionControl:false}).setView([25,0],2);
// The browser draws only if something moves.
const grid = L.gridLayer();
grid.createTile = () => { const tile = document.createElement("div"); tile.style.border = "1px solid #888"; return tile; };
grid.addTo(map);
</script>`;

async function serveEmpty(context) {
  await context.route(`${EMPTY}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    return name
      ? route.fulfill({
          body: leaflet(name),
          contentType: name.endsWith("js") ? "text/javascript" : "text/css",
        })
      : route.fulfill({ body: EMPTY_PAGE, contentType: "text/html" });
  });
}

async function traced(browser, page, act) {
  const categories = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "toplevel",
  ];
  await browser.startTracing(page, { categories });
  await act();
  return JSON.parse((await browser.stopTracing()).toString()).traceEvents;
}

/**
 * Drag the map. Moves are sent at a steady pace without waiting for replies: otherwise the time of a
 * frame would include the time until the browser replies.
 */
async function drag(page, [dx, dy]) {
  const box = await page.locator("#map").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const input = await page.context().newCDPSession(page);
  const move = (share) =>
    input.send("Input.dispatchMouseEvent", {
      type: "mouseMoved",
      button: "left",
      buttons: 1,
      x: x + dx * share,
      y: y + dy * share,
    });
  await page.mouse.move(x, y);
  await page.mouse.down();
  const sent = [];
  for (let step = 1; step <= STEPS; step++) {
    sent.push(move(step / STEPS));
    await setTimeout(STEP_MS);
  }
  await Promise.all(sent);
  await page.mouse.up();
  await page.waitForTimeout(100);
  await input.detach();
}

/** Figures of the page's process, which is the one that draws most. */
function figures(events) {
  const byProcess = new Map();
  for (const event of events.filter(({ name }) => name === "DrawFrame")) {
    byProcess.set(event.pid, [...(byProcess.get(event.pid) ?? []), event]);
  }
  const [[pid, drawn]] = [...byProcess].sort((a, b) => b[1].length - a[1].length);
  const times = drawn.map(({ ts }) => ts / 1000).sort((a, b) => a - b);
  const tasks = events.filter((event) => event.pid === pid && /RunTask$/.test(event.name));
  return {
    frames: times.slice(1).map((at, index) => at - times[index]),
    longestTask: Math.max(0, ...tasks.map(({ dur }) => (dur ?? 0) / 1000)),
  };
}

async function measure(browser, address, ready) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  await serveEmpty(context);
  const page = await context.newPage();
  const bytes = [];
  page.on("response", async (response) => {
    if (/\.(js|css)$/.test(new URL(response.url()).pathname)) bytes.push(response.body());
  });
  await page.goto(address);
  await page.waitForSelector(ready);
  const hover = address === EMPTY ? undefined : await firstHover(page);
  await page.waitForTimeout(1000);
  // Warm up tiles and code, as they are for a visitor who has moved the map before.
  for (const way of WAYS) await drag(page, way);
  const found = [];
  for (const way of WAYS) found.push(figures(await traced(browser, page, () => drag(page, way))));
  const sizes = (await Promise.all(bytes)).map((body) => gzipSync(body).length);
  await context.close();
  return {
    frames: found.flatMap(({ frames }) => frames),
    longestTask: Math.max(...found.map(({ longestTask }) => longestTask)),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    hover,
  };
}

/**
 * The time of the first hover, measured in the page: from the event to the frame after the one that
 * draws the tip. The middle of the map is a station.
 */
async function firstHover(page) {
  const measured = page.evaluate(
    () =>
      new Promise((resolve) => {
        const tip = document.getElementById("tip");
        const map = document.getElementById("map");
        let from = 0;
        map.addEventListener("pointermove", (event) => (from ||= event.timeStamp), true);
        new MutationObserver(() => {
          if (tip.hidden) return;
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - from);
            port2.postMessage(0);
          });
        }).observe(tip, { attributes: true });
      }),
  );
  const box = await page.locator("#map").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  return measured;
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
const result = { browser: browser.version(), ours: [], empty: [] };
for (let round = 0; round < rounds; round++) {
  result.empty.push(await measure(browser, EMPTY, "#map.leaflet-container"));
  // The middle of the map is a station of the airport of New York.
  result.ours.push(await measure(browser, `${url}/#temperature/12/40.640/-73.779/4`, "#legend li"));
}
result.station = (await measureStation()).bytes;
await browser.close();
process.stdout.write(`${JSON.stringify(result)}\n`);

async function measureStation() {
  const page = await browser.newPage();
  const bodies = [];
  page.on("response", (response) => {
    if (/\.(js|css)$/.test(new URL(response.url()).pathname)) bodies.push(response.body());
  });
  await page.goto(`${url}/station.html?id=KJFK`);
  await page.waitForSelector(".parameter");
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
  return { bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
