/**
 * Coastlines and borders, drawn from a file of the site, so no tile server is needed.
 *
 * The shapes are Natural Earth's countries, from the package world-atlas, in two levels of detail.
 * Each tile is a canvas that draws only the shapes that touch it.
 */

import L from "leaflet";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import fineUrl from "world-atlas/countries-50m.json?url";
import coarseUrl from "world-atlas/countries-110m.json?url";
import { cssColour, onColourScheme } from "../dom";
import type { Named } from "./labels";
import { projected, WORLD } from "./mercator";

type World = Topology<{
  countries: GeometryCollection<{ name: string }>;
  land: GeometryCollection;
}>;

interface Shape {
  /** Coordinates on the map at zoom 0, x and y in turn, from 0 to 256. */
  rings: Float32Array[];
  west: number;
  north: number;
  east: number;
  south: number;
}

interface Shapes {
  land: Shape[];
  borders: Shape[];
  countries: () => Named[];
}

const TILE = WORLD;
/** From this zoom level on, the finer shapes are worth their 230 kB. */
const FINE_ZOOM = 4;
/** About the width of a letter of a country's name, in pixels. */
const LETTER = 7;
/** A country that is much wider than its name is one that the visitor is in. */
const NAMED_ZOOMS = 4;

export class Basemap extends L.GridLayer {
  /** Takes the names of the countries when they are known. */
  named: (countries: readonly Named[]) => void = () => undefined;
  #coarse: Shapes | undefined;
  #fine: Shapes | undefined;
  #colours = colours();

