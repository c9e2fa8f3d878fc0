import { Signal } from "../Signal.js";
import { MyRooms, lobby } from "../store/MyRooms.js";
import { unreadIn } from "../store/unread.js";
import { say } from "../words/say.js";

/** Which rooms the user is in, and which one is shown: the one in the address. */
export class Navigation {
  /**
   * Another room is shown, or the rooms are others.
   *
   * @type {Signal}
   */
  changed = new Signal();
  /** The address was gone to, be it again. */
  addressed = /** @type {Signal} */ (new Signal());
  #page;
  #rooms;
  #notes;

  /**
   * @param {import("./Page.js").Page} page
   * @param {MyRooms} rooms
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   */
  constructor(page, rooms, notes) {
    this.#page = page;
    this.#rooms = rooms;
    this.#notes = notes;
    rooms.changed.listen(() => this.#followOtherTabs());
    // Not hashchange: who follows a link once more wants to be there again.
    addEventListener("popstate", () => this.#open());
  }

  begin() {
    this.#page.chat.beIn(this.#rooms.list);
    this.#open();
  }

  /** The rooms one is in, with what is new there. */
  get rooms() {
    const { chat, conversation, self } = this.#page;
    return this.#rooms.list.map((name) => {
      const read = conversation.inSight(name) ? null : this.#notes.read(name);
      return { name, unread: unreadIn(chat.room(name).timeline, read, self) };
    });
  }

  /** The id of the message that the address names, or "". */
  get message() {
    return MyRooms.messageInAddress(location.hash);
  }

  /**
   * @param {string} room
   * @param {string} [message]
   */
  go(room, message) {
    const hash = `#/r/${room}${message ? `/m/${message}` : ""}`;
    if (hash === location.hash) this.#open();
    else location.hash = hash;
  }

  /** Leaves the room that is shown; there is always one. */
  leave() {
    const { room } = this.#page.conversation;
    const rooms = this.#rooms.list;
    const place = rooms.indexOf(room);
    const next = rooms[place + 1] ?? rooms[place - 1] ?? lobby;
    if (next === room) return;
    this.#rooms.remove(room);
    this.#notes.forget(room);
    this.#page.chat.leave(room);
    this.go(next);
  }

  #followOtherTabs() {
    const rooms = this.#rooms.list;
    this.#page.chat.beIn(rooms);
    if (!rooms.includes(this.#page.conversation.room)) this.go(rooms[0] ?? lobby);
    this.changed.emit();
  }

  #open() {
    const { chat, conversation, toast } = this.#page;
    const room = MyRooms.inAddress(location.hash);
    if (room === conversation.room && chat.entered.includes(room)) {
      if (conversation.linked && !this.message) conversation.toLatest();
      return this.addressed.emit();
    }
    if (!this.#rooms.add(room)) {
      toast.show(say("tooManyRooms"));
      return this.go(conversation.room || this.#rooms.list[0]);
    }
    chat.enter(room);
    conversation.open(room);
    this.changed.emit();
    this.addressed.emit();
  }
}
