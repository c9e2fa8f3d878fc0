import { Signal } from "../Signal.js";
import { numberOf } from "./ids.js";

/**
 * What became of us when another node took us over: how much was resumed, and whether anything is missing.
 *
 * @typedef {{ from: string, to: string, resumed: number, lost: number | null }} Moved `lost` null: nobody knows
 */
export class Move {
  /** All rooms are caught up on another node. */
  finished = /** @type {Signal<Moved>} */ (new Signal());
  #node = "";
  /** @type {Moved | null} */
  #moved = null;
  /** Not caught up yet. */
  #rooms = /** @type {Set<string>} */ (new Set());

  /**
   * @param {string} node
   * @param {Iterable<string>} rooms which we were in
   */
  welcomed(node, rooms) {
    const from = this.#moved?.from ?? this.#node;
    this.#node = node;
    this.#rooms = new Set(rooms);
    const moved = from !== "" && from !== node && this.#rooms.size > 0;
    this.#moved = moved ? { from, to: node, resumed: 0, lost: 0 } : null;
  }

  /** @param {Wire.Frame} frame */
  hear(frame) {
    const moved = this.#moved;
    if (!moved || (frame.type !== "joined" && frame.type !== "resume")) return;
    if (!this.#rooms.has(frame.room)) return;
    if (frame.type === "joined" && !frame.recovered) {
      const { missing } = frame;
      const lost = missing ? numberOf(missing.to) - numberOf(missing.from) + 1 : null;
      moved.lost = moved.lost === null || lost === null ? null : moved.lost + lost;
    } else moved.resumed += frame.messages.length;
    if (frame.more || !this.#rooms.delete(frame.room) || this.#rooms.size > 0) return;
    this.#moved = null;
    this.finished.emit(moved);
  }
}
