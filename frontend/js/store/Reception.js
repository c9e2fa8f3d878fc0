import { entryOf } from "./acts.js";

/**
 * Takes what the server says to the room that it concerns, and out of the outbox what is in the log.
 *
 */
export class Reception {
  #chat;
  #dispatch;

  /**
   * @param {import("./Chat.js").Chat} chat
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
        return this.#catchUp(frame);
      case "reset":
        return this.#catchUp(frame);
      case "resume":
        this.#settle(frame.messages);
        this.#chat.room(frame.room).resume(frame.epoch, frame.messages);
        return frame.more || this.#didCatchUp(frame.room);
      case "chat":
        this.#settle([frame]);
        this.#chat.room(frame.room).hear(frame.epoch, frame);
        if (frame.from.id !== this.#self && !frame.act) this.#chat.heard.emit(frame);
        return this.#chat.flush();
      case "typing":
        return frame.user.id === this.#self || this.#chat.typing.emit(frame);
      case "history":
        this.#settle(frame.messages);
        return this.#chat.history.answered(frame);
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

  /** @param {Wire.Joined | Wire.Reset} frame */
  #catchUp(frame) {
    this.#settle(frame.messages);
    this.#chat.room(frame.room).catchUp(frame);
    if (!frame.more) this.#didCatchUp(frame.room);
  }

  /** @param {string} name */
  #didCatchUp(name) {
    const { welcome } = this.#chat.session;
    if (!welcome) return;
    const { recovered } = this.#chat.room(name);
    const { dedupeSeconds } = welcome.limits;
    this.#dispatch.roomReady(name, { recovered, user: welcome.user.id, dedupeSeconds });
    this.#chat.flush();
  }

  /** @param {Wire.Message[]} messages */
  #settle(messages) {
    const { outbox } = this.#chat;
    for (const { from, key } of messages) {
      if (key && from.id === this.#self) outbox.remove(key);
    }
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
    if (reset) store.members.reset(members ?? [], memberCount);
    else this.#showChange(store, joined ?? [], left ?? [], memberCount);
    store.changed.emit();
  }

  /**
   * @param {import("./RoomStore.js").RoomStore} store
   * @param {Wire.User[]} joined
   * @param {Wire.User[]} left
   * @param {number} count
   */
  #showChange(store, joined, left, count) {
    store.members.change(joined, left, count);
    const { newest } = store.timeline;
    const others = (/** @type {Wire.User[]} */ users) =>
      users.filter(({ id }) => id !== this.#self);
    if (newest) store.comings.add(newest.id, others(joined), others(left));
  }

  /** @param {Wire.Refusal} refusal */
  #refuse(refusal) {
    const { key } = refusal;
    if (key) return this.#dispatch.refused({ ...refusal, key });
    this.#chat.history.refused(refusal);
    this.#chat.refused.emit(refusal);
  }

  get #self() {
    return this.#chat.session.welcome?.user.id;
  }
}
