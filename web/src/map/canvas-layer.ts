/**
 * A canvas over the map, drawn anew when the map comes to rest; while it is dragged, the canvas
 * moves with it. It reaches a little beyond the edges, so that nothing is missing until then.
 */

import L from "leaflet";
import { WORLD } from "./mercator";

/** What of the map is on a canvas. */
export interface CanvasView {
  /** Pixels for each unit of the map at zoom 0, where the world is 256 wide. */
  scale: number;
  /** The corner of the canvas on the map, in pixels at this zoom. */
  left: number;
  top: number;
  width: number;
  height: number;
}

const PADDING = 0.2;

/** Members of L.Renderer that its type does not declare. Leaflet's version is pinned. */
interface RendererInternals {
  _container: HTMLCanvasElement;
  _bounds: L.Bounds;
  _map: L.Map;
  _layers: Record<string, never>;
}

export abstract class CanvasLayer extends L.Renderer {
  constructor(pane: string) {
    super({ padding: PADDING, pane });
    this.#inside._layers = {};
  }

  get #inside(): RendererInternals {
    return this as unknown as RendererInternals;
  }

  /** The map, if the layer is on one that has a view. */
  protected get map(): L.Map | undefined {
    return this.#inside._bounds && this.#inside._map;
  }

  protected get canvas(): HTMLCanvasElement {
    return this.#inside._container;
  }

  /** Draw what `view` shows; one pixel of the view is `ratio()` pixels of the canvas. */
  protected abstract draw(context: CanvasRenderingContext2D, view: CanvasView): void;

  redraw(): void {
    const map = this.map;
    const context = map && this.canvas?.getContext("2d");
    if (!context || this.canvas.width === 0) return;
    const bounds = this.#inside._bounds;
    const { x, y } = map.getPixelOrigin().add(bounds.min as L.Point);
    const size = bounds.getSize();
    this.draw(context, {
      scale: 2 ** map.getZoom(),
      left: x,
      top: y,
      width: size.x,
      height: size.y,
    });
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
    this.redraw();
  }
}

/** Pixels of the screen for each pixel of the page; more than two cost time that nobody sees. */
export const ratio = (): number => Math.min(2, devicePixelRatio);

/** The numbers of the copies of the world that a view shows: the map repeats. */
export function copies({ left, width, scale }: CanvasView): number[] {
  const world = WORLD * scale;
  const first = Math.floor(left / world);
  const count = Math.ceil((left + width) / world) - first;
  return Array.from({ length: count }, (_, index) => first + index);
}
