import { Signal } from "../runtime.js";

/** The browser's storage. If it is full, forbidden or broken, entries last as long as the page. */
export class MemoryStorage {
  #lasting;
  #prefix;
  /** Entries that could not be stored; null: entries that could not be removed. */
  #rest = /** @type {Map<string, string | null>} */ (new Map());
  /** Stored entries may not be readable. */
  #unreadable = false;

  /**
   * @param {Storage | null} [lasting]
   * @param {string} [prefix] of all names in `lasting`
   */
  constructor(lasting, prefix = "") {
    this.#lasting = lasting;
    this.#prefix = prefix;
  }

  get names() {
    const stored = this.#try("all", () => Object.keys(this.#lasting ?? {})) ?? [];
    const ours = stored.filter((name) => name.startsWith(this.#prefix));
    const lasting = ours.map((name) => name.slice(this.#prefix.length));
    const all = new Set([...lasting, ...this.#rest.keys()]);
    return [...all].filter((name) => this.#rest.get(name) !== null);
  }

  /**
   * @param {string} name
   * @returns {string | null}
   */
  getItem(name) {
    const kept = this.#rest.get(name);
    if (kept !== undefined) return kept;
    const value = this.#try(name, () => this.#lasting?.getItem(this.#prefix + name) ?? null);
    this.#unreadable ||= value === undefined;
    return typeof value === "string" ? value : null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    this.#rest.set(name, value);
    this.#try(name, () => {
      this.#lasting?.setItem(this.#prefix + name, value);
      if (this.#lasting && !this.#unreadable) this.#rest.delete(name);
    });
  }

  /** @param {string} name */
  removeItem(name) {
    this.#rest.set(name, null);
    this.#try(name, () => {
      this.#lasting?.removeItem(this.#prefix + name);
      if (!this.#unreadable) this.#rest.delete(name);
    });
  }

  /**
   * @template Result
   * @param {string} name
   * @param {() => Result} run
   */
  #try(name, run) {
    try {
      return run();
    } catch (error) {
      console.warn("Cannot be stored, lost on reload:", name, error);
      return undefined;
    }
  }
}

/**
 * A storage of the browser, or memory if it is forbidden.
 * @param {string} path of the page: two chats on one host have storages of their own
 * @param {() => Storage} open
 */
export function openStorage(path, open = () => localStorage) {
  try {
    return new MemoryStorage(open(), prefixOf(path));
  } catch {
    return new MemoryStorage();
  }
}

/**
 * The prefix of all entries of the page at this path; empty at the root of a host.
 * @param {string} path
 */
export function prefixOf(path) {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return folder === "/" ? "" : folder;
}

/** In the storage of a tab whose user has signed in or went to log in: where the token is. */
export const signInKey = "webchat.signIn";

const tokenKey = "webchat.token";
const notifyKey = "webchat.notify";
const pushKey = "webchat.push";
const nameKey = "webchat.name";

/** Anything else is ignored: the server might not even read it. */
const possibleToken = /^[\x21-\x7e]{1,4096}$/;
const possibleName = /^[^\p{Cc}\p{Cs}]{1,128}$/u;

/** The guest token and the name of the user, in the browser's storage. All tabs share it, so nothing is cached. */
export class Identity {
  #storage;
  #locks;

  /**
   * @param {MemoryStorage} storage
   * @param {Pick<LockManager, "request">} [locks] missing on plain http: two first tabs may become two guests
   */
  constructor(storage, locks) {
    this.#storage = storage;
    this.#locks = locks;
  }

  get token() {
    const token = this.#storage.getItem(tokenKey);
    return token && possibleToken.test(token) ? token : null;
  }

  /** @param {string | null} token */
  set token(token) {
    if (token === null) this.#storage.removeItem(tokenKey);
    else this.#storage.setItem(tokenKey, token);
  }

  get name() {
    const name = this.#storage.getItem(nameKey)?.trim();
    return name && possibleName.test(name) ? name : null;
  }

  /** @param {string | null} name */
  set name(name) {
    if (name) this.#storage.setItem(nameKey, name);
  }

  /** Whether the user wants notifications. */
  get wantsNotifications() {
    return this.#storage.getItem(notifyKey) !== null;
  }

  /** @param {boolean} wants */
  set wantsNotifications(wants) {
    if (wants) this.#storage.setItem(notifyKey, "yes");
    else this.#storage.removeItem(notifyKey);
  }

  /** The id of the user who gets push messages in this browser; null: nobody. */
  get pushedTo() {
    return this.#storage.getItem(pushKey);
  }

  /** @param {string | null} user */
  set pushedTo(user) {
    if (user === null) this.#storage.removeItem(pushKey);
    else this.#storage.setItem(pushKey, user);
  }

  /**
   * Without a token, waits until no other tab is requesting one.
   * @param {AbortSignal} done the token is stored, or the attempt has failed: the next tab may try
   */
  async claim(done) {
    const locks = this.#locks;
    if (this.token || !locks) return;
    await new Promise((resolve) => {
      const held = () => {
        resolve(undefined);
        return new Promise((release) => {
          if (done.aborted) release(undefined);
          else done.addEventListener("abort", release, { once: true });
        });
      };
      locks.request(tokenKey, { signal: done }, held).catch(resolve);
    }).catch(() => {});
  }
}

const roomsKey = "webchat.rooms";
const closedKey = "webchat.closed";
/** How many closed rooms are remembered. */
const mostClosed = 200;
/** The limit of the server, per connection. */
const mostRooms = 32;
const roomName = /^([a-z0-9][a-z0-9_-]{0,63}|_(private|direct)-[a-z2-7]{26})$/;
const secretName = /^_(private|direct)-[a-z2-7]{26}$/;

/** The default room. */
export const lobby = "lobby";

/** The rooms of the user, in the order they were entered. Shared by all tabs. */
export class MyRooms {
  /** Another tab has entered or left a room. */
  changed = new Signal();
  #storage;

  /** @param {MemoryStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns {string[]} */
  get list() {
    const names = (this.#storage.getItem(roomsKey) ?? "").split(" ");
    return [...new Set(names.filter((name) => roomName.test(name)))].slice(0, mostRooms);
  }

  /**
   * @param {string} room
   * @returns {boolean} false: the limit is reached
   */
  add(room) {
    const rooms = this.list;
    this.#setClosed(room, false);
    if (rooms.includes(room)) return true;
    if (rooms.length >= mostRooms) return false;
    this.#storage.setItem(roomsKey, [...rooms, room].join(" "));
    return true;
  }

  /**
   * @param {string} room
   * @param {boolean} [closed] by the user, who is still a member of a private room
   */
  remove(room, closed = true) {
    this.#storage.setItem(roomsKey, this.list.filter((name) => name !== room).join(" "));
    if (MyRooms.kindOf(room) !== "open") this.#setClosed(room, closed);
  }

  /** The private rooms that the user has closed in this browser. */
  get closed() {
    return (this.#storage.getItem(closedKey) ?? "").split(" ").filter((name) => MyRooms.isName(name));
  }

  /**
   * @param {string} room
   * @param {boolean} closed
   */
  #setClosed(room, closed) {
    const before = this.closed;
    if (before.includes(room) === closed) return;
    const others = before.filter((name) => name !== room);
    this.#storage.setItem(closedKey, [...others, ...(closed ? [room] : [])].slice(-mostClosed).join(" "));
  }

  /** @param {string} name of the entry that another tab has changed */
  changedElsewhere(name) {
    if (name === roomsKey) this.changed.emit();
  }

  /**
   * The room of an address: `#/r/<room>`.
   * @param {string} hash
   */
  static inAddress(hash) {
    const name = nameIn(hash);
    return roomName.test(name) ? name : lobby;
  }

  /**
   * The text in place of the room, if it is not a valid name; otherwise "".
   * @param {string} hash
   */
  static wrongInAddress(hash) {
    const name = nameIn(hash);
    return roomName.test(name) ? "" : name;
  }

  /**
   * The message id of an address: `#/r/<room>/m/<id>`.
   * @param {string} hash
   */
  static messageInAddress(hash) {
    return hash.match(/^#\/r\/[^/]+\/m\/(\d{1,15}-\d{1,15})$/)?.[1] ?? "";
  }

  /**
   * The token of an address that invites: `#/i/<token>`.
   * @param {string} hash
   */
  static invitationInAddress(hash) {
    return hash.match(/^#\/i\/([\x21-\x7e]{1,4096})$/)?.[1] ?? "";
  }

  /**
   * What an address says by which a user goes on on this device: `#/l/<token>/<room>,<open room>,…`, the one to show first.
   * @param {string} hash
   */
  static linkInAddress(hash) {
    const [, token, list = ""] = hash.match(/^#\/l\/([\w-]{1,4096})(?:\/([^/]*))?$/) ?? [];
    const [room, ...others] = list.split(",", mostRooms);
    const open = others.filter((name) => roomName.test(name) && MyRooms.kindOf(name) === "open");
    return token ? { token, room: roomName.test(room) ? room : lobby, others: open } : null;
  }

  /** @param {string} name */
  static isName(name) {
    return roomName.test(name);
  }

  /**
   * Who may enter a room is part of its name (docs/protocol.md, section 13).
   * @param {string} name
   * @returns {"open" | "private" | "direct"}
   */
  static kindOf(name) {
    const [, kind] = name.match(secretName) ?? [];
    return kind === "private" || kind === "direct" ? kind : "open";
  }
}

/**
 * Everything after `#/r/`, without the part that names a message.
 * @param {string} hash
 */
function nameIn(hash) {
  const name = hash.match(/^#\/r\/(.+?)(?:\/(?:m(?:\/.*)?)?)?$/s)?.[1] ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
