/**
 * Takes what the server says to the room that it concerns, and out of the outbox what is in the log.
 *
 * @typedef {import("../transport/frames.js").Frame} Frame
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

  /**
   * @param {Frame} frame
   */
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
        return this.#chat.flush();
      case "history":
        this.#settle(frame.messages);
        return this.#chat.room(frame.room).addHistory(frame.epoch, frame.messages, frame.more);
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
   * @param {import("../transport/frames.js").Joined | import("../transport/frames.js").Reset} frame
   */
  #catchUp(frame) {
    this.#settle(frame.messages);
    this.#chat.room(frame.room).catchUp(frame);
    if (!frame.more) this.#didCatchUp(frame.room);
  }

  /**
   * @param {string} name
   */
  #didCatchUp(name) {
    const { welcome } = this.#chat.session;
    if (!welcome) return;
    const { recovered } = this.#chat.room(name);
    const { dedupeSeconds } = welcome.limits;
    this.#dispatch.roomReady(name, { recovered, user: welcome.user.id, dedupeSeconds });
    this.#chat.flush();
  }

  /**
   * @param {import("../transport/frames.js").Message[]} messages
   */
  #settle(messages) {
    const { outbox, session } = this.#chat;
    for (const { from, key } of messages) {
      if (key && from.id === session.welcome?.user.id && outbox.item(key)) outbox.remove(key);
    }
  }

  /**
   * @param {import("../transport/frames.js").Ack} ack
   */
  #confirm({ key, id, room }) {
    const { outbox, session } = this.#chat;
    const item = outbox.item(key);
    if (!item || !session.welcome) return;
    const ts = Number(id.split("-")[0]);
    this.#chat.room(room).confirm({ id, key, ts, text: item.text, from: session.welcome.user });
    outbox.remove(key);
    this.#chat.flush();
  }

  /**
   * @param {import("../transport/frames.js").Presence} frame
   */
  #showPresence({ room, reset, members, joined, left, memberCount }) {
    const store = this.#chat.room(room);
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
    if (room) this.#chat.room(room).timeline.stopLoading();
    this.#chat.refused.emit(refusal);
  }
}
