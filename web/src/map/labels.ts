/**
 * Names of countries and cities on the map, below the stations: a name that would be covered by a
 * dot or by another name is left out.
 *
 * Countries are those of the basemap. Cities are GeoNames' largest, in a file of the site that is
 * fetched after the map is shown.
 */

import type L from "leaflet";
import { cssColour, onColourScheme } from "../dom";
import { CanvasLayer, type CanvasView, copies, ratio } from "./canvas-layer";
import citiesUrl from "./cities.json?url";
import { projected, WORLD } from "./mercator";
import type { Occupancy } from "./occupancy";

/** A name and where it belongs on the map at zoom 0. */
export interface Named {
  name: string;
  x: number;
  y: number;
  /** From which zoom on it is worth its room; countries also have one after which it is not. */
  from: number;
  until?: number;
}

const HEIGHT = 14;
const FONTS = { country: "600 11px system-ui, sans-serif", city: "12px system-ui, sans-serif" };
/** How many of the largest cities have a name at each zoom; at closer ones all of them. */
const CITIES_AT = [
  [2, 12],
  [3, 60],
  [4, 200],
  [5, 500],
] as const;
const LAST_ZOOM = 6;

export class Labels extends CanvasLayer {
  #countries: readonly Named[] = [];
  #cities: readonly Named[] = [];

  /** @param taken returns what dots take of a canvas of the same size and position. */
  constructor(readonly taken: () => Occupancy) {
    super("labels");
  }

  /** Show the names of countries. */
  name(countries: readonly Named[]): void {
    this.#countries = countries;
    this.redraw();
  }

  /** Fetch the cities; the map is worth showing without them. */
  async load(): Promise<void> {
    const answer = await fetch(citiesUrl);
    const rows = (await answer.json()) as [string, number, number][];
    this.#cities = rows.map(([name, latitude, longitude], rank) => {
      const [x, y] = projected(latitude, longitude);
      return { name, x, y, from: CITIES_AT.find(([, most]) => rank < most)?.[0] ?? LAST_ZOOM };
    });
    this.redraw();
  }

  override onAdd(map: L.Map): this {
    super.onAdd(map);
    onColourScheme(() => this.redraw());
    return this;
  }

  protected override draw(context: CanvasRenderingContext2D, view: CanvasView): void {
    const zoom = Math.log2(view.scale);
    context.setTransform(ratio(), 0, 0, ratio(), 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    context.textBaseline = "middle";
    context.textAlign = "center";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = cssColour("--land");
    const taken = this.taken().copy();
    for (const [kind, names] of [
      ["country", this.#countries],
      ["city", this.#cities],
    ] as const) {
      context.font = FONTS[kind];
      context.fillStyle = cssColour(kind === "country" ? "--dim" : "--text");
      for (const each of names) {
        if (zoom < each.from || zoom > (each.until ?? zoom)) continue;
        for (const copy of copies(view)) this.#write(context, view, copy, each, kind, taken);
      }
    }
  }

  /** Write a name at the first of the places around its own that is free. */
  #write(
    context: CanvasRenderingContext2D,
    { scale, left, top, width, height }: CanvasView,
    copy: number,
    { name, x, y }: Named,
    kind: "country" | "city",
    taken: Occupancy,
  ): void {
    const [centre, middle] = [(x + copy * WORLD) * scale - left, y * scale - top];
    if (centre < 0 || middle < 0 || centre > width || middle > height) return;
    const text = kind === "country" ? name.toUpperCase() : name;
    const half = context.measureText(text).width / 2 + 2;
    const around = kind === "country" ? COUNTRY_PLACES : cityPlaces(half);
    for (const [right, down] of around) {
      const [at, line] = [centre + right, middle + down];
      const box = [at - half, line - HEIGHT / 2, at + half, line + HEIGHT / 2] as const;
      if (!taken.isFree(...box)) continue;
      taken.take(...box);
      context.strokeText(text, at, line);
      context.fillText(text, at, line);
      if (kind === "city") point(context, centre, middle);
      return;
    }
  }
}

const COUNTRY_PLACES = [0, -14, 14].flatMap((down) =>
  [0, -16, 16].map((right) => [right, down] as const),
);

/** Right, left, above and below the city. */
const cityPlaces = (half: number): (readonly [number, number])[] => [
  [half + 5, 0],
  [-half - 5, 0],
  [0, -HEIGHT + 2],
  [0, HEIGHT - 2],
];

function point(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.arc(x, y, 1.8, 0, 2 * Math.PI);
  context.fill();
}
