import { Composer } from "./Composer.js";

/**
 * What one writes goes where.
 *
 * @typedef {object} Outlet
 * @property {(text: string) => boolean} send false: not taken, there is too much waiting
 * @property {(command: string) => void} command a line that begins with a slash
 * @property {(text: string) => void} changed
 * @property {(id: string, text: string) => boolean} edit another text for a message
 * @property {() => { id?: string, text: string } | null} last what one said last, without an id not yet sent
 */

/** What one writes in the room that is shown: a new message, or another text for an earlier one. */
export class Writing {
  composer;
  #chat;
  #notes;
  #self;
  #room = "";

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {{ command: (line: string) => void, said: () => void, wrote: () => void }} outlet
   */
  constructor(chat, notes, self, { command, said, wrote }) {
    this.#chat = chat;
    this.#notes = notes;
    this.#self = self;
    this.composer = new Composer({
      command,
      send: (text) => {
        const taken = chat.say(this.#room, text);
        if (taken) said();
        return taken;
      },
      edit: (target, text) => chat.say(this.#room, text, { kind: "edit", target }),
      changed: (text) => {
        notes.setDraft(this.#room, text);
        if (text !== "" && !text.startsWith("/")) wrote();
      },
      last: () => this.#lastSaid(),
    });
  }

  /** @param {string} room */
  open(room) {
    this.#room = room;
    this.composer.showRoom(room, this.#notes.draft(room));
  }

  /** What one said last: to be changed in the log, or, while it was never sent, before it goes there. */
  #lastSaid() {
    const { outbox } = this.#chat;
    const waiting = outbox
      .itemsIn(this.#room)
      .filter(({ act }) => !act)
      .at(-1);
    if (waiting?.firstSent) return null;
    if (waiting) {
      outbox.remove(waiting.key);
      return { text: waiting.text };
    }
    const { id: self } = this.#self();
    for (const { id, from, text, deleted } of this.#chat.room(this.#room).timeline.newestFirst())
      if (from.id === self && !deleted) return { id, text };
    return null;
  }
}
