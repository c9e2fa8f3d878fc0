import { Signal } from "../runtime.js";
import { entryOf, frameOf } from "../transport/frames.js";
import { RoomStore } from "./RoomStore.js";
import { MyRooms } from "./storage.js";

/** Refusals of a join: the user may not be in the room. */
const expelling = ["not_found", "forbidden"];

/**
 * @typedef {{ room: string, rules: Wire.Rules, why: "removed" | "banned" | "deleted" | "not_found" | "forbidden",
 *   until?: number }} Expulsion `rules`: as they were; `until`: the end of a ban, in milliseconds since 1970
 */

/** The chat without its views: the rooms, and what the user can do. `Reception` applies the frames of the server. */
export class Chat {
  /** A refusal that no message row shows. */
  refused = /** @type {Signal<Wire.Refusal>} */ (new Signal());
  /** The name of a room that has changed. */
  changed = /** @type {Signal<string>} */ (new Signal());
  /** Our own name, as the server knows it. */
  renamed = /** @type {Signal<string>} */ (new Signal());
  /** The user may not be in a room, or not any more. */
  expelled = new Signal();
  /** The name of a room whose messages an operator has deleted. */
  erased = /** @type {Signal<string>} */ (new Signal());
  /** Not told to the user yet. */
  expulsions = /** @type {Expulsion[]} */ ([]);
  /** A new message of another user, unless the user ignores them. */
  heard = /** @type {Signal<Wire.Chat>} */ (new Signal());
  /** Another user is typing. */
  typing = /** @type {Signal<Wire.Typing>} */ (new Signal());

  /** The name of a room that the user is no longer in. */
  departed = /** @type {Signal<string>} */ (new Signal());

  /** Loaded with the list of messages. */
  history = /** @type {import("./History.js").HistoryRequests | undefined} */ (undefined);
  /** Loaded with the list of messages. */
  targets = /** @type {import("./Targets.js").Targets | undefined} */ (undefined);
  /** Whose messages are not announced. */
  ignores = (/** @type {string} */ _user) => false;

