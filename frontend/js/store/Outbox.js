import { Signal } from "../runtime.js";
import { filesOf, isID } from "../transport/frames.js";
import { MyRooms } from "./storage.js";

/**
 * Unsent messages in order, stored in the browser until the server has them. All tabs share them: each sends its own,
 * and what a closed tab has left. If two tabs send an item, its key makes it one message.
 */
export class Outbox {
  static capacity = 50;

  changed = new Signal();

  #storage;
  #now;
  /** @type {Item[]} */
  #items;
  #elsewhere;
  /** Keys of messages that have arrived. Until replicas have them too, a failover may still lose them. */
  #arrived = /** @type {Set<string>} */ (new Set());

  /**
   * @param {import("./storage.js").MemoryStorage} storage
   * @param {() => number} now
   */
  constructor(storage, now) {
    this.#storage = storage;
    this.#now = now;
    this.#elsewhere = new Elsewhere(now);
    const names = storage.names.filter((name) => keyOf(name) !== null);
    this.#items = names.flatMap((name) => this.#stored(name) ?? []).sort(byAge);
  }

  /** How many are pending and have not arrived. */
  get waiting() {
    return this.#items.filter(({ key, state }) => state === "pending" && !this.hasArrived(key)).length;
  }

  get isFull() {
    return this.#items.length >= Outbox.capacity;
  }

