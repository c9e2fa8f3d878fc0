import { Signal } from "../runtime.js";

/** How long another tab may take to get the first token; the server waits 5 s for the hello. */
const claimPatience = 3_000;
const tokenRefused = 4401;
const mustSignIn = 4403;

/** The protocol on top of the socket: says hello, stores the token, and rejoins the rooms at their last position. */
export class Session {
  /** All frames from the welcome on. */
  frames = /** @type {Signal<Wire.Frame>} */ (new Signal());
  /** The connection is gone. */
  lost = new Signal();
  changed = new Signal();
  /** The server wants the user to sign in, or to sign in again: nothing connects until `connectAs`. */
  dismissed = new Signal();

  /** The last welcome; kept while reconnecting. */
  welcome = /** @type {Wire.Welcome | null} */ (null);
  online = false;
  /** Whether the node accepts messages, as far as it has said. */
  writable = true;
  /** The requested name, until the server has answered. */
  renaming = /** @type {string | null} */ (null);
  /** The token of a user who has signed in, kept nowhere else; null: a guest, whose token is stored. */
  userToken = /** @type {string | null} */ (null);
  /** Where a page gets such a token, if the server offers it. */
  signIn = /** @type {string | null} */ (null);
  /** The user has to decide before anything connects. */
  barred = false;
  /** The name is that of the user's account, and cannot be changed here. */
  nameFixed = false;
  /** Whether the name may be changed has been asked, on this connection. */
  #wondering = false;

  socket;
  #identity;
  #attendance;
  #clock;
  /** The hello of this connection. */
  #sent = /** @type {{ token: string | null, name: string | null } | null} */ (null);
  /** Aborted as soon as the hello has succeeded or failed. */
  #greeting = new AbortController();

