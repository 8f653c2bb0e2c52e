/** What a station says when the pointer or the keyboard is at it: name, value, and then the interval. */

import { byId, h } from "../dom";

/** Where the pointer rests for so long, its station's interval is asked for. */
const PAUSE_MS = 200;

export interface Told {
  name: string;
  /** The lines below the name. */
  lines: (Node | string)[];
}

export class StationTip {
  readonly #tip = byId("tip");
  readonly #ring = byId("tip-ring");
  #index = -1;
  #pause = 0;

  /**
   * @param told returns what a station says at once.
   * @param more returns what it also says, if anything; called after a pause.
   * @param placeOf returns where it is, in pixels from the corner of the map.
   */
  constructor(
    readonly told: (index: number) => Told | undefined,
    readonly more: (index: number) => Promise<string | undefined>,
    readonly placeOf: (index: number) => { x: number; y: number },
  ) {}

  get index(): number {
    return this.#index;
  }

  /** Show a station; -1 shows none. */
  show(index: number): void {
    if (index === this.#index) return;
    this.#index = index;
    clearTimeout(this.#pause);
    const told = index < 0 ? undefined : this.told(index);
    this.#tip.hidden = !told;
    this.#ring.hidden = !told;
    if (!told) return;
    const rows = told.lines.map((line) => h("p", {}, line));
    this.#tip.replaceChildren(h("strong", {}, h("bdi", {}, told.name)), ...rows);
    this.#put();
    this.#pause = window.setTimeout(() => void this.#tellMore(index), PAUSE_MS);
  }

  /** Say anew what has changed, such as the hour. */
  refresh(): void {
    const index = this.#index;
    this.#index = -1;
    this.show(index);
  }

  async #tellMore(index: number): Promise<void> {
    // Without an answer the value stands alone.
    const text = await this.more(index).catch(() => undefined);
    if (!text || index !== this.#index) return;
    this.#tip.append(h("p", { class: "dim" }, text));
    this.#put();
  }

  /** Put the box beside the station, and within the map. */
  #put(): void {
    const { x, y } = this.placeOf(this.#index);
    this.#ring.style.transform = `translate(${x}px, ${y}px)`;
    const { offsetWidth: width, offsetHeight: height, offsetParent: map } = this.#tip;
    const room = map as HTMLElement;
    const left = Math.max(GAP, Math.min(x - width / 2, room.clientWidth - width - GAP));
    const above = y - height - DISTANCE;
    const top = above > GAP ? above : y + DISTANCE;
    this.#tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

const GAP = 4;
const DISTANCE = 14;