  outbox;
  session;
  /** The next message of a room, which waits for its files. */
  incomplete;
  #dispatch;
  #makeKey;
  /** @type {Map<string, RoomStore>} */
  #rooms = new Map();
  /** The rooms that the user is in. */
  #entered = /** @type {Set<string>} */ (new Set());
  /** Joined only until nothing waits to be sent there. */
  #lingering = /** @type {Set<string>} */ (new Set());
  /** Private rooms that were deleted, until the user is removed from them. */
  #erased = /** @type {Set<string>} */ (new Set());

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
    this.incomplete = dispatch.incomplete;
    const reception = new Reception(this, dispatch);
    session.frames.listen((frame) => reception.receive(frame));
    session.lost.listen(() => dispatch.connectionLost());
  }

  /** @param {string} name */
  room(name) {
    const known = this.#rooms.get(name);
    if (known) return known;
    const room = new RoomStore(() => this.session.welcome?.user.id ?? "");
    room.changed.listen(() => this.changed.emit(name));
    this.#rooms.set(name, room);
    return room;
  }

  /** Whether the server has rooms that belong to somebody. */
  get hasOwners() {
    return this.session.welcome?.features.includes("rooms") === true;
  }

  /** Whether the server keeps which message another one answers. */
  get hasReplies() {
    return this.session.welcome?.features.includes("replies") === true;
  }

  get entered() {
    return [...this.#entered];
  }

  /** @param {string[]} rooms the user is in from now on */
  beIn(rooms) {
    const { entered } = this;
    for (const room of rooms) if (!entered.includes(room)) this.enter(room);
    for (const room of entered) if (!rooms.includes(room)) this.leave(room);
  }

  /** @param {string} room */
  enter(room) {
    this.#lingering.delete(room);
    this.#entered.add(room);
    this.session.join(room);
  }

  /** @param {string} room */
  leave(room) {
    if (this.#entered.delete(room)) this.#lingering.add(room);
    this.#attend();
  }

  /**
   * The user may not be in a room. What waits to be sent there is not sent; what is known of it is forgotten.
   * @param {string} room
   * @param {Expulsion["why"]} why
   * @param {number} [until]
   */
  expel(room, why, until) {
    const { rules } = this.room(room);
    // From a private room, the banned are removed: the log says why.
    const banned = why === "removed" && rules.now.role === "banned";
    const reason = this.#erased.delete(room) ? "deleted" : banned ? "banned" : why;
    const end = banned ? rules.until : until;
    const title = rules.now.with?.name ?? rules.now.title;
    const code = reason === "banned" || reason === "forbidden" ? "forbidden" : "not_found";
    for (const item of this.outbox.itemsIn(room))
      if (item.state === "pending") this.outbox.giveUp(item, "failed", { code, title });
    this.#entered.delete(room);
    this.#lingering.delete(room);
    this.session.leave(room, false);
    this.#dispatch.roomLost(room);
    this.departed.emit(room);
    this.#rooms.delete(room);
    this.expulsions.push({ room, rules: rules.now, why: reason, ...(end !== undefined && { until: end }) });
    this.expelled.emit();
  }

  /**
   * An operator has deleted a room: what is known of it is forgotten. An open one goes on, empty.
   * @param {string} room
   */
  erase(room) {
    // From a private room everybody is removed.
    if (MyRooms.kindOf(room) !== "open") return void this.#erased.add(room);
    this.room(room).forget();
    this.erased.emit(room);
  }

  /**
   * @param {string} room
   * @param {string} text
   * @param {import("../transport/frames.js").Act} [act] on an earlier message, instead of a new one
   * @param {string} [re] the id of the message that it answers
   * @param {Wire.File[]} [files]
   * @returns {boolean} false: the outbox is full
   */
  say(room, text, act, re, files) {
    const taken = this.outbox.add(room, text, this.#makeKey(), act, re, files);
    this.flush();
    return taken;
  }

  /**
   * Takes a message back that the server does not have.
   * @param {string} key
   * @returns {string | null} its text; null: it is too late
   */
  takeBack(key) {
    const item = this.outbox.item(key);
    if (!item || item.state !== "pending" || (item.firstSent && !item.waits)) return null;
    this.outbox.remove(key);
    this.flush();
    return item.text;
  }

  /** @param {string} key */
  retry(key) {
    this.outbox.retry(key);
    this.flush();
  }

  /** Sends what is due. Also called twice a second, for retries. */
  flush() {
    const { online, welcome } = this.session;
    if (!online || !welcome) return;
    this.#attend();
    const due = this.#dispatch.due(welcome.user.id);
    for (const { item } of due) this.#send(item, welcome.limits.frameBytes);
    if (due.some(({ again }) => again)) this.session.socket.probe();
  }

  /**
   * @param {import("./Outbox.js").Item} item
   * @param {number} limit in bytes
   */
  #send(item, limit) {
    const frame = frameOf(item);
    // The server would close the connection over it, and receive it again on the next one.
    const fits = new TextEncoder().encode(JSON.stringify(frame)).length <= limit;
    if (fits) this.session.send(frame);
    else this.outbox.giveUp(item, "failed", { code: "too_long" });
  }

  /** Messages to a room are sent even if the user has left it, also after a reload: only then the room is left. */
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
      this.departed.emit(room);
    }
  }

  /** @param {Wire.User} user with a new name */
  rename(user) {
    for (const room of this.#rooms.values()) {
      room.members.rename(user);
      room.rules.rename(user);
      room.changed.emit();
    }
    if (user.id === this.session.welcome?.user.id) this.renamed.emit(user.name);
  }
}

/** Applies frames of the server to their rooms, and removes from the outbox what is in the log. */
class Reception {
  #chat;
  #dispatch;

  /**
   * @param {Chat} chat
   * @param {import("./Dispatch.js").Dispatch} dispatch
   */
  constructor(chat, dispatch) {
    this.#chat = chat;
    this.#dispatch = dispatch;
  }

