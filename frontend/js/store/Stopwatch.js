/** Of so many messages. */
const kept = 100;

/** How long our own last messages took, from here to the server's word that it has them: as this browser saw it. */
export class Stopwatch {
  /** @type {Stopwatch | undefined} */
  static #only;
  #now;
  /** When a message was first sent, by its key. NaN: by an earlier page. */
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
