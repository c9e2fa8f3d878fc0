import { unreadIn } from "../store/unread.js";

/** How far the room that is shown was read, and the divider before what was not. */
export class Reading {
  /** Stays where it is while the reader is here; counts what comes while nobody looks. */
  divider = /** @type {import("./arrange.js").Divider | null} */ (null);
  #chat;
  #notes;
  #self;
  #room = "";
  /** The room's first messages are shown: from now on it is up to the reader to go away. */
  #settled = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   * @param {() => Wire.User} self
   */
  constructor(chat, notes, self) {
    this.#chat = chat;
    this.#notes = notes;
    this.#self = self;
  }

  /** @param {string} room */
  open(room) {
    this.#room = room;
    this.divider = null;
    this.#settled = false;
  }

  get #unread() {
    const { timeline } = this.#chat.room(this.#room);
    return unreadIn(timeline, this.#notes.read(this.#room), this.#self());
  }

  /**
   * Something may have come.
   * @param {boolean} inSight
   * @returns how much is not read
   */
  look(inSight) {
    const read = this.#notes.read(this.#room);
    const { count } = this.#unread;
    const away = !this.#settled || !inSight;
    const mayChange = away && (!this.divider || this.divider.after === read);
    if (mayChange && read && count > 0) this.divider = { after: read, count };
    this.#settled = this.#chat.room(this.#room).joined;
    return count;
  }

  /** All of it. */
  didRead() {
    const { newest } = this.#chat.room(this.#room).timeline;
    if (newest) this.#notes.setRead(this.#room, newest.id);
  }

  /** Who comes back finds a divider before what came meanwhile. */
  leave() {
    if (this.#unread.count === 0) this.divider = null;
  }
}
