import { Signal } from "../Signal.js";
import { mentionOf } from "../store/text.js";
import { arrange } from "./arrange.js";
import { Attention } from "./Attention.js";
import { MessageList } from "./MessageList.js";
import { Reading } from "./Reading.js";
import { Writing } from "./Writing.js";

/** The room that is shown: what was said, how far it was read, and where one writes. */
export class Conversation {
  room = "";
  /** The id of the message that the address names and that is shown, or "". */
  linked = "";
  /** The reader went to the end of the room. */
  wentToLatest = /** @type {Signal} */ (new Signal());
  /** Something was typed that is going to be said. */
  wrote = /** @type {Signal} */ (new Signal());
  composer;
  #writing;
  #chat;
  #reading;
  #self;
  /** @type {MessageList} */
  list;
  /** @type {Attention} */
  #attention;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {(command: string) => void} command
   */
  constructor(chat, notes, self, command) {
    this.#chat = chat;
    this.#reading = new Reading(chat, notes, self);
    this.#self = self;
    const actions = {
      retry: (/** @type {string} */ key) => chat.retry(key),
      discard: (/** @type {string} */ key) => chat.outbox.remove(key),
      fill: (/** @type {number} */ stretch) => chat.loadOlder(this.room, stretch),
      mention: () => mentionOf(self().name),
      self,
      nameOf: (/** @type {string} */ user) => chat.room(this.room).members.nameOf(user),
      act: (/** @type {import("../store/acts.js").Act} */ act) => this.act(act),
    };
    this.list = new MessageList(actions, {
      load: (side) => this.#load(side),
      moved: () => this.#attention.check(),
      toLatest: () => this.toLatest(),
    });
    this.#attention = new Attention(
      () => this.list.following,
      () => this.#reading.didRead(),
    );
    this.#writing = new Writing(chat, notes, self, {
      command,
      said: () => {
        this.toLatest();
        this.#reading.didRead();
      },
      wrote: () => this.wrote.emit(),
    });
    this.composer = this.#writing.composer;
    document.addEventListener("visibilitychange", () => document.hidden && this.#reading.leave());
    addEventListener("blur", () => this.#reading.leave());
  }

  /** @param {string} room */
  open(room) {
    if (this.room) this.#forgetPassage();
    this.room = room;
    this.#reading.open(room);
    this.list.clear();
    this.#writing.open(room);
    this.#attention.restart();
    this.show();
  }

  /** @param {import("../store/acts.js").Act} act on a message of this room */
  act(act) {
    this.#chat.say(this.room, "", act);
  }

  /**
   * Whether somebody reads the news of a room as they come.
   * @param {string} room
   */
  inSight(room) {
    return room === this.room && Attention.present && this.list.following;
  }

  show() {
    const room = this.#chat.room(this.room);
    const unread = this.#reading.look(this.inSight(this.room));
    room.timeline.trim(this.list.following);
    const waiting = this.#chat.outbox.itemsIn(this.room);
    const rows = arrange(room, waiting, this.#self(), this.#reading.divider, this.linked);
    this.list.show(rows, room.joined, unread, room.timeline.passage !== null);
    this.#attention.check();
  }

  /** The user says: I have seen all of it. */
  markRead() {
    this.#reading.didRead();
    this.#reading.divider = null;
    this.toLatest();
  }

  /** To the end of the room, wherever the reader was. */
  toLatest() {
    this.#forgetPassage();
    this.list.follow();
    this.show();
    this.wentToLatest.emit();
  }

  /**
   * Shows a message that is known, with a mark.
   * @param {string} id
   * @returns its row
   */
  reveal(id) {
    this.linked = id;
    this.list.stay();
    this.show();
    return this.list.center(id);
  }

  #forgetPassage() {
    this.linked = "";
    this.#chat.room(this.room).timeline.passage = null;
  }

  /** @param {"before" | "after"} side */
  #load(side) {
    const { passage } = this.#chat.room(this.room).timeline;
    if (passage) passage.load(side);
    else if (side === "before") this.#chat.loadOlder(this.room);
  }
}
