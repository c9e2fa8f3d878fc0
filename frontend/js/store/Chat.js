import { Signal } from "../Signal.js";
import { frameOf } from "./acts.js";
import { HistoryRequests } from "./HistoryRequests.js";
import { Reception } from "./Reception.js";
import { RoomStore } from "./RoomStore.js";
import { Stay } from "./Stay.js";

/**
 * The whole chat without its looks: its rooms, and what the user can do. What the server says comes in by Reception.
 */
export class Chat {
  /** Something the server refused, that no message row tells. */
  refused = /** @type {Signal<Wire.Refusal>} */ (new Signal());
  /** A room has changed; its name. */
  changed = /** @type {Signal<string>} */ (new Signal());
  /** Our own name, as the server has it. */
  renamed = /** @type {Signal<string>} */ (new Signal());
  /** Somebody else said something, just now. */
  heard = /** @type {Signal<Wire.Chat>} */ (new Signal());
  /** Somebody else is writing. */
  typing = /** @type {Signal<Wire.Typing>} */ (new Signal());

  history;
  outbox;
  session;
  #dispatch;
  #makeKey;
  /** @type {Map<string, RoomStore>} */
  #rooms = new Map();
  #stay;

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
    this.#stay = new Stay(session);
    const reception = new Reception(this, dispatch);
    this.history = new HistoryRequests((frame) => session.send(frame));
    session.frames.listen((frame) => reception.receive(frame));
    session.lost.listen(() => {
      dispatch.connectionLost();
      this.history.connectionLost();
    });
  }

  /** @param {string} name */
  room(name) {
    const known = this.#rooms.get(name);
    if (known) return known;
    const room = new RoomStore();
    room.changed.listen(() => this.changed.emit(name));
    this.#rooms.set(name, room);
    return room;
  }

  /** The rooms that the user is in. */
  get entered() {
    return this.#stay.rooms;
  }

  /** @param {string[]} rooms in which, and in no others, the user is to be */
  beIn(rooms) {
    const { entered } = this;
    for (const room of rooms) if (!entered.includes(room)) this.enter(room);
    for (const room of entered) if (!rooms.includes(room)) this.leave(room);
  }

  /** @param {string} room */
  enter(room) {
    this.#stay.enter(room);
  }

  /** @param {string} room */
  leave(room) {
    this.#stay.leave(room);
    this.#attend();
  }

  /**
   * @param {string} room
   * @param {string} text
   * @param {import("./acts.js").Act} [act] what is to be done to an earlier message, instead of a new one
   * @returns {boolean} false: too much is waiting already
   */
  say(room, text, act) {
    const taken = this.outbox.add(room, text, this.#makeKey(), act);
    this.flush();
    return taken;
  }

  /** @param {string} key */
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
    const store = this.room(room);
    const before = store.timeline.startLoading(stretch);
    if (!before) return;
    this.history.ask({
      room,
      before,
      limit: 50,
      answered: (page) => store.addHistory(page),
      failed: (wait) => store.lackHistory(wait),
    });
  }

  /** Sends what is due. To be called about twice a second, too: some of it is due again. */
  flush() {
    const { online, welcome } = this.session;
    if (!online || !welcome) return;
    this.#attend();
    const due = this.#dispatch.due(welcome.user.id);
    for (const { item } of due) this.session.send(frameOf(item));
    if (due.some(({ again }) => again)) this.session.socket.probe();
  }

  #attend() {
    for (const room of this.#stay.attend(this.outbox.roomsWaiting)) {
      this.#dispatch.roomLost(room);
      this.history.left(room);
    }
  }

  /**
   * Somebody goes by another name now.
   * @param {Wire.User} user
   */
  rename(user) {
    for (const room of this.#rooms.values()) {
      room.members.rename(user);
      room.changed.emit();
    }
    if (user.id === this.session.welcome?.user.id) this.renamed.emit(user.name);
  }
}
