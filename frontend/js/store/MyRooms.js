import { Signal } from "../Signal.js";

const key = "webchat.rooms";
/** The server takes no more on one connection. */
const limit = 32;
const valid = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Where one is taken without having chosen. */
export const lobby = "lobby";

/** The rooms one is in, in the order they were entered. The same in all tabs of this browser. */
export class MyRooms {
  /** Another tab has entered or left one. */
  changed = /** @type {Signal} */ (new Signal());
  #storage;

  /** @param {import("./storage.js").MemoryStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns {string[]} */
  get list() {
    const names = (this.#storage.getItem(key) ?? "").split(" ");
    return names.filter((name) => valid.test(name));
  }

  /**
   * @param {string} room
   * @returns {boolean} false: these are as many as one may be in
   */
  add(room) {
    const rooms = this.list;
    if (rooms.includes(room)) return true;
    if (rooms.length >= limit) return false;
    this.#storage.setItem(key, [...rooms, room].join(" "));
    return true;
  }

  /** @param {string} room */
  remove(room) {
    this.#storage.setItem(key, this.list.filter((name) => name !== room).join(" "));
  }

  /** @param {string} name of what has changed in the storage */
  changedElsewhere(name) {
    if (name === key) this.changed.emit();
  }

  /**
   * The room an address names: `#/r/<room>`.
   * @param {string} hash
   */
  static inAddress(hash) {
    const name = hash.match(/^#\/r\/([^/]+)/)?.[1] ?? "";
    return valid.test(name) ? name : lobby;
  }

  /**
   * The id of the message an address names: `#/r/<room>/m/<id>`.
   * @param {string} hash
   */
  static messageInAddress(hash) {
    return hash.match(/^#\/r\/[^/]+\/m\/(\d{1,15}-\d{1,15})$/)?.[1] ?? "";
  }

  /** @param {string} name */
  static isName(name) {
    return valid.test(name);
  }
}
