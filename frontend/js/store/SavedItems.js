const prefix = "webchat.outbox.";

/**
 * What was said and is not known to be in the log.
 *
 * @typedef {object} Item
 * @property {string} key the server takes a key once
 * @property {string} room
 * @property {string} text
 * @property {number} createdAt milliseconds since 1970; orders the outbox
 * @property {"pending" | "failed" | "unsure"} state `unsure`: may have been sent, and the server may not know it again
 * @property {string} [reason] why it failed
 * @property {import("./acts.js").Act} [act] not a message, but what is to be done to one
 * @property {{ at: number, user: string }} [firstSent]
 */

/** The outbox's place in the browser's storage: an entry for each message, so that tabs do not overwrite one another's. */
export class SavedItems {
  #storage;

  /** @param {import("./storage.js").MemoryStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** What earlier visits and other tabs have left, oldest first. */
  load() {
    return this.#storage.names
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => this.item(name) ?? [])
      .sort(SavedItems.byAge);
  }

  /**
   * @param {string} name
   * @returns {Item | null} null: it is none
   */
  item(name) {
    try {
      const item = JSON.parse(this.#storage.getItem(name) ?? "");
      const fields = [item.key, item.room, item.text, item.state];
      const { target = "" } = item.act ?? {};
      const whole = [...fields, target].every((field) => typeof field === "string");
      return whole && Number.isFinite(item.createdAt) ? item : null;
    } catch {
      return null;
    }
  }

  /**
   * The oldest first.
   * @param {Item} one
   * @param {Item} two
   */
  static byAge(one, two) {
    return one.createdAt - two.createdAt;
  }

  /** @param {Item} item */
  save(item) {
    this.#storage.setItem(prefix + item.key, JSON.stringify(item));
  }

  /** @param {string} key */
  remove(key) {
    this.#storage.removeItem(prefix + key);
  }

  /**
   * The key of the message that is stored under a name, if it is one.
   * @param {string} name
   */
  static keyOf(name) {
    return name.startsWith(prefix) ? name.slice(prefix.length) : null;
  }
}
