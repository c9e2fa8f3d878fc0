const prefix = "webchat.outbox.";

/**
 * The outbox's place in the browser's storage: an entry for each message, so that tabs do not overwrite one another's.
 *
 * @typedef {import("./Outbox.js").Item} Item
 */
export class SavedItems {
  #storage;

  /** @param {Storage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** What earlier visits and other tabs have left, oldest first. */
  load() {
    return Array.from(
      { length: this.#storage.length },
      (_, index) => this.#storage.key(index) ?? "",
    )
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => parse(this.#storage.getItem(name)) ?? [])
      .sort((one, two) => one.createdAt - two.createdAt);
  }

  /**
   * A full storage is no reason not to send: then the message lives as long as the page.
   * @param {Item} item
   */
  save(item) {
    try {
      this.#storage.setItem(prefix + item.key, JSON.stringify(item));
    } catch (error) {
      console.warn("This message would not survive a reload:", error);
    }
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

/**
 * @param {string | null} text
 * @returns {Item | null}
 */
function parse(text) {
  try {
    const item = JSON.parse(text ?? "");
    const fields = [item.key, item.room, item.text, item.state];
    const { target = "" } = item.act ?? {};
    const whole = [...fields, target].every((field) => typeof field === "string");
    return whole && Number.isFinite(item.createdAt) ? item : null;
  } catch {
    return null;
  }
}
