/**
 * Thousands of stations on one canvas.
 *
 * Leaflet's circle markers are objects, and each is drawn as a path. Here a station is two numbers
 * and the index of its class, and its dot is copied pixel by pixel (`sprite.ts`). Where dots would
 * cover each other, some wait until the map is closer (`thinning.ts`).
 */

import L from "leaflet";
import { CanvasLayer, type CanvasView, copies, ratio } from "./canvas-layer";
import { projected, WORLD } from "./mercator";
import { Occupancy } from "./occupancy";
import type { Place, Places } from "./places";
import { dot, type Sprite, stamp } from "./sprite";
import { drawnFrom } from "./thinning";

/** No class: the station has no forecast for the parameter. */
export const NO_CLASS = -1;

/** A pointer this near to a dot means it, in pixels. */
const NEAR_PIXELS = 14;
const ZOOMS = [1, 12] as const;

export class Points extends CanvasLayer {
  #x = new Float64Array(0);
  #y = new Float64Array(0);
  #from: Uint8Array = new Uint8Array(0);
  #classes: Int8Array = new Int8Array(0);
  #valued = "";
  #sprites: Sprite[] = [];
  #missing: Sprite | undefined;
  #picture: ImageData | undefined;
  #colours: readonly string[] = [];
  #ring = "";
  #chosen = -1;
  #radius = 0;
  #taken = new Occupancy(0, 0);

  constructor(readonly drawn: () => void) {
    super("overlayPane");
  }

  /** What dots take of the canvas. */
  get taken(): Occupancy {
    return this.#taken;
  }

  /** Set the locations; nothing is drawn before `colour`. */
  place({ latitude, longitude }: Places): void {
    const places = latitude.map((each, index) => projected(each, longitude[index] ?? 0));
    this.#x = Float64Array.from(places, ([x]) => x);
    this.#y = Float64Array.from(places, ([, y]) => y);
    this.#classes = new Int8Array(places.length).fill(NO_CLASS);
    this.#from = new Uint8Array(places.length);
    this.#valued = "";
  }

  /**
   * Give each station its class, and each class its colour.
   *
   * @param shown names what has values: stations are chosen anew only if it changes.
   */
  colour(classes: Int8Array, colours: readonly string[], ring: string, shown: string): void {
    this.#classes = classes;
    this.#colours = colours;
    this.#ring = ring;
    if (this.#valued !== shown) {
      this.#valued = shown;
      const hasValue = (index: number): boolean => classes[index] !== NO_CLASS;
      this.#from = drawnFrom(this.#x, this.#y, hasValue, spacing, ZOOMS);
    }
    this.#paint();
    this.redraw();
  }

  choose(index: number): void {
    this.#chosen = index;
    this.redraw();
  }

  /** How many stations wait until the map is closer. */
  get waiting(): number {
    const zoom = this.#zoom();
    return this.#from.reduce((sum, from) => sum + Number(from > zoom), 0);
  }

  /** The station whose dot is at a point of the map's container; -1 if none is near. */
  at(place: L.Point): number {
    return this.nearest(place, NEAR_PIXELS);
  }