  /**
   * @param {import("./Socket.js").Socket} socket
   * @param {import("../store/storage.js").Identity} identity
   * @param {(room: string) => Position | null} positionOf where to resume a room
   * @param {import("../runtime.js").Clock} clock
   */
  constructor(socket, identity, positionOf, clock) {
    this.socket = socket;
    this.#identity = identity;
    this.#clock = clock;
    this.#attendance = new Attendance((frame) => this.send(frame), positionOf, clock);
    socket.opened.listen(() => this.#sayHello());
    socket.frames.listen((frame) => this.#receive(frame));
    socket.closed.listen((code) => this.#didClose(code));
    socket.changed.listen(() => this.changed.emit());
  }

  /** @param {string} room */
  join(room) {
    this.#attendance.add(room, this.online);
  }

  /**
   * @param {string} room
   * @param {boolean} [tell] the server does not know yet
   */
  leave(room, tell = true) {
    this.#attendance.remove(room, tell);
  }

  /**
   * Online, the server decides; offline, the next hello carries the name.
   * @param {string} name
   */
  rename(name) {
    if (!this.online) return void (this.#identity.name = name);
    this.renaming = name;
    this.send({ type: "rename", name });
  }

  /** Whether the last connection was a guest's; those of older nodes all are. */
  get isGuest() {
    return (this.welcome?.user.kind ?? "guest") === "guest";
  }

  /** Whether there are accounts besides guests, as far as the last welcome tells. */
  get hasAccounts() {
    if (!this.isGuest || this.welcome?.signIn !== undefined) return true;
    return this.welcome?.features.includes("accounts") === true;
  }

  /**
   * Connects as the user of this token, or as a guest.
   * @param {string | null} token
   */
  connectAs(token) {
    this.userToken = token;
    this.nameFixed &&= token !== null;
    this.barred = false;
    this.socket.restart();
  }

  /** Waits for the user. */
  bar() {
    this.socket.hold();
    this.barred = true;
    this.changed.emit();
  }

  /**
   * Dropped while offline: what must arrive belongs in the outbox.
   * @param {object} frame
   */
  send(frame) {
    if (this.online) this.socket.send(frame);
  }

  async #sayHello() {
    this.#greeting = new AbortController();
    const { signal } = this.#greeting;
    const patience = new Promise((resolve) => this.#clock.after(claimPatience, () => resolve(0)));
    // The tab that holds the lock may be frozen.
    if (!this.userToken) await Promise.race([this.#identity.claim(signal), patience]);
    if (!signal.aborted) this.#hello(this.#identity.name);
  }

  /** @param {string | null} name null: the server chooses one */
  #hello(name) {
    const token = this.userToken ?? this.#identity.token;
    this.#sent = { token, name: this.#identity.name };
    this.socket.send({ type: "hello", ...(token && { token }), ...(name && { name }) });
  }

  /** @param {Wire.Frame} frame */
  #receive(frame) {
    if (frame.type === "welcome") this.#didWelcome(frame);
    if (frame.type === "status") this.#setWritable(frame.writable);
    if (frame.type === "renamed") this.#didRename(frame.user);
    if (frame.type === "error" && frame.signIn) this.signIn = frame.signIn;
    const isFixed = frame.type === "error" && frame.code === "forbidden" && !frame.key && !frame.room;
    if (isFixed) this.nameFixed = true;
    const answered = this.#wondering && (isFixed || frame.type === "renamed");
    if (answered) this.#wondering = false;
    // Nobody but the page has asked.
    if (answered && isFixed) return this.changed.emit();
    this.frames.emit(frame);
    this.#attendance.hear(frame);
    if (frame.type === "error" && !frame.room) this.renaming = null;
    const nameless = frame.type === "error" && frame.code === "bad_name" && !this.online;
    if (nameless) this.#hello(null);
  }

  /** @param {Wire.User} user */
  #didRename({ id, name }) {
    if (id !== this.welcome?.user.id) return;
    this.welcome.user.name = name;
    // The server may have chosen a slightly different name.
    this.renaming = null;
  }

  /** @param {boolean} writable */
  #setWritable(writable) {
    if (writable === this.writable) return;
    this.writable = writable;
    this.changed.emit();
  }

  /** @param {Wire.Welcome} welcome */
  #didWelcome(welcome) {
    // Another tab may have become another user meanwhile.
    if (welcome.token && this.#sent?.token === this.#identity.token) this.#identity.token = welcome.token;
    this.#greeting.abort();
    this.signIn = welcome.signIn ?? null;
    this.welcome = welcome;
    this.nameFixed = !this.isGuest && welcome.user.name !== this.#sent?.name;
    this.online = true;
    this.writable = true;
    // The name of an account may be the one that the guest had. Nobody is told, as no room is joined yet.
    this.#wondering = !this.isGuest && !this.nameFixed;
    if (this.#wondering) this.send({ type: "rename", name: welcome.user.name });
    this.#attendance.askForAll();
    // Another tab changed the name during the hello.
    const { name } = this.#identity;
    if (name && name !== this.#sent?.name && !this.nameFixed) this.rename(name);
    this.changed.emit();
  }

  /** @param {number} code */
  #didClose(code) {
    this.#greeting.abort();
    // Only the token of this hello was rejected: another tab may have stored a newer one.
    const refused = code === tokenRefused && this.#sent?.token === this.#identity.token;
    if (refused) this.#identity.token = null;
    this.#sent = null;
    this.online = false;
    if (this.renaming) this.#identity.name = this.renaming;
    this.renaming = null;
    if (code === mustSignIn) this.socket.hold();
    this.lost.emit();
    this.changed.emit();
    if (code === mustSignIn) this.dismissed.emit();
  }
}

const patience = 1_000;
/** Joins at a time, so that many rooms do not use up the rate limit that messages need. */
const atOnce = 4;

/**
 * Joins the wanted rooms on every connection, from their last position, and again if the server was too busy.
 *
 * @typedef {{ epoch: string, id: string }} Position
 */
class Attendance {
  #send;
  #positionOf;
  #clock;
  /** @type {Set<string>} */
  #rooms = new Set();
  /** Requested and not answered, on this connection. */
  #asked = /** @type {Set<string>} */ (new Set());
  /** Not requested yet, on this connection. */
  #unasked = /** @type {string[]} */ ([]);

  /**
   * @param {(frame: object) => void} send drops frames while offline
   * @param {(room: string) => Position | null} positionOf where to resume a room
   * @param {import("../runtime.js").Clock} clock
   */
  constructor(send, positionOf, clock) {
    this.#send = send;
    this.#positionOf = positionOf;
    this.#clock = clock;
  }

  /**
   * The next connection joins the last one added first.
   * @param {string} room
   * @param {boolean} online
   */
  add(room, online) {
    const known = this.#rooms.has(room);
    this.#rooms = new Set([room, ...this.#rooms]);
    if (known || !online) return;
    this.#unasked.unshift(room);
    this.#askNext();
  }

  /**
   * @param {string} room
   * @param {boolean} tell
   */
  remove(room, tell) {
    if (this.#rooms.delete(room) && tell) this.#send({ type: "leave", room });
    this.#answered(room);
  }

  /** A new connection starts in no room. */
  askForAll() {
    this.#asked.clear();
    this.#unasked = [...this.#rooms];
    this.#askNext();
  }

  /** @param {Wire.Frame} frame */
  hear(frame) {
    if (frame.type === "joined") this.#answered(frame.room);
    if (frame.type !== "error" || !frame.room || !this.#rooms.has(frame.room)) return;
    const { code, room, retryAfterMs = patience } = frame;
    if (code === "not_joined" && !this.#asked.has(room)) this.#ask(room);
    if (!this.#asked.has(room)) return;
    if (code === "rate_limited" || code === "unavailable") {
      this.#clock.after(retryAfterMs, () => this.#asked.has(room) && this.#ask(room));
    } else if (code !== "not_joined") this.#answered(room);
  }

  /** @param {string} room */
  #answered(room) {
    this.#asked.delete(room);
    this.#askNext();
  }

  #askNext() {
    while (this.#asked.size < atOnce) {
      const room = this.#unasked.shift();
      if (room === undefined) return;
      if (this.#rooms.has(room)) this.#ask(room);
    }
  }

  /** @param {string} room */
  #ask(room) {
    this.#asked.add(room);
    const position = this.#positionOf(room);
    const since = position && { since: position.id, epoch: position.epoch };
    this.#send({ type: "join", room, ...since });
  }
}
