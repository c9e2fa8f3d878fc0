import { Signal } from "../Signal.js";
import { RoomStore } from "./RoomStore.js";

/** @typedef {import("../transport/frames.js").Frame} Frame */

/**
 * The whole chat without its looks: takes what the session hears to the room it concerns, and what the user says to
 * the outbox and out of it.
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
    session.frames.listen((frame) => this.#receive(frame));
    session.lost.listen(() => {
      dispatch.connectionLost();
      for (const room of this.#rooms.values()) room.stopLoading();
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
  leave(name) {
    this.session.leave(name);
    this.#dispatch.roomLost(name);
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
   * @param {number} [stretch] see RoomStore
   */
  loadOlder(room, stretch) {
    if (!this.session.online) return;
    const before = this.room(room).startLoading(stretch);
    if (before) this.session.send({ type: "history", room, before, limit: 50 });
  }

  /** Sends what is due. To be called about twice a second, too: some of it is due again. */
  flush() {
    const { online, welcome } = this.session;
    if (!online || !welcome) return;
    const due = this.#dispatch.due(welcome.user.id);
    for (const { item } of due) {
      this.session.send({ type: "chat", room: item.room, text: item.text, key: item.key });
    }
    if (due.some(({ again }) => again)) this.session.probe();
  }

  /**
   * @param {Frame} frame
   */
  #receive(frame) {
    switch (frame.type) {
      case "welcome":
        this.renamed.emit(frame.user.name);
        break;
      case "joined":
        this.room(frame.room).members.reset(frame.members, frame.memberCount);
        this.#catchUp(frame);
        break;
      case "reset":
        this.#catchUp(frame);
        break;
      case "resume":
        this.#settle(frame.messages);
        this.room(frame.room).resume(frame.messages);
        if (!frame.more) this.#didCatchUp(frame.room);
        break;
      case "chat":
        this.#settle([frame]);
        this.room(frame.room).hear(frame.epoch, frame);
        this.flush();
        break;
      case "history":
        this.#settle(frame.messages);
        this.room(frame.room).addHistory(frame.messages, frame.more);
        break;
      case "ack":
        this.#confirm(frame);
        break;
      case "presence":
        this.#showPresence(frame);
        break;
      case "renamed":
        for (const room of this.#rooms.values()) {
          room.members.rename(frame.user);
          room.changed.emit();
        }
        if (frame.user.id === this.session.welcome?.user.id) this.renamed.emit(frame.user.name);
        break;
      case "error":
        this.#refuse(frame);
        break;
    }
  }

  /**
   * @param {import("../transport/frames.js").Joined | import("../transport/frames.js").Reset} frame
   */
  #catchUp(frame) {
    this.#settle(frame.messages);
    this.room(frame.room).catchUp(frame);
    if (!frame.more) this.#didCatchUp(frame.room);
  }

  /**
   * @param {string} name
   */
  #didCatchUp(name) {
    const { welcome } = this.session;
    if (!welcome) return;
    const { dedupeSeconds } = welcome.limits;
    this.#dispatch.roomReady(name, {
      recovered: this.room(name).recovered,
      user: welcome.user.id,
      dedupeSeconds,
    });
    this.flush();
  }

  /**
   * Takes from the outbox what is in the log.
   *
   * @param {import("../transport/frames.js").Message[]} messages
   */
  #settle(messages) {
    const self = this.session.welcome?.user.id;
    for (const { from, key } of messages) {
      if (key && from.id === self && this.outbox.item(key)) this.outbox.remove(key);
    }
  }

  /**
   * @param {import("../transport/frames.js").Ack} ack
   */
  #confirm({ key, id, room }) {
    const item = this.outbox.item(key);
    const user = this.session.welcome?.user;
    if (!item || !user) return;
    const ts = Number(id.split("-")[0]);
    this.room(room).confirm({ id, key, ts, text: item.text, from: user });
    this.outbox.remove(key);
    this.flush();
  }

  /**
   * @param {import("../transport/frames.js").Presence} frame
   */
  #showPresence({ room, reset, members, joined, left, memberCount }) {
    const store = this.room(room);
    if (reset) store.members.reset(members ?? [], memberCount);
    else store.members.change(joined ?? [], left ?? [], memberCount);
    store.changed.emit();
  }

  /**
   * @param {import("../transport/frames.js").Refusal} refusal
   */
  #refuse(refusal) {
    const { key, room } = refusal;
    if (key) return this.#dispatch.refused({ ...refusal, key });
    if (room) this.room(room).stopLoading();
    this.refused.emit(refusal);
  }
}
