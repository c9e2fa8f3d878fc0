/** In which rooms we are: where the user wants to be, and where something still has to be said before we go. */
export class Stay {
  #session;
  /** Where the user wants to be. */
  #entered = /** @type {Set<string>} */ (new Set());
  /** Where we only are until nothing waits to be sent there. */
  #lingering = /** @type {Set<string>} */ (new Set());

  /** @param {import("../transport/Session.js").Session} session */
  constructor(session) {
    this.#session = session;
  }

  get rooms() {
    return [...this.#entered];
  }

  /** @param {string} room */
  enter(room) {
    this.#lingering.delete(room);
    this.#entered.add(room);
    this.#session.join(room);
  }

  /** @param {string} room */
  leave(room) {
    if (this.#entered.delete(room)) this.#lingering.add(room);
  }

  /**
   * What was said in a room that one has left has to be sent all the same, also after a reload.
   * @param {Set<string>} waiting rooms in which something waits to be sent
   * @returns {string[]} the rooms we are no longer in
   */
  attend(waiting) {
    for (const room of waiting) {
      if (this.#entered.has(room) || this.#lingering.has(room)) continue;
      this.#lingering.add(room);
      this.#session.join(room);
    }
    const left = [...this.#lingering].filter((room) => !waiting.has(room));
    for (const room of left) {
      this.#lingering.delete(room);
      this.#session.leave(room);
    }
    return left;
  }
}
