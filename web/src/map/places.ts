/** Where stations are: the part of the world that they cover, and the one nearest to a place. */

export interface Places {
  latitude: readonly number[];
  longitude: readonly number[];
}

export interface Place {
  latitude: number;
  longitude: number;
}

/** Degrees; `east` is above 180 if the part crosses the date line. */
export interface Extent {
  south: number;
  north: number;
  west: number;
  east: number;
}

/** The smallest part of the world that has all places; undefined if there are none. */
export function extentOf({ latitude, longitude }: Places): Extent | undefined {
  const sorted = [...longitude].sort((one, other) => one - other);
  const [first] = sorted;
  if (first === undefined) return undefined;
  // It begins after the widest gap on the way around the globe.
  let widest = 0;
  let west = first;
  sorted.forEach((each, index) => {
    const next = sorted[index + 1] ?? first + 360;
    if (next - each > widest) {
      widest = next - each;
      west = next;
    }
  });
  if (west > 180) west -= 360;
  let [south, north] = [90, -90];
  for (const each of latitude) {
    south = Math.min(south, each);
    north = Math.max(north, each);
  }
  return { south, north, west, east: west + 360 - widest };
}

const EARTH_RADIUS_KM = 6371;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The distance of two places on the globe, in km. */
export function kilometres(one: Place, other: Place): number {
  const north = Math.sin(radians(other.latitude - one.latitude) / 2) ** 2;
  const east = Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  const both = north + Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude)) * east;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(both)));
}

/** The place nearest to another one: its index and its distance; undefined if there are none. */
export function nearest(
  { latitude, longitude }: Places,
  to: Place,
): { index: number; distance: number } | undefined {
  let found: { index: number; distance: number } | undefined;
  latitude.forEach((each, index) => {
    const distance = kilometres({ latitude: each, longitude: longitude[index] ?? 0 }, to);
    if (!found || distance < found.distance) found = { index, distance };
  });
  return found;
}
