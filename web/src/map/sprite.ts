/**
 * Ready-made dots, whose pixels are copied into a picture.
 *
 * For 11,000 dots that takes a few milliseconds, while `drawImage` takes seventy.
 */

import { ratio } from "./canvas-layer";

/** The pixels of a dot, row by row, in the canvas's memory format. */
export interface Sprite {
  side: number;
  pixels: Uint32Array;
}

/** Draw a dot; its radius is in pixels of the page. */
export function dot(fill: string, ring: string, radius: number): Sprite {
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
export function stamp(
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
