/** Where the map starts: at all stations, or at the position of its address. */

import L from "leaflet";
import { WORLD } from "./mercator";
import type { Extent } from "./places";

/** The closest that the map starts at: a single station has no extent. */
const CLOSEST = 9;
const MARGIN = 48;
const HALF_THE_WORLD = 180;
/** Where most people live, for networks all around the globe and for none. */
const INHABITED: Extent = { south: -38, north: 70, west: -170, east: 190 };

/**
 * Show a part of the world.
 *
 * @param covered pixels at the left edge of the map that something else covers.
 */
export function showExtent(map: L.Map, extent: Extent | undefined, covered: number): void {
  const isWorld = !extent || extent.east - extent.west > HALF_THE_WORLD;
  const { south, north, west, east } = isWorld ? INHABITED : extent;
  const bounds = L.latLngBounds([south, west], [north, east]);
  const { x: width } = map.getSize();
  const aside = L.point(covered + 2 * MARGIN, 2 * MARGIN);
  // A map of the world fills the width, even if the far north and south are then out of view.
  const least = isWorld ? Math.floor(Math.log2(width / WORLD)) : 0;
  const zoom = Math.min(CLOSEST, Math.max(map.getBoundsZoom(bounds, false, aside), least));
  const corners = [bounds.getSouthWest(), bounds.getNorthEast()] as const;
  const [one, other] = corners.map((corner) => map.project(corner, zoom)) as [L.Point, L.Point];
  const middle = one.add(other).divideBy(2);
  const shift = L.point(isWorld ? 0 : covered / 2, 0);
  map.setView(map.unproject(middle.subtract(shift), zoom), zoom, { animate: false });
}