  /** The drawn station nearest to a point of the map's container, at most `limit` pixels away; or -1. */
  nearest(place: L.Point, limit: number): number {
    const { scale, left, top } = this.#window();
    const zoom = this.#zoom();
    let best = -1;
    let least = limit ** 2;
    const width = WORLD * scale;
    for (let index = 0; index < this.#x.length; index++) {
      if (!this.#isDrawn(index, zoom)) continue;
      const x = wrapped((this.#x[index] as number) * scale - left - place.x, width);
      const y = (this.#y[index] as number) * scale - top - place.y;
      const distance = x * x + y * y;
      if (distance < least) {
        least = distance;
        best = index;
      }
    }
    return best;
  }

  /** The position of a station in the map's container. */
  placeOf(index: number): L.Point {
    const { scale, left, top, half } = this.#window();
    const x = wrapped((this.#x[index] as number) * scale - left - half, WORLD * scale) + half;
    return L.point(x, (this.#y[index] as number) * scale - top);
  }

  /** The position of any place in the map's container. */
  positionOf({ latitude, longitude }: Place): L.Point {
    const { scale, left, top, half } = this.#window();
    const [x, y] = projected(latitude, longitude);
    return L.point(wrapped(x * scale - left - half, WORLD * scale) + half, y * scale - top);
  }

  /** The stations in view, drawn or not, at most `most`. */
  inSight(most: number): number[] {
    const size = this.map?.getSize() ?? L.point(0, 0);
    const found: number[] = [];
    for (let index = 0; index < this.#x.length && found.length < most; index++) {
      const { x, y } = this.placeOf(index);
      if (x >= 0 && y >= 0 && x <= size.x && y <= size.y) found.push(index);
    }
    return found;
  }

  protected override draw(context: CanvasRenderingContext2D, view: CanvasView): void {
    if (this.#radius !== this.#radiusNow()) this.#paint();
    const picture = this.#emptied(context, context.canvas.width, context.canvas.height);
    this.#taken = new Occupancy(view.width, view.height);
    const marks = copies(view).flatMap((copy) =>
      this.#copyDots(picture, { ...view, left: view.left - copy * WORLD * view.scale }),
    );
    context.putImageData(picture, 0, 0);
    for (const { x, y } of marks) mark(context, x, y, (this.#radius + 4) * ratio());
    this.drawn();
  }

  /** Draw one dot for each class; their size depends on the zoom. */
  #paint(): void {
    const radius = this.#radiusNow();
    this.#radius = radius;
    this.#sprites = this.#colours.map((colour) => dot(colour, this.#ring, radius));
    this.#missing = dot("transparent", this.#ring, radius * 0.6);
  }

  #zoom(): number {
    return this.map?.getZoom() ?? ZOOMS[0];
  }

  #radiusNow(): number {
    return radiusAt(this.#zoom());
  }

  #isDrawn(index: number, zoom: number): boolean {
    return (this.#from[index] as number) <= zoom || index === this.#chosen;
  }

  #window(): { scale: number; left: number; top: number; half: number } {
    if (!this.map) return { scale: 1, left: 0, top: 0, half: 0 };
    const { min } = this.map.getPixelBounds() as { min: L.Point };
    const half = this.map.getSize().x / 2;
    return { scale: 2 ** this.map.getZoom(), left: min.x, top: min.y, half };
  }

  /** An empty picture: the previous one, cleared, if its size fits. */
  #emptied(context: CanvasRenderingContext2D, width: number, height: number): ImageData {
    if (this.#picture?.width === width && this.#picture.height === height) {
      this.#picture.data.fill(0);
    } else {
      this.#picture = context.createImageData(width, height);
    }
    return this.#picture;
  }

  /** Draw the dots of one copy of the world; return the position of the chosen one. */
  #copyDots(picture: ImageData, { left, top, scale }: CanvasView): L.Point[] {
    const pixels = new Uint32Array(picture.data.buffer);
    const marks: L.Point[] = [];
    const by = ratio();
    const zoom = this.#zoom();
    const around = this.#radius + 1;
    for (let index = 0; index < this.#x.length; index++) {
      if (!this.#isDrawn(index, zoom)) continue;
      const x = (this.#x[index] as number) * scale - left;
      const y = (this.#y[index] as number) * scale - top;
      const sprite = this.#sprites[this.#classes[index] as number] ?? this.#missing;
      const [column, row] = [Math.round(x * by), Math.round(y * by)];
      if (sprite) stamp(pixels, picture.width, picture.height, sprite, column, row);
      this.#taken.take(x - around, y - around, x + around, y + around);
      if (index === this.#chosen) marks.push(L.point(column, row));
    }
    return marks;
  }
}

/** In pixels; on a map of the world, more and smaller dots say more. */
const radiusAt = (zoom: number): number => Math.min(8.5, 4 + zoom / 2);
const spacing = (zoom: number): number => 2 * radiusAt(zoom) + 3;

/** The shorter of the two distances around the globe. */
const wrapped = (distance: number, width: number): number =>
  distance - Math.round(distance / width) * width;

function mark(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  for (const [colour, width] of [
    ["#ffffff", 5],
    ["#000000", 2],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}
