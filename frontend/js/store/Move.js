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
  #chat;
  #node;
  /** @type {Moved | null} */
  #moved = null;
  /** Not caught up yet. */
  #rooms = /** @type {Set<string>} */ (new Set());

  /** @param {import("./Chat.js").Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#node = chat.session.welcome?.node ?? "";
    chat.session.frames.listen((frame) => this.#hear(frame));
  }

  /** @param {Wire.Frame} frame */
  #hear(frame) {
    if (frame.type === "welcome") this.#begin(frame.node);
    else if (frame.type === "joined" || frame.type === "resume") this.#count(frame);
  }

  /** @param {string} node */
  #begin(node) {
    const from = this.#moved?.from ?? this.#node;
    this.#node = node;
    // Who had nothing of a room yet can have lost nothing in it.
    this.#rooms = new Set(this.#chat.entered.filter((name) => this.#chat.room(name).position));
    const moved = from !== "" && from !== node && this.#rooms.size > 0;
    this.#moved = moved ? { from, to: node, resumed: 0, lost: 0 } : null;
  }

  /** @param {Wire.Joined | Wire.Resume} frame */
  #count(frame) {
    const moved = this.#moved;
    if (!moved || !this.#rooms.has(frame.room)) return;
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
