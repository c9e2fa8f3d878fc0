const patience = 1_000;
/** So many questions at a time: a crowd of rooms does not use up the rate that messages need. */
const atOnce = 4;

/**
 * The rooms that one wants to be in, and the asking to be let in: on every connection, from where a room was left, and
 * again when the server was too busy.
 *
 * @typedef {{ epoch: string, id: string }} Position
 */
export class Attendance {
  #send;
  #positionOf;
  #clock;
  /** @type {Set<string>} */
  #rooms = new Set();
  /** Asked for and not answered, on this connection. */
  #asked = /** @type {Set<string>} */ (new Set());
  /** Not asked for yet, on this connection. */
  #unasked = /** @type {string[]} */ ([]);

  /**
   * @param {(frame: object) => void} send to nowhere while offline
   * @param {(room: string) => Position | null} positionOf how far a room was read
   * @param {import("./Heartbeat.js").Clock} clock
   */
  constructor(send, positionOf, clock) {
    this.#send = send;
    this.#positionOf = positionOf;
    this.#clock = clock;
  }

  /**
   * The last one added comes first on the next connection.
   * @param {string} room
   * @param {boolean} online
   */
  add(room, online) {
    const known = this.#rooms.has(room);
    this.#rooms = new Set([room, ...this.#rooms]);
    if (known || !online) return;
    this.#unasked.unshift(room);
    this.#askNext();
  }

  /** @param {string} room */
  remove(room) {
    if (this.#rooms.delete(room)) this.#send({ type: "leave", room });
    this.#answered(room);
  }

  /** A new connection knows us in no room. */
  askForAll() {
    this.#asked.clear();
    this.#unasked = [...this.#rooms];
    this.#askNext();
  }

  /** @param {Wire.Frame} frame */
  hear(frame) {
    if (frame.type === "joined") this.#answered(frame.room);
    if (frame.type !== "error" || !frame.room || !this.#rooms.has(frame.room)) return;
    const { code, room, retryAfterMs = patience } = frame;
    if (code === "not_joined" && !this.#asked.has(room)) this.#ask(room);
    if (!this.#asked.has(room)) return;
    if (code === "rate_limited" || code === "unavailable") {
      this.#clock.after(retryAfterMs, () => this.#asked.has(room) && this.#ask(room));
    } else if (code !== "not_joined") this.#answered(room);
  }

  /** @param {string} room */
  #answered(room) {
    this.#asked.delete(room);
    this.#askNext();
  }

  #askNext() {
    while (this.#asked.size < atOnce) {
      const room = this.#unasked.shift();
      if (room === undefined) return;
      if (this.#rooms.has(room)) this.#ask(room);
    }
  }

  /** @param {string} room */
  #ask(room) {
    this.#asked.add(room);
    const position = this.#positionOf(room);
    const since = position && { since: position.id, epoch: position.epoch };
    this.#send({ type: "join", room, ...since });
  }
}
