import { Signal } from "../Signal.js";
import { SavedItems } from "./SavedItems.js";

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

/**
 * Messages on their way, in their order, kept in the browser until the server has them. A tab that opens finds what an
 * earlier one has left; two tabs that send the same item are harmless, because the key makes it one message.
 */
export class Outbox {
  static capacity = 50;

  /** @type {Signal} */
  changed = new Signal();

  #saved;
  #now;
  /** @type {Item[]} */
  #items;

  /**
   * @param {Storage} storage
   * @param {() => number} now
   */
  constructor(storage, now) {
    this.#saved = new SavedItems(storage);
    this.#now = now;
    this.#items = this.#saved.load();
  }

  /** How many wait to be sent. */
  get waiting() {
    return this.#items.filter((item) => item.state === "pending").length;
  }

  /** The rooms in which something waits to be sent. */
  get roomsWaiting() {
    return new Set(this.#items.flatMap(({ room, state }) => (state === "pending" ? [room] : [])));
  }

  /** @param {string} room */
  itemsIn(room) {
    return this.#items.filter((item) => item.room === room);
  }

  /** @param {string} key */
  item(key) {
    return this.#items.find((item) => item.key === key);
  }

  /**
   * @param {string} room
   * @param {string} text
   * @param {string} key
   * @param {import("./acts.js").Act} [act]
   * @returns {boolean} false: the outbox is full
   */
  add(room, text, key, act) {
    if (this.#items.length >= Outbox.capacity) return false;
    const createdAt = Math.max(this.#now(), (this.#items.at(-1)?.createdAt ?? 0) + 1);
    /** @type {Item} */
    const item = { key, room, text, createdAt, state: "pending", act };
    this.#items.push(item);
    this.#save(item);
    return true;
  }

  /**
   * @param {Item} item
   * @param {string} user who sends it
   */
  markSent(item, user) {
    if (item.firstSent) return;
    item.firstSent = { at: this.#now(), user };
    this.#save(item);
  }

  /**
   * @param {Item} item
   * @param {"failed" | "unsure"} state
   * @param {string} [reason]
   */
  giveUp(item, state, reason) {
    Object.assign(item, { state, reason });
    this.#save(item);
  }

  /**
   * The user says: send it again.
   * @param {string} key
   */
  retry(key) {
    const item = this.item(key);
    if (!item) return;
    if (item.state === "unsure") delete item.firstSent;
    delete item.reason;
    item.state = "pending";
    this.#save(item);
  }

  /**
   * It is in the log, or not wanted any more.
   * @param {string} key
   */
  remove(key) {
    this.#saved.remove(key);
    this.#forget(key);
  }

  /**
   * Another tab has removed something from the storage.
   * @param {string} name
   */
  removedElsewhere(name) {
    const key = SavedItems.keyOf(name);
    if (key) this.#forget(key);
  }

  /** @param {string} key */
  #forget(key) {
    this.#items = this.#items.filter((item) => item.key !== key);
    this.changed.emit();
  }

  /** @param {Item} item */
  #save(item) {
    this.#saved.save(item);
    this.changed.emit();
  }
}
