/**
 * Which stations are drawn at which zoom: where dots would cover each other, some wait until the map
 * is closer. A station that is drawn at a zoom is drawn at all closer ones.
 */

/**
 * The lowest zoom at which each place is drawn.
 *
 * @param x on the map at zoom 0, as is `y`.
 * @param isFirst whether a place takes precedence over those that are not.
 * @param spacing returns the least distance of two dots in pixels at a zoom; less than twice as much at
 *   the next one.
 * @param zooms the lowest and the highest zoom; at the highest, every place is drawn.
 */
export function drawnFrom(
  x: Float64Array,
  y: Float64Array,
  isFirst: (index: number) => boolean,
  spacing: (zoom: number) => number,
  [lowest, highest]: readonly [number, number],
): Uint8Array {
  const from = new Uint8Array(x.length).fill(highest);
  const all = Array.from(x.keys());
  let waiting = [...all.filter(isFirst), ...all.filter((index) => !isFirst(index))];
  const drawn: number[] = [];
  for (let zoom = lowest; zoom < highest && waiting.length > 0; zoom++) {
    const grid = new Grid(x, y, spacing(zoom) / 2 ** zoom);
    for (const index of drawn) grid.add(index);
    waiting = waiting.filter((index) => {
      if (grid.isCrowded(index)) return true;
      grid.add(index);
      drawn.push(index);
      from[index] = zoom;
      return false;
    });
  }
  return from;
}

/** Cells of half the distance that places keep, each with at most one place. */
class Grid {
  readonly #cells = new Map<number, number>();

  constructor(
    readonly x: Float64Array,
    readonly y: Float64Array,
    readonly apart: number,
  ) {}

  add(index: number): void {
    const [column, row] = this.#cell(index);
    this.#cells.set(column * ROWS + row, index);
  }

  /** Whether another place is nearer than it may be. */
  isCrowded(index: number): boolean {
    const [column, row] = this.#cell(index);
    for (const [right, down] of AROUND) {
      const other = this.#cells.get((column + right) * ROWS + row + down);
      if (other !== undefined && this.#distance(index, other) < this.apart) return true;
    }
    return false;
  }

  #cell(index: number): [number, number] {
    const side = this.apart / Math.SQRT2;
    return [
      Math.floor((this.x[index] as number) / side),
      Math.floor((this.y[index] as number) / side),
    ];
  }

  #distance(one: number, other: number): number {
    return Math.hypot(
      (this.x[one] as number) - (this.x[other] as number),
      (this.y[one] as number) - (this.y[other] as number),
    );
  }
}

const ROWS = 2 ** 24;
/** The cells that a place nearer than allowed may be in, those nearest first. */
const AROUND = [-2, -1, 0, 1, 2]
  .flatMap((right) => [-2, -1, 0, 1, 2].map((down) => [right, down] as const))
  .filter(([right, down]) => Math.abs(right) + Math.abs(down) < 4)
  .sort((one, other) => Math.hypot(...one) - Math.hypot(...other));
