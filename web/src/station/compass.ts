/** Directions of the wind in words. A wind is named by where it comes from. */

const POINTS = [
  "north",
  "north-east",
  "east",
  "south-east",
  "south",
  "south-west",
  "west",
  "north-west",
] as const;

/** @param degrees where the wind comes from, clockwise from north. */
export function compass(degrees: number): string {
  return POINTS[Math.round(degrees / 45) % POINTS.length] as string;
}

export const fromCompass = (degrees: number): string => `from the ${compass(degrees)}`;
