import { Signal } from "../Signal.js";
import { Elsewhere } from "./Elsewhere.js";
import { SavedItems } from "./SavedItems.js";

/** @typedef {import("./SavedItems.js").Item} Item */

/**
 * Messages on their way, in their order, kept in the browser until the server has them. All tabs have the same: each
 * sends its own, and what another has left behind. An item that two send is one message, by its key.
 */
export class Outbox {
  static capacity = 50;

  /** @type {Signal} */
  changed = new Signal();

  #saved;
  #now;
  /** @type {Item[]} */
  #items;
  #elsewhere;

  /**
   * @param {import("./storage.js").MemoryStorage} storage
   * @param {() => number} now
   */
  constructor(storage, now) {
    this.#saved = new SavedItems(storage);
    this.#now = now;
    this.#elsewhere = new Elsewhere(now);
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

  /** @param {string} room in which something may be ours to send */
  nextIn(room) {
    const waiting = this.itemsIn(room).filter(({ state }) => state === "pending");
    return waiting.find(({ key }) => !this.#elsewhere.has(key));
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
    this.#elsewhere.delete(key);
    this.#save(item);
  }

  /** @param {string} key of what is in the log, or not wanted any more */
  remove(key) {
    this.#elsewhere.finish(key);
    if (!this.item(key)) return;
    this.#saved.remove(key);
    this.#forget(key);
  }

  /**
   * Another tab has written something into the storage, or taken it out. What counts is what is there by now.
   * @param {string} name
   */
  changedElsewhere(name) {
    const key = SavedItems.keyOf(name);
    if (!key) return;
    this.#forget(key);
    const item = this.#saved.item(name);
    if (!item) return this.#elsewhere.finish(key);
    if (!this.#elsewhere.add(key)) return;
    this.#items.push(item);
    this.#items.sort(SavedItems.byAge);
    this.changed.emit();
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