  /** @param {Wire.Frame} frame */
  receive(frame) {
    switch (frame.type) {
      case "welcome":
        return this.#chat.renamed.emit(frame.user.name);
      case "joined":
        this.#chat.room(frame.room).members.reset(frame.members, frame.memberCount);
        return this.#catchUp(frame, frame.rules ?? null);
      case "reset":
        return this.#catchUp(frame);
      case "rules":
        this.#chat.room(frame.room).rules.reset(frame.rules ?? null, frame.head);
        return this.#chat.room(frame.room).changed.emit();
      case "resume":
        this.#settle(frame.messages);
        this.#chat.room(frame.room).resume(frame.epoch, frame.messages);
        return frame.more || this.#didCatchUp(frame.room);
      case "chat":
        if (frame.key && frame.from.id === this.#self) this.#chat.outbox.arrived(frame.key);
        else if (this.#isUnsure(frame)) this.#settle([frame]);
        this.#chat.room(frame.room).hear(frame.epoch, frame);
        if (frame.from.id !== this.#self && !frame.act && !this.#chat.ignores(frame.from.id))
          this.#chat.heard.emit(frame);
        return this.#chat.flush();
      case "typing":
        if (frame.user.id !== this.#self && !this.#chat.ignores(frame.user.id)) this.#chat.typing.emit(frame);
        return;
      case "left":
        if (frame.reason === "removed" || frame.reason === "banned")
          this.#chat.expel(frame.room, frame.reason, frame.until);
        return;
      case "deleted":
        return this.#chat.erase(frame.room);
      case "history":
        return this.#settle(frame.messages);
      case "ack":
        return this.#confirm(frame);
      case "presence":
        return this.#showPresence(frame);
      case "renamed":
        return this.#chat.rename(frame.user);
      case "error":
        return this.#refuse(frame);
    }
  }

  /**
   * @param {Wire.Joined | Wire.Reset} frame
   * @param {Wire.Rules | null} [rules]
   */
  #catchUp(frame, rules) {
    this.#settle(frame.messages);
    this.#chat.room(frame.room).catchUp(frame, rules);
    if (!frame.more) this.#didCatchUp(frame.room);
  }

  /** @param {string} name */
  #didCatchUp(name) {
    const { welcome } = this.#chat.session;
    if (!welcome) return;
    const { recovered } = this.#chat.room(name);
    const { dedupeSeconds } = welcome.limits;
    this.#chat.outbox.caughtUp(name, recovered);
    this.#dispatch.roomReady(name, { recovered, user: welcome.user.id, dedupeSeconds });
    this.#chat.flush();
  }

  /** @param {Wire.Message[]} messages */
  #settle(messages) {
    const { outbox } = this.#chat;
    for (const { from, key } of messages) {
      // Before signing in or out, the user had another id.
      const ours = key && [this.#self, outbox.item(key)?.firstSent?.user].includes(from.id);
      if (ours) outbox.remove(key);
    }
  }

  /** @param {Wire.Chat} frame */
  #isUnsure({ key }) {
    return key !== undefined && this.#chat.outbox.item(key)?.state === "unsure";
  }

  /** @param {Wire.Ack} ack */
  #confirm({ key, id, room }) {
    const { outbox, session } = this.#chat;
    const item = outbox.item(key);
    if (!item || !session.welcome) return;
    this.#chat.room(room).confirm(entryOf(item, session.welcome.user, id));
    outbox.remove(key);
    this.#chat.flush();
  }

  /** @param {Wire.Presence} frame */
  #showPresence({ room, reset, members, joined, left, memberCount }) {
    const store = this.#chat.room(room);
    if (reset) store.members.reset(members, memberCount);
    else this.#showChange(store, joined, left, memberCount);
    store.changed.emit();
  }

  /**
   * @param {import("./RoomStore.js").RoomStore} store
   * @param {Wire.User[]} joined
   * @param {Wire.User[]} left
   * @param {number} [count]
   */
  #showChange(store, joined, left, count) {
    // The server sends them in any order.
    const others = (/** @type {Wire.User[]} */ users) =>
      users.filter(({ id }) => id !== this.#self).sort((one, two) => one.name.localeCompare(two.name));
    // Members who were here already only changed their name.
    const came = others(joined).filter(({ id }) => store.members.nameOf(id) === undefined);
    store.members.change(joined, left, count);
    const { end } = store.timeline;
    if (end) store.comings.add(end.id, came, others(left));
  }

  /** @param {Wire.Refusal} refusal */
  #refuse(refusal) {
    const { key, room, code, until } = refusal;
    if (key) return this.#dispatch.refused({ ...refusal, key });
    if (room && expelling.includes(code)) return this.#chat.expel(room, /** @type {Expulsion["why"]} */ (code), until);
    this.#chat.refused.emit(refusal);
  }

  get #self() {
    return this.#chat.session.welcome?.user.id;
  }
}
