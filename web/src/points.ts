/**
 * Thousands of stations on one canvas.
 *
 * Leaflet's circle markers are objects, and each is drawn as a path. Here a station is two numbers
 * and the index of its class. The pixels of ready-made dots are copied into those of the canvas: for
 * 11,000 dots that takes a few milliseconds, while `drawImage` takes seventy. While the map is
 * dragged nothing is drawn; the canvas moves with the map.
 */

import L from "leaflet";

export interface Dots {
  latitude: readonly number[];
  longitude: readonly number[];
}

/** No class: the station has no forecast for the parameter. */
export const NO_CLASS = -1;

const WORLD = 256;
const PADDING = 0.2;
const NEAR_PIXELS = 14;

/** Members of L.Renderer that its type does not declare. Leaflet's version is pinned. */
interface RendererInternals {
  _container: HTMLCanvasElement;
  _bounds: L.Bounds;
  _map: L.Map;
  _layers: Record<string, never>;
}

export class Points extends L.Renderer {
  #x = new Float64Array(0);
  #y = new Float64Array(0);
  #classes: Int8Array = new Int8Array(0);
  #sprites: Sprite[] = [];
  #missing: Sprite | undefined;
  #picture: ImageData | undefined;
  #colours: readonly string[] = [];
  #ring = "";
  #chosen = -1;
  #radius = 0;

  constructor() {
    super({ padding: PADDING });
    this.#inside._layers = {};
  }

