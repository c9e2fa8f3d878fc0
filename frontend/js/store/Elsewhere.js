/** So long it is left to the other tab. */
const patience = 15_000;

/** What another tab of this browser has in hand. */
export class Elsewhere {
  #now;
  /** By key. */
  #since = /** @type {Map<string, number>} */ (new Map());

  /** @param {() => number} now */
  constructor(now) {
    this.#now = now;
  }

  /** @param {string} key */
  add(key) {
    this.#since.set(key, this.#now());
  }

  /** @param {string} key */
  delete(key) {
    this.#since.delete(key);
  }

  /** @param {string} key */
  has(key) {
    const age = this.#now() - (this.#since.get(key) ?? -Infinity);
    // A clock may be put back.
    return age >= 0 && age < patience;
  }
}
