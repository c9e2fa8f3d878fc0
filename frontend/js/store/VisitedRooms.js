const key = "webchat.rooms";
const limit = 12;
const valid = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Where one is taken without having chosen. */
export const lobby = "lobby";

/** The rooms this browser was in, in the order they were first entered; the oldest makes way. */
export class VisitedRooms {
  #storage;

  /**
   * @param {Storage} storage
   */
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
   */
  add(room) {
    const rooms = this.list;
    if (!rooms.includes(room)) this.#storage.setItem(key, [...rooms, room].slice(-limit).join(" "));
  }

  /**
   * The room an address names: `#/r/<room>`.
   *
   * @param {string} hash
   */
  static inAddress(hash) {
    const name = hash.match(/^#\/r\/([^/]+)/)?.[1] ?? "";
    return valid.test(name) ? name : lobby;
  }
}