  /** The rooms with pending items. */
  get roomsWaiting() {
    return new Set(this.#items.flatMap(({ room, state }) => (state === "pending" ? [room] : [])));
  }

  /** The rooms with messages that were not sent. */
  get roomsGivenUp() {
    return new Set(this.#items.flatMap(({ room, state, act }) => (state === "failed" && !act ? [room] : [])));
  }

  /** The messages with files. */
  get withFiles() {
    return this.#items.filter(({ files }) => files);
  }

  /** @param {string} room */
  itemsIn(room) {
    return this.#items.filter((item) => item.room === room);
  }

  /**
   * The items to show below the log.
   * @param {string} room
   */
  unseenIn(room) {
    return this.itemsIn(room).filter(({ key }) => !this.hasArrived(key));
  }

  /** @param {string} key */
  hasArrived(key) {
    return this.#arrived.has(key);
  }

  /**
   * The server has delivered one of the user's messages, maybe before its ack. Another tab may report the item later.
   * @param {string} key
   */
  arrived(key) {
    this.#arrived.add(key);
    if (this.#arrived.size > remembered) this.#arrived.delete([...this.#arrived][0]);
    if (this.item(key)) this.changed.emit();
  }

  /**
   * A room has caught up.
   * @param {string} room
   * @param {boolean} recovered whether its log has everything that had arrived
   */
  caughtUp(room, recovered) {
    for (const { key } of this.itemsIn(room)) {
      if (!this.hasArrived(key)) continue;
      if (recovered) this.remove(key);
      else this.#arrived.delete(key);
    }
  }

  /**
   * The next item that this tab has to send.
   * @param {string} room
   */
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
   * @param {import("../transport/frames.js").Act} [act]
   * @param {string} [re] the message that it answers
   * @param {Wire.File[]} [files]
   * @returns {boolean} false: the outbox is full
   */
  add(room, text, key, act, re, files = []) {
    if (this.isFull) return false;
    const createdAt = Math.max(this.#now(), (this.#items.at(-1)?.createdAt ?? 0) + 1);
    /** @type {Item} */
    const item = { key, room, text, createdAt, state: "pending", act, ...(re && { re }) };
    if (files.length > 0) item.files = files;
    this.#items.push(item);
    this.save(item);
    return true;
  }

  /**
   * @param {Item} item
   * @param {string} user the sender
   */
  markSent(item, user) {
    if (item.firstSent) return;
    item.firstSent = { at: this.#now(), user };
    this.save(item);
  }

  /**
   * The server does not take an item yet, as in slow mode. Not stored: after a reload, the next answer says so again.
   * @param {Item} item
   * @param {boolean} waits
   */
  setWaits(item, waits) {
    if (item.waits === waits) return;
    item.waits = waits;
    this.changed.emit();
  }

  /**
   * @param {Item} item
   * @param {"failed" | "unsure"} state
   * @param {{ code?: string, message?: string, title?: string }} [refusal]
   */
  giveUp(item, state, refusal) {
    Object.assign(item, { state, code: refusal?.code, reason: refusal?.message, title: refusal?.title });
    this.save(item);
  }

  /** @param {string} key */
  retry(key) {
    const item = this.item(key);
    if (!item) return;
    if (item.state === "unsure") delete item.firstSent;
    // If the message has arrived, its files belong to it.
    if (item.state === "unsure") for (const file of item.files ?? []) delete file.ticket;
    delete item.reason;
    delete item.code;
    delete item.renewed;
    item.state = "pending";
    this.#elsewhere.delete(key);
    this.save(item);
  }

  /** @param {string} key of an item that is in the log, or that the user has discarded */
  remove(key) {
    this.#elsewhere.finish(key);
    if (!this.item(key)) return;
    this.#storage.removeItem(prefix + key);
    this.#forget(key);
  }

  /**
   * Another tab has changed the storage. What counts is its present content.
   * @param {string} name
   */
  changedElsewhere(name) {
    const key = keyOf(name);
    if (!key) return;
    this.#forget(key);
    const item = this.#stored(name);
    if (!item) return this.#elsewhere.finish(key);
    // The tab that sent it takes care of it.
    if (this.hasArrived(key) || !this.#elsewhere.add(key)) return;
    this.#items.push(item);
    this.#items.sort(byAge);
    this.changed.emit();
  }

  /** @param {string} key */
  #forget(key) {
    this.#items = this.#items.filter((item) => item.key !== key);
    this.changed.emit();
  }

  /** @param {Item} item that has changed */
  save(item) {
    this.#storage.setItem(prefix + item.key, JSON.stringify(item));
    this.changed.emit();
  }

  /**
   * An item of an earlier visit or of another tab.
   * @param {string} name
   * @returns {Item | null} null: not an item
   */
  #stored(name) {
    try {
      return itemOf(JSON.parse(this.#storage.getItem(name) ?? ""), keyOf(name));
    } catch {
      return null;
    }
  }
}

/** An entry per item, so that tabs do not overwrite each other's. */
const prefix = "webchat.outbox.";

const states = ["pending", "failed", "unsure"];

/**
 * A message or an act that is not known to be in the log.
 *
 * @typedef {object} Item
 * @property {string} key the server accepts a key once
 * @property {string} room
 * @property {string} text
 * @property {number} createdAt milliseconds since 1970; orders the outbox
 * @property {"pending" | "failed" | "unsure"} state `unsure`: may have been sent, too long ago for the server
 *   to recognize its key
 * @property {string} [reason] why it failed, as a sentence of the server
 * @property {string} [code] why it failed, as an error code
 * @property {string} [title] of the room, if the user may not be there any more
 * @property {import("../transport/frames.js").Act} [act] on a message; without it the item is a message
 * @property {string} [re] the id of the message that it answers
 * @property {Wire.File[]} [files] with the ticket of what is uploaded; the bytes are in extras/FileBytes.js
 * @property {boolean} [renewed] its files were uploaded again, as the server did not know their tickets
 * @property {{ at: number, user: string }} [firstSent]
 * @property {boolean} [waits] the server has refused it for now, and does not have it
 */

const byAge = (/** @type {Item} */ one, /** @type {Item} */ two) => one.createdAt - two.createdAt;

/** @param {string} name of an entry in the storage */
function keyOf(name) {
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
}

/**
 * An item as it was stored, perhaps by another version. If it is incomplete, the user decides: it becomes `unsure`.
 * @param {any} stored
 * @param {string | null} key
 * @returns {Item | null}
 */
function itemOf({ room, text, createdAt, ...rest }, key) {
  const named = key && key.length <= 64 && rest.key === key && MyRooms.isName(room);
  const act = actOf(rest.act);
  const files = filesOf(rest.files);
  if (!named || act === null || typeof text !== "string" || !Number.isFinite(createdAt)) return null;
  const sent = rest.firstSent;
  const known = typeof sent?.user === "string" && Number.isFinite(sent.at);
  const whole = states.includes(rest.state) && (known || sent === undefined || sent === null);
  return {
    key,
    room,
    text,
    createdAt,
    state: whole ? rest.state : "unsure",
    ...(typeof rest.reason === "string" && { reason: rest.reason }),
    ...(typeof rest.code === "string" && { code: rest.code }),
    ...(typeof rest.title === "string" && { title: rest.title }),
    ...(known && { firstSent: { at: sent.at, user: sent.user } }),
    ...(act && { act }),
    ...(!act && isID(rest.re) && { re: rest.re }),
    ...(files && { files }),
  };
}

/**
 * @param {any} stored
 * @returns {import("../transport/frames.js").Act | undefined | null} null: invalid
 */
function actOf(stored) {
  if (stored === undefined || stored === null) return undefined;
  const { kind, target, emoji, on } = stored;
  if (!isID(target)) return null;
  if (kind === "edit" || kind === "delete") return { kind, target };
  return kind === "react" && typeof emoji === "string" ? { kind, target, emoji, on: on === true } : null;
}

/** How long an item is left to the tab that stored it. */
const patience = 15_000;
/** How many finished keys are remembered. */
const remembered = 200;

/** The items of other tabs. A tab may report one after the server has already delivered the message. */
class Elsewhere {
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
   * @returns {boolean} false: finished already
   */
  add(key) {
    if (this.#over.has(key)) return false;
    this.#since.set(key, this.#now());
    return true;
  }

  /** @param {string} key of an item that this tab takes over */
  delete(key) {
    this.#since.delete(key);
  }

  /** @param {string} key of an item that is in the log, or discarded */
  finish(key) {
    this.#since.delete(key);
    this.#over.add(key);
    if (this.#over.size > remembered) this.#over.delete([...this.#over][0]);
  }

  /** @param {string} key */
  has(key) {
    const age = this.#now() - (this.#since.get(key) ?? -Infinity);
    // The system clock may be set back.
    return age >= 0 && age < patience;
  }
}
