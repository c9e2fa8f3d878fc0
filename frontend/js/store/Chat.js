import { Signal } from "../Signal.js";
import { Reception } from "./Reception.js";
import { RoomStore } from "./RoomStore.js";

/**
 * The whole chat without its looks: its rooms, and what the user can do. What the server says comes in by Reception.
 */
export class Chat {
  /**
   * Something the server refused, that no message row tells.
   *
   * @type {Signal<import("../transport/frames.js").Refusal>}
   */
  refused = new Signal();
  /**
   * A room has changed; its name.
   *
   * @type {Signal<string>}
   */
  changed = new Signal();
  /**
   * Our own name, as the server has it.
   *
   * @type {Signal<string>}
   */
  renamed = new Signal();

  outbox;
  session;
  #dispatch;
  #makeKey;
  /** @type {Map<string, RoomStore>} */
  #rooms = new Map();
  /** @type {Set<string>} */
  #entered = new Set();
  /**
   * Nobody looks at these any more: they are left when nothing waits to be sent there.
   *
   * @type {Set<string>}
   */
  #lingering = new Set();

  /**
   * @param {import("../transport/Session.js").Session} session
   * @param {import("./Outbox.js").Outbox} outbox
   * @param {import("./Dispatch.js").Dispatch} dispatch
   * @param {() => string} makeKey
   */
  constructor(session, outbox, dispatch, makeKey) {
    this.session = session;
    this.outbox = outbox;
    this.#dispatch = dispatch;
    this.#makeKey = makeKey;
    const reception = new Reception(this, dispatch);
    session.frames.listen((frame) => reception.receive(frame));
    session.lost.listen(() => {
      dispatch.connectionLost();
      for (const { timeline } of this.#rooms.values()) timeline.stopLoading();
    });
  }

  /**
   * @param {string} name
   */
  room(name) {
    const known = this.#rooms.get(name);
    if (known) return known;
    const room = new RoomStore();
    room.changed.listen(() => this.changed.emit(name));
    this.#rooms.set(name, room);
    return room;
  }

  /**
   * @param {string} name
   */
  enter(name) {
    this.#entered.add(name);
    if (!this.#lingering.delete(name)) this.session.join(name);
  }

  /**
   * @param {string} name
   */
  leave(name) {
    this.#entered.delete(name);
    this.#lingering.add(name);
    this.#attend();
  }

  /**
   * @param {string} room
   * @param {string} text
   * @returns {boolean} false: too much is waiting already
   */
  say(room, text) {
    const taken = this.outbox.add(room, text, this.#makeKey());
    this.flush();
    return taken;
  }

  /**
   * @param {string} key
   */
  retry(key) {
    this.outbox.retry(key);
    this.flush();
  }

  /**
   * @param {string} room
   * @param {number} [stretch] its serial; see Timeline
   */
  loadOlder(room, stretch) {
    if (!this.session.online) return;
    const before = this.room(room).timeline.startLoading(stretch);
    if (before) this.session.send({ type: "history", room, before, limit: 50 });
  }

  /** Sends what is due. To be called about twice a second, too: some of it is due again. */
  flush() {
    const { online, welcome } = this.session;
    if (!online || !welcome) return;
    this.#attend();
    const due = this.#dispatch.due(welcome.user.id);
    for (const { item } of due) {
      this.session.send({ type: "chat", room: item.room, text: item.text, key: item.key });
    }
    if (due.some(({ again }) => again)) this.session.socket.probe();
  }

  /** What was said in a room that is not shown has to be sent all the same, also after a reload. */
  #attend() {
    const waiting = this.outbox.roomsWaiting;
    for (const room of waiting) {
      if (this.#entered.has(room) || this.#lingering.has(room)) continue;
      this.#lingering.add(room);
      this.session.join(room);
    }
    for (const room of this.#lingering) {
      if (waiting.has(room)) continue;
      this.#lingering.delete(room);
      this.session.leave(room);
      this.#dispatch.roomLost(room);
    }
  }

  /**
   * Somebody goes by another name now.
   *
   * @param {import("../transport/frames.js").User} user
   */
  rename(user) {
    for (const room of this.#rooms.values()) {
      room.members.rename(user);
      room.changed.emit();
    }
    if (user.id === this.session.welcome?.user.id) this.renamed.emit(user.name);
  }
}
