/** So long it is left to the other tab. */
const patience = 15_000;
/** Of so many messages is known that they are done with. */
const remembered = 200;

/** What another tab of this browser has in hand. Its news may come after the message itself, which the server brings. */
export class Elsewhere {
  #now;
  /** By key. */
  #since = /** @type {Map<string, number>} */ (new Map());
  #over = /** @type {Set<string>} */ (new Set());

  /** @param {() => number} now */
  constructor(now) {
    this.#now = now;
  }

  /**
   * @param {string} key
   * @returns {boolean} false: nothing is to be done about it any more
   */
  add(key) {
    if (this.#over.has(key)) return false;
    this.#since.set(key, this.#now());
    return true;
  }

  /** @param {string} key of what is ours now */
  delete(key) {
    this.#since.delete(key);
  }

  /** @param {string} key of what is in the log, or not wanted any more */
  finish(key) {
    this.#since.delete(key);
    this.#over.add(key);
    if (this.#over.size > remembered) this.#over.delete([...this.#over][0]);
  }

  /** @param {string} key */
  has(key) {
    const age = this.#now() - (this.#since.get(key) ?? -Infinity);
    // A clock may be put back.
    return age >= 0 && age < patience;
  }
}
