const patience = 1_000;

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
  /**
   * Asked for and not answered, on this connection.
   *
   * @type {Set<string>}
   */
  #asked = new Set();

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
   * @param {string} room
   * @param {boolean} online
   */
  add(room, online) {
    this.#rooms.add(room);
    if (online) this.#ask(room);
  }

  /**
   * @param {string} room
   */
  remove(room) {
    this.#asked.delete(room);
    if (this.#rooms.delete(room)) this.#send({ type: "leave", room });
  }

  /** A new connection knows us in no room. */
  askForAll() {
    this.#asked.clear();
    for (const room of this.#rooms) this.#ask(room);
  }

  /**
   * @param {import("./frames.js").Frame} frame
   */
  hear(frame) {
    if (frame.type === "joined") this.#asked.delete(frame.room);
    if (frame.type !== "error" || !frame.room || !this.#rooms.has(frame.room)) return;
    const { code, room, retryAfterMs = patience } = frame;
    if (code === "not_joined" && !this.#asked.has(room)) this.#ask(room);
    if (code === "rate_limited" && this.#asked.has(room)) {
      this.#clock.after(retryAfterMs, () => this.#asked.has(room) && this.#ask(room));
    }
  }

  /**
   * @param {string} room
   */
  #ask(room) {
    this.#asked.add(room);
    const position = this.#positionOf(room);
    const since = position && { since: position.id, epoch: position.epoch };
    this.#send({ type: "join", room, ...since });
  }
}