  get #inside(): RendererInternals {
    return this as unknown as RendererInternals;
  }

  /** Set the locations; nothing is drawn before `colour`. */
  place(dots: Dots): void {
    const places = dots.latitude.map((latitude, index) =>
      L.CRS.EPSG3857.latLngToPoint(L.latLng(latitude, dots.longitude[index] ?? 0), 0),
    );
    this.#x = Float64Array.from(places, (place) => place.x);
    this.#y = Float64Array.from(places, (place) => place.y);
    this.#classes = new Int8Array(places.length).fill(NO_CLASS);
  }

  /** Give each station its class, and each class its colour. */
  colour(classes: Int8Array, colours: readonly string[], ring: string): void {
    this.#classes = classes;
    this.#colours = colours;
    this.#ring = ring;
    this.#paint();
    this.#draw();
  }

  choose(index: number): void {
    this.#chosen = index;
    this.#draw();
  }

  /** The station nearest to a point of the map's container; -1 if none is near. */
  at(place: L.Point): number {
    const { scale, left, top } = this.#view();
    let best = -1;
    let least = NEAR_PIXELS ** 2;
    const width = WORLD * scale;
    for (let index = 0; index < this.#x.length; index++) {
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
    const { scale, left, top } = this.#view();
    const half = this.#inside._map.getSize().x / 2;
    const x = wrapped((this.#x[index] as number) * scale - left - half, WORLD * scale) + half;
    return L.point(x, (this.#y[index] as number) * scale - top);
  }

  /** The stations in view, at most `most`. */
  inSight(most: number): number[] {
    const size = this.#inside._map.getSize();
    const found: number[] = [];
    for (let index = 0; index < this.#x.length && found.length < most; index++) {
      const { x, y } = this.placeOf(index);
      if (x >= 0 && y >= 0 && x <= size.x && y <= size.y) found.push(index);
    }
    return found;
  }

  protected _initContainer(): void {
    this.#inside._container = document.createElement("canvas");
    this.#inside._container.setAttribute("aria-hidden", "true");
  }

  protected _destroyContainer(): void {
    this.#inside._container.remove();
  }

  protected _updatePaths(): void {
    // There are no paths.
  }

  protected _update(): void {
    // biome-ignore lint/suspicious/noExplicitAny: see RendererInternals.
    (L.Renderer.prototype as any)._update.call(this);
    const { _bounds: bounds, _container: canvas } = this.#inside;
    const size = bounds.getSize();
    const [width, height] = [Math.round(size.x * ratio()), Math.round(size.y * ratio())];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    L.DomUtil.setPosition(canvas, bounds.min as L.Point);
    if (this.#radius !== this.#radiusNow()) this.#paint();
    this.#draw();
  }

  /** Draw one dot for each class; their size depends on the zoom. */
  #paint(): void {
    const radius = this.#radiusNow();
    this.#radius = radius;
    this.#sprites = this.#colours.map((colour) => dot(colour, this.#ring, radius));
    this.#missing = dot("transparent", this.#ring, radius * 0.6);
  }

  #radiusNow(): number {
    const zoom = this.#inside._map?.getZoom() ?? 2;
    const crowded = this.#x.length > 500;
    return crowded ? Math.min(8, 1.9 + zoom * 0.7) : Math.min(9, 5 + zoom * 0.4);
  }

  #view(): { scale: number; left: number; top: number } {
    const map = this.#inside._map;
    const { min } = map.getPixelBounds() as { min: L.Point };
    return { scale: 2 ** map.getZoom(), left: min.x, top: min.y };
  }

  #draw(): void {
    const { _container: canvas, _bounds: bounds, _map: map } = this.#inside;
    const context = map && canvas?.getContext("2d");
    if (!context || !bounds || canvas.width === 0) return;
    const picture = this.#emptied(context, canvas.width, canvas.height);
    const origin = map.getPixelOrigin().add(bounds.min as L.Point);
    const scale = 2 ** map.getZoom();
    const width = WORLD * scale;
    const marks: L.Point[] = [];
    // The map repeats: draw every copy of the world that is in view.
    for (
      let copy = Math.floor(origin.x / width);
      copy * width < origin.x + bounds.getSize().x;
      copy++
    ) {
      marks.push(...this.#copyDots(picture, origin.x - copy * width, origin.y, scale));
    }
    context.putImageData(picture, 0, 0);
    for (const { x, y } of marks) mark(context, x, y, (this.#radius + 4) * ratio());
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
  #copyDots(picture: ImageData, left: number, top: number, scale: number): L.Point[] {
    const pixels = new Uint32Array(picture.data.buffer);
    const marks: L.Point[] = [];
    const by = ratio();
    for (let index = 0; index < this.#x.length; index++) {
      const x = Math.round(((this.#x[index] as number) * scale - left) * by);
      const y = Math.round(((this.#y[index] as number) * scale - top) * by);
      const sprite = this.#sprites[this.#classes[index] as number] ?? this.#missing;
      if (sprite) stamp(pixels, picture.width, picture.height, sprite, x, y);
      if (index === this.#chosen) marks.push(L.point(x, y));
    }
    return marks;
  }
}

const ratio = (): number => Math.min(2, devicePixelRatio);

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

/** The pixels of a dot, row by row, in the canvas's memory format. */
interface Sprite {
  side: number;
  pixels: Uint32Array;
}

function dot(fill: string, ring: string, radius: number): Sprite {
  const side = Math.ceil((radius + 1) * 2 * ratio());
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.beginPath();
  context.arc(side / 2, side / 2, radius * ratio(), 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = ring;
  context.lineWidth = ratio() * 0.7;
  context.stroke();
  const { data } = context.getImageData(0, 0, side, side);
  return { side, pixels: new Uint32Array(data.buffer) };
}

/** Copy a dot into a picture with its centre at x and y, clipped at the edges. */
function stamp(
  pixels: Uint32Array,
  width: number,
  height: number,
  { side, pixels: dotPixels }: Sprite,
  x: number,
  y: number,
): void {
  const left = x - (side >> 1);
  const top = y - (side >> 1);
  if (left <= -side || top <= -side || left >= width || top >= height) return;
  for (let row = Math.max(0, -top); row < side && top + row < height; row++) {
    const to = (top + row) * width + left;
    for (let column = Math.max(0, -left); column < side && left + column < width; column++) {
      const over = dotPixels[row * side + column] as number;
      if (over) pixels[to + column] = blended(over, pixels[to + column] as number);
    }
  }
}

/** Blend one pixel over another; the four bytes are red, green, blue and opacity. */
function blended(over: number, under: number): number {
  const opacity = over >>> 24;
  if (opacity === 255 || under === 0) return over;
  const rest = 255 - opacity;
  const red = ((over & 255) * opacity + (under & 255) * rest) / 255;
  const green = (((over >> 8) & 255) * opacity + ((under >> 8) & 255) * rest) / 255;
  const blue = (((over >> 16) & 255) * opacity + ((under >> 16) & 255) * rest) / 255;
  const both = opacity + ((under >>> 24) * rest) / 255;
  return ((both << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
