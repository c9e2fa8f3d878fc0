/**
 * What the browser remembers of us. A storage that is full or forbidden is no reason to stop: what it does not take lasts
 * as long as the page.
 */
export class MemoryStorage {
  #lasting;
  /** @type {Map<string, string>} */
  #rest = new Map();

  /** @param {Storage} [lasting] */
  constructor(lasting) {
    this.#lasting = lasting;
  }

  get names() {
    return [...Object.keys(this.#lasting ?? {}), ...this.#rest.keys()];
  }

  /**
   * @param {string} name
   * @returns {string | null}
   */
  getItem(name) {
    return this.#rest.get(name) ?? this.#lasting?.getItem(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    this.#rest.set(name, value);
    try {
      this.#lasting?.setItem(name, value);
      if (this.#lasting) this.#rest.delete(name);
    } catch (error) {
      console.warn("This would not survive a reload:", name, error);
    }
  }

  /** @param {string} name */
  removeItem(name) {
    this.#rest.delete(name);
    this.#lasting?.removeItem(name);
  }
}

/** The browser's storage, or without one memory alone. */
export function openStorage() {
  try {
    return new MemoryStorage(localStorage);
  } catch {
    return new MemoryStorage();
  }
}
