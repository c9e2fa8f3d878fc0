/**
 * The browser's storage; where it is forbidden or full, memory, which lasts as long as the page.
 * @returns {Storage}
 */
export function openStorage() {
  try {
    localStorage.setItem("webchat.probe", "");
    localStorage.removeItem("webchat.probe");
    return localStorage;
  } catch {
    return new MemoryStorage();
  }
}

/** @implements {Storage} */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #values = new Map();

  get length() {
    return this.#values.size;
  }

  /** @param {number} index */
  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#values.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#values.delete(key);
  }

  clear() {
    this.#values.clear();
  }
}
