/** The map's projection: the world is a square of 256 units at zoom 0, with 0, 0 in the north-west. */

export const WORLD = 256;
const MOST_NORTHERN = 85.0511;

export function projected(latitude: number, longitude: number): [x: number, y: number] {
  const limited = Math.max(-MOST_NORTHERN, Math.min(MOST_NORTHERN, latitude));
  const sine = Math.sin((limited * Math.PI) / 180);
  const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [((longitude + 180) / 360) * WORLD, y * WORLD];
}
