/** Which parts of a canvas are taken, in cells of four pixels. */

const CELL = 4;

export class Occupancy {
  readonly #columns: number;
  readonly #rows: number;
  readonly #cells: Uint8Array;

  constructor(width: number, height: number) {
    this.#columns = Math.ceil(width / CELL);
    this.#rows = Math.ceil(height / CELL);
    this.#cells = new Uint8Array(this.#columns * this.#rows);
  }

  /** The same, to be changed by itself. */
  copy(): Occupancy {
    const made = new Occupancy(this.#columns * CELL, this.#rows * CELL);
    made.#cells.set(this.#cells);
    return made;
  }

  /** Take a box; parts of it outside the canvas do not count. */
  take(left: number, top: number, right: number, bottom: number): void {
    const [first, last] = this.#range(left, right, this.#columns);
    const [upper, lower] = this.#range(top, bottom, this.#rows);
    if (first > last) return;
    for (let row = upper; row <= lower; row++) {
      this.#cells.fill(1, row * this.#columns + first, row * this.#columns + last + 1);
    }
  }

  /** Whether nothing is in a box. */
  isFree(left: number, top: number, right: number, bottom: number): boolean {
    const [first, last] = this.#range(left, right, this.#columns);
    const [upper, lower] = this.#range(top, bottom, this.#rows);
    for (let row = upper; row <= lower; row++) {
      for (let at = row * this.#columns + first; at <= row * this.#columns + last; at++) {
        if (this.#cells[at]) return false;
      }
    }
    return true;
  }

  #range(from: number, to: number, count: number): [number, number] {
    return [Math.max(0, Math.floor(from / CELL)), Math.min(count - 1, Math.floor(to / CELL))];
  }
}