  /** Fetch the shapes that a zoom level needs, and draw them. */
  async load(zoom: number): Promise<void> {
    const isFine = zoom >= FINE_ZOOM;
    if (isFine ? this.#fine : this.#coarse) return;
    const found = await shapes(isFine ? fineUrl : coarseUrl);
    if (!this.#fine && !this.#coarse) this.named(found.countries());
    if (isFine) this.#fine = found;
    else this.#coarse = found;
    this.redraw();
  }

  override onAdd(map: L.Map): this {
    super.onAdd(map);
    onColourScheme(() => {
      this.#colours = colours();
      this.redraw();
    });
    const load = (): void => void this.load(map.getZoom()).catch(() => undefined);
    map.on("zoomend", load);
    load();
    return this;
  }

  override createTile(coords: L.Coords): HTMLElement {
    const tile = document.createElement("canvas");
    const ratio = Math.min(2, devicePixelRatio);
    tile.width = TILE * ratio;
    tile.height = TILE * ratio;
    const found =
      coords.z >= FINE_ZOOM ? (this.#fine ?? this.#coarse) : (this.#coarse ?? this.#fine);
    const context = tile.getContext("2d");
    if (context && found) draw(context, found, coords, ratio, this.#colours);
    return tile;
  }
}

type Colours = ReturnType<typeof colours>;

const colours = () => ({
  land: cssColour("--land"),
  coast: cssColour("--coast"),
  border: cssColour("--border-line"),
});

async function shapes(url: string): Promise<Shapes> {
  const response = await fetch(url);
  const world = (await response.json()) as World;
  const land = feature(world, world.objects.land);
  const polygons = land.features.flatMap(({ geometry }) =>
    geometry.type === "MultiPolygon" ? geometry.coordinates : [],
  );
  const borders = mesh(world, world.objects.countries, (a, b) => a !== b);
  return {
    land: polygons.map((rings) => shape(rings)),
    borders: borders.coordinates.map((line) => shape([line])),
    countries: () =>
      feature(world, world.objects.countries).features.flatMap(({ geometry, properties }) =>
        geometry.type === "Polygon"
          ? [countryName(properties.name, [geometry.coordinates])]
          : geometry.type === "MultiPolygon"
            ? [countryName(properties.name, geometry.coordinates)]
            : [],
      ),
  };
}

/** Where the name of a country is: the middle of its largest part. */
function countryName(name: string, polygons: number[][][][]): Named {
  const parts = polygons.map((rings) => middle(shape(rings.slice(0, 1)).rings[0] as Float32Array));
  const largest = parts.reduce((one, other) => (other.area > one.area ? other : one));
  // A name has room if the country is about as wide as it.
  const from = Math.ceil(Math.log2((name.length * LETTER) / Math.sqrt(largest.area)));
  return { name, x: largest.x, y: largest.y, from: Math.max(2, from), until: from + NAMED_ZOOMS };
}

/** The area of a ring and the middle of that area. */
function middle(ring: Float32Array): { area: number; x: number; y: number } {
  let [double, x, y] = [0, 0, 0];
  for (let at = 0; at + 3 < ring.length; at += 2) {
    const [x1, y1, x2, y2] = ring.subarray(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const cross = x1 * y2 - x2 * y1;
    double += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  }
  const area = Math.abs(double / 2);
  return area ? { area, x: x / (3 * double), y: y / (3 * double) } : { area, x: 0, y: 0 };
}

function shape(lines: number[][][]): Shape {
  const rings = lines.map((line) =>
    Float32Array.from(
      unrolled(line).flatMap(([longitude = 0, latitude = 0]) => projected(latitude, longitude)),
    ),
  );
  const [outer] = rings as [Float32Array];
  const made = { rings, west: 512, north: 256, east: -256, south: 0 };
  for (let at = 0; at < outer.length; at += 2) {
    const x = outer[at] as number;
    const y = outer[at + 1] as number;
    made.west = Math.min(made.west, x);
    made.east = Math.max(made.east, x);
    made.north = Math.min(made.north, y);
    made.south = Math.max(made.south, y);
  }
  return made;
}

/** Let a line that crosses the date line continue beyond 180 degrees. */
function unrolled(line: number[][]): number[][] {
  let turns = 0;
  let before = line[0]?.[0] ?? 0;
  const found = line.map(([longitude = 0, latitude = 0]) => {
    if (longitude - before > 180) turns -= 360;
    if (longitude - before < -180) turns += 360;
    before = longitude;
    return [longitude + turns, latitude];
  });
  // Only Antarctica goes all the way around the globe; its outline is closed below the pole.
  const end = (line[0]?.[0] ?? 0) + turns;
  return turns ? [...found, [end, -90], [line[0]?.[0] ?? 0, -90]] : found;
}

const INSIDE = 0;
/** Pixels beyond the edge of a tile that a line is wide. */
const EDGE = 2;

/** The edge of a tile that a point is beyond. */
function sideOf(x: number, y: number): number {
  if (x < -EDGE) return 1;
  if (x > TILE + EDGE) return 2;
  if (y < -EDGE) return 3;
  return y > TILE + EDGE ? 4 : INSIDE;
}

function draw(
  context: CanvasRenderingContext2D,
  { land, borders }: Shapes,
  coords: L.Coords,
  ratio: number,
  colours: Colours,
): void {
  const scale = 2 ** coords.z;
  // Shapes that continue beyond the date line also appear at the other edge of the world.
  const shifts = [-TILE, 0, TILE];
  const touches = (each: Shape, shift: number): boolean =>
    (each.east + shift) * scale >= coords.x * TILE - 2 &&
    (each.west + shift) * scale <= (coords.x + 1) * TILE + 2 &&
    each.south * scale >= coords.y * TILE - 2 &&
    each.north * scale <= (coords.y + 1) * TILE + 2;
  const trace = (each: Shape): void => {
    for (const shift of shifts) if (touches(each, shift)) follow(each, shift);
  };
  const follow = (each: Shape, shift: number): void => {
    for (const ring of each.rings) {
      let before = INSIDE;
      let [skippedX, skippedY] = [Number.NaN, 0];
      for (let at = 0; at < ring.length; at += 2) {
        const x = ((ring[at] as number) + shift) * scale - coords.x * TILE;
        const y = (ring[at + 1] as number) * scale - coords.y * TILE;
        const side = sideOf(x, y);
        // Of points in a row that are beyond the same edge, the first and the last are enough.
        if (at > 0 && side !== INSIDE && side === before) {
          [skippedX, skippedY] = [x, y];
          continue;
        }
        if (!Number.isNaN(skippedX)) context.lineTo(skippedX, skippedY);
        skippedX = Number.NaN;
        if (at === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
        before = side;
      }
      if (!Number.isNaN(skippedX)) context.lineTo(skippedX, skippedY);
    }
  };
  context.scale(ratio, ratio);
  context.beginPath();
  land.forEach(trace);
  context.fillStyle = colours.land;
  context.fill("evenodd");
  context.strokeStyle = colours.coast;
  context.lineWidth = 0.8;
  context.stroke();
  context.beginPath();
  borders.forEach(trace);
  context.strokeStyle = colours.border;
  context.lineWidth = 0.6;
  context.stroke();
}
