/**
 * The browser's storage; where it is forbidden, memory, which lasts as long as the page.
 * @returns {Storage}
 */
export function openStorage() {
  try {
    return new SpillingStorage(localStorage);
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

  /**
   * @param {number} index
   * @returns {string | null}
   */
  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }

  /**
   * @param {string} key
   * @returns {string | null}
   */
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

/** A full storage is no reason to stop: what it does not take is kept in memory. `length` and `key` tell what lasts. */
export class SpillingStorage extends MemoryStorage {
  #lasting;

  /** @param {Storage} lasting */
  constructor(lasting) {
    super();
    this.#lasting = lasting;
  }

  get length() {
    return this.#lasting.length;
  }

  /** @param {number} index */
  key(index) {
    return this.#lasting.key(index);
  }

  /** @param {string} key */
  getItem(key) {
    return super.getItem(key) ?? this.#lasting.getItem(key);
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    try {
      this.#lasting.setItem(key, value);
      super.removeItem(key);
    } catch (error) {
      console.warn("This would not survive a reload:", key, error);
      super.setItem(key, value);
    }
  }

  /** @param {string} key */
  removeItem(key) {
    super.removeItem(key);
    this.#lasting.removeItem(key);
  }
}
