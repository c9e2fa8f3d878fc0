import { Signal } from "../runtime.js";
import { lostIn } from "../transport/frames.js";

/**
 * After a reconnect to another node: how many messages were resumed, and how many are lost.
 *
 * @typedef {{ from: string, to: string, resumed: number, lost: number | null }} Moved `lost` null: unknown
 */
export class Move {
  /** All rooms are caught up on the new node. */
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
    // Rooms without a position cannot have lost anything.
    this.#rooms = new Set(this.#chat.entered.filter((name) => this.#chat.room(name).position));
    const moved = from !== "" && from !== node && this.#rooms.size > 0;
    this.#moved = moved ? { from, to: node, resumed: 0, lost: 0 } : null;
  }

  /** @param {Wire.Joined | Wire.Resume} frame */
  #count(frame) {
    const moved = this.#moved;
    if (!moved || !this.#rooms.has(frame.room)) return;
    if (frame.type === "joined" && !frame.recovered) {
      const lost = lostIn(frame.missing);
      moved.lost = moved.lost === null || lost === null ? null : moved.lost + lost;
    } else moved.resumed += frame.messages.length;
    if (frame.more || !this.#rooms.delete(frame.room) || this.#rooms.size > 0) return;
    this.#moved = null;
    this.finished.emit(moved);
  }
}

/** How many messages are remembered. */
const kept = 100;

/** The time from sending our own last messages to their acknowledgement, as measured in this browser. */
export class Stopwatch {
  /** @type {Stopwatch | undefined} */
  static #only;
  #now;
  /** When a message was first sent, by key. NaN: before a reload. */
  #sent = /** @type {Map<string, number>} */ (new Map());
  /** In milliseconds, by id. */
  #took = /** @type {Map<string, number>} */ (new Map());

  /** @param {import("./Chat.js").Chat} chat */
  static of(chat) {
    Stopwatch.#only ??= new Stopwatch(chat, () => performance.now());
    return Stopwatch.#only;
  }

  /**
   * @param {import("./Chat.js").Chat} chat
   * @param {() => number} now milliseconds
   */
  constructor({ outbox, session }, now) {
    this.#now = now;
    this.#note(outbox, NaN);
    outbox.changed.listen(() => this.#note(outbox, this.#now()));
    session.frames.listen((frame) => frame.type === "ack" && this.#stop(frame));
  }

  /** @param {string} id */
  took(id) {
    return this.#took.get(id);
  }

  /**
   * @param {import("./Outbox.js").Outbox} outbox
   * @param {number} now
   */
  #note(outbox, now) {
    for (const room of outbox.roomsWaiting)
      for (const { key, firstSent } of outbox.itemsIn(room))
        if (firstSent && !this.#sent.has(key)) keep(this.#sent, key, now);
  }

  /** @param {Wire.Ack} ack */
  #stop({ key, id }) {
    const took = this.#now() - (this.#sent.get(key) ?? NaN);
    if (!Number.isNaN(took)) keep(this.#took, id, took);
  }
}

/**
 * @param {Map<string, number>} map
 * @param {string} name
 * @param {number} value
 */
function keep(map, name, value) {
  map.set(name, value);
  const [oldest] = map.keys();
  if (map.size > kept) map.delete(oldest);
}
