import { mentionOf } from "../store/text.js";
import { unreadIn } from "../store/unread.js";
import { Announcer } from "./Announcer.js";
import { arrange } from "./arrange.js";
import { Attention } from "./Attention.js";
import { MessageList } from "./MessageList.js";
import { Typing } from "./Typing.js";
import { Writing } from "./Writing.js";

/** The room that is shown: what was said, how far it was read, and where one writes. */
export class Conversation {
  room = "";
  composer;
  #writing;
  #chat;
  #notes;
  #self;
  /** @type {MessageList} */
  #list;
  #typing = new Typing(() => this.#chat.session.send({ type: "typing", room: this.room }));
  #announcer = new Announcer();
  /** @type {Attention} */
  #attention;
  /** Stays where it is while the reader is here; counts what comes while nobody looks. */
  #divider = /** @type {import("./arrange.js").Divider | null} */ (null);
  /** The room's first messages are shown: from now on it is up to the reader to go away. */
  #settled = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomNotes.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {(command: string) => void} command
   */
  constructor(chat, notes, self, command) {
    this.#chat = chat;
    this.#notes = notes;
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
    const loadOlder = () => chat.loadOlder(this.room);
    this.#list = new MessageList(actions, loadOlder, () => this.#attention.check());
    this.#attention = new Attention(
      () => this.#list.following,
      () => this.#didRead(),
    );
    this.#writing = new Writing(chat, notes, self, {
      command,
      said: () => {
        this.#list.follow();
        this.#didRead();
      },
      wrote: () => this.#typing.wrote(),
    });
    this.composer = this.#writing.composer;
    chat.heard.listen((message) => this.#hear(message));
    chat.typing.listen(({ room, user }) => room === this.room && this.#typing.add(user));
    document.addEventListener("visibilitychange", () => document.hidden && this.#leave());
    addEventListener("blur", () => this.#leave());
  }

  /** @param {string} room */
  open(room) {
    this.room = room;
    this.#divider = null;
    this.#settled = false;
    this.#typing.clear();
    this.#list.clear();
    this.#writing.open(room);
    this.#attention.restart();
    this.show();
  }

  /** @param {import("../store/acts.js").Act} act on a message of this room */
  act(act) {
    this.#chat.say(this.room, "", act);
  }

  /**
   * @param {Element} node of a row
   * @returns {import("./arrange.js").MessageRow | undefined}
   */
  messageRow(node) {
    const row = this.#list.rowOf(node);
    return row?.kind === "message" ? row : undefined;
  }

  /**
   * Whether somebody reads the news of a room as they come.
   * @param {string} room
   */
  inSight(room) {
    return room === this.room && Attention.present && this.#list.following;
  }

  show() {
    const room = this.#chat.room(this.room);
    const read = this.#notes.read(this.room);
    const unread = unreadIn(room.timeline, read, this.#self());
    const away = !this.#settled || !this.inSight(this.room);
    const mayChange = away && (!this.#divider || this.#divider.after === read);
    if (mayChange && read && unread.count > 0) this.#divider = { after: read, count: unread.count };
    this.#settled = room.joined;
    room.timeline.trim(this.#list.following);
    const waiting = this.#chat.outbox.itemsIn(this.room);
    const rows = arrange(room, waiting, this.#self(), this.#divider);
    this.#list.show(rows, room.joined, unread.count);
    this.#attention.check();
  }

  /** The user says: I have seen all of it. */
  markRead() {
    this.#didRead();
    this.#divider = null;
    this.#list.follow();
    this.show();
  }

  /** Puts the keyboard into the list of messages. */
  focusMessages() {
    this.#list.focus();
  }

  #didRead() {
    const { newest } = this.#chat.room(this.room).timeline;
    if (newest) this.#notes.setRead(this.room, newest.id);
  }

  /** Who comes back finds a divider before what came meanwhile. */
  #leave() {
    const { timeline } = this.#chat.room(this.room);
    const read = this.#notes.read(this.room);
    if (unreadIn(timeline, read, this.#self()).count === 0) this.#divider = null;
  }

  /** @param {Wire.Chat} message */
  #hear(message) {
    if (message.room !== this.room) return;
    this.#typing.remove(message.from.id);
    this.#announcer.hear(message);
  }
}
