import { Signal } from "../Signal.js";
import { Attendance } from "./Attendance.js";

/**
 * The conversation on top of the socket: says hello, keeps the token, and comes back to its rooms where it left them.
 */
export class Session {
  /** Everything the server says once we are welcome, and the welcome itself. */
  frames = /** @type {Signal<Wire.Frame>} */ (new Signal());
  /** No longer online. */
  lost = /** @type {Signal} */ (new Signal());
  /** @type {Signal} */
  changed = new Signal();

  /** The last welcome; stays while reconnecting. */
  welcome = /** @type {Wire.Welcome | null} */ (null);
  online = false;
  /** The name that was asked for, until the server has answered. */
  renaming = /** @type {string | null} */ (null);

  socket;
  #identity;
  #attendance;
  /** Aborted when the hello is over, for better or worse. */
  #greeting = new AbortController();

  /**
   * @param {import("./Socket.js").Socket} socket
   * @param {import("../store/Identity.js").Identity} identity
   * @param {(room: string) => import("./Attendance.js").Position | null} positionOf how far a room was read
   * @param {import("./Heartbeat.js").Clock} clock
   */
  constructor(socket, identity, positionOf, clock) {
    this.socket = socket;
    this.#identity = identity;
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

  /** @param {string} room */
  leave(room) {
    this.#attendance.remove(room);
  }

  /**
   * Online the server has to agree first; offline the next hello asks it.
   * @param {string} name
   */
  rename(name) {
    if (!this.online) return void (this.#identity.name = name);
    this.renaming = name;
    this.send({ type: "rename", name });
  }

  /**
   * Nothing is kept: what must arrive belongs into the outbox.
   * @param {object} frame
   */
  send(frame) {
    if (this.online) this.socket.send(frame);
  }

  async #sayHello() {
    this.#greeting = new AbortController();
    const { signal } = this.#greeting;
    await this.#identity.claim(signal);
    if (!signal.aborted) this.#hello(this.#identity.name);
  }

  /** @param {string | null} name without one the server makes one up */
  #hello(name) {
    const { token } = this.#identity;
    this.socket.send({ type: "hello", ...(token && { token }), ...(name && { name }) });
  }

  /** @param {Wire.Frame} frame */
  #receive(frame) {
    if (frame.type === "welcome") this.#didWelcome(frame);
    this.frames.emit(frame);
    this.#attendance.hear(frame);
    if (frame.type === "renamed" && frame.user.name === this.renaming) this.renaming = null;
    if (frame.type === "error" && !frame.room) this.renaming = null;
    const nameless = frame.type === "error" && frame.code === "bad_name" && !this.online;
    if (nameless) this.#hello(null);
  }

  /** @param {Wire.Welcome} welcome */
  #didWelcome(welcome) {
    this.#identity.token = welcome.token;
    this.#greeting.abort();
    this.welcome = welcome;
    this.online = true;
    this.#attendance.askForAll();
    this.changed.emit();
  }

  /** @param {number} code */
  #didClose(code) {
    this.#greeting.abort();
    if (code === 4401) this.#identity.token = null;
    this.online = false;
    if (this.renaming) this.#identity.name = this.renaming;
    this.renaming = null;
    this.lost.emit();
    this.changed.emit();
  }
}
