import { Signal } from "../runtime.js";
import { unreadIn } from "../store/RoomStore.js";
import { mentionOf } from "../store/text.js";
import { Composer } from "./Composer.js";
import { labelOf } from "./Navigation.js";
import { learnMore, say } from "../words/say.js";
import { Attention, find, loadStyle, setText } from "./dom.js";

/** The room on screen: its messages, what is unread, and the composer. */
export class Conversation {
  room = "";
  /** The id of the shown message that the address names, or "". */
  linked = "";
  /** The reader went to the end of the room. */
  wentToLatest = new Signal();
  /** The user is typing a message. */
  wrote = new Signal();
  composer;
  #actions;
  #chat;
  #notes;
  #reading;
  #self;
  /** The keys of rows whose muted messages are shown. */
  #unfolded = /** @type {Set<string>} */ (new Set());
  #arrange = /** @type {typeof import("./arrange.js").arrange | undefined} */ (undefined);
  /** Undefined until `load` is done: the user can write before. */
  list = /** @type {import("./MessageList.js").MessageList | undefined} */ (undefined);
  /** @type {Attention} */
  #attention;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomStore.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {(command: string) => void} command
   */
  constructor(chat, notes, self, command) {
    this.#chat = chat;
    this.#notes = notes;
    this.#reading = new Reading(chat, notes, self);
    this.#self = self;
    this.#actions = {
      retry: (/** @type {string} */ key) => chat.retry(key),
      discard: (/** @type {string} */ key) => chat.outbox.remove(key),
      takeBack: (/** @type {string} */ key) => void chat.takeBack(key),
      rewrite: (/** @type {string} */ key) => this.#rewrite(key),
      fill: (/** @type {number} */ stretch) => chat.history?.loadOlder(this.room, stretch),
      unfold: (/** @type {string} */ key) => this.#unfold(key),
      mention: () => mentionOf(self().name),
      self,
      nameOf: (/** @type {string} */ user) => chat.room(this.room).members.nameOf(user),
      act: (/** @type {import("../transport/frames.js").Act} */ act) => this.act(act),
    };
    this.#attention = new Attention(
      () => this.list?.following === true,
      () => this.#reading.didRead(),
    );
    this.composer = new Composer(chat, notes, self, {
      command,
      said: () => {
        this.toLatest();
        this.#reading.didRead();
      },
      wrote: () => this.wrote.emit(),
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.#reading.leave());
    addEventListener("blur", () => this.#reading.leave());
  }

  /** Loads what shows messages. */
  async load() {
    const [{ MessageList }, { arrange }, { HistoryRequests }] = await Promise.all([
      import("./MessageList.js"),
      import("./arrange.js"),
      import("../store/History.js"),
      loadStyle("messages.css"),
      learnMore(),
    ]);
    HistoryRequests.of(this.#chat);
    this.#arrange = arrange;
    this.list = new MessageList(this.#actions, {
      load: (side) => this.#load(side),
      moved: () => this.#attention.check(),
      toLatest: () => this.toLatest(),
    });
    this.show();
  }

  /** @param {string} room */
  open(room) {
    if (this.room) this.#forgetPassage();
    this.room = room;
    this.#unfolded.clear();
    this.#reading.open(room);
    this.list?.clear();
    this.composer.open(room);
    this.#attention.restart();
    this.show();
  }

  /** @param {import("../transport/frames.js").Act} act on a message of this room */
  act(act) {
    this.#chat.say(this.room, "", act);
  }

  /**
   * Whether the user sees new messages of a room arrive.
   * @param {string} room
   */
  inSight(room) {
    return room === this.room && Attention.present && this.list?.following === true;
  }

  show() {
    const { rules } = this.#chat.room(this.room);
    const barred = rules.now.role === "banned" ? "mayNotEnter" : "mayNotSpeak";
    this.composer.address(labelOf(this.room, rules.now), rules.maySpeak ? "" : say(barred));
    if (!this.list || !this.#arrange) return;
    const room = this.#chat.room(this.room);
    const unread = this.#reading.look(this.inSight(this.room));
    room.timeline.trim(this.list.following);
    const waiting = this.#chat.outbox.unseenIn(this.room);
    const editing = this.#notes.edit(this.room)?.id;
    const folding = { room: this.room, muted: this.#notes.muted, open: this.#unfolded, editing };
    const rows = this.#arrange(room, waiting, this.#self(), this.#reading.divider, this.linked, folding);
    this.list.show(rows, room.joined, unread, room.timeline.passage !== null);
    this.#attention.check();
  }

  /** @param {string} key of an unsent message: its text goes back into the field, before what is there */
  #rewrite(key) {
    const text = this.#chat.takeBack(key);
    if (text !== null) this.composer.write([text, this.composer.text].filter(Boolean).join("\n"));
  }

  /** @param {string} key of a line in place of messages */
  #unfold(key) {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
    this.show();
  }

  /** Marks everything as read. */
  markRead() {
    this.#reading.didRead();
    this.#reading.divider = null;
    this.toLatest();
  }

  /** Scrolls to the end of the room. */
  toLatest() {
    this.#forgetPassage();
    this.list?.follow();
    this.show();
    this.wentToLatest.emit();
  }

  /**
   * Shows a known message, highlighted.
   * @param {string} id
   * @returns its row
   */
  reveal(id) {
    this.linked = id;
    this.list?.stay();
    this.show();
    return this.list?.center(id);
  }

  #forgetPassage() {
    this.linked = "";
    this.#chat.room(this.room).timeline.passage = null;
  }

  /** @param {"before" | "after"} side */
  #load(side) {
    const { passage } = this.#chat.room(this.room).timeline;
    if (passage) passage.load(side);
    else if (side === "before") this.#chat.history?.loadOlder(this.room);
  }
}

/** What is unread in the room on screen, and the divider before it. */
class Reading {
  /** Stays while the user is here; counts messages while nobody looks. */
  divider = /** @type {import("./arrange.js").Divider | null} */ (null);
  #chat;
  #notes;
  #self;
  #room = "";
  /** The first messages are shown: from now on only absence moves the divider. */
  #settled = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomStore.js").RoomNotes} notes
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
    return unreadIn(timeline, this.#notes.read(this.#room), this.#self(), this.#notes.muted);
  }

  /**
   * Updates the divider.
   * @param {boolean} inSight
   * @returns the number of unread messages
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

  /** Everything has been read. */
  didRead() {
    const { newest } = this.#chat.room(this.#room).timeline;
    if (newest) this.#notes.setRead(this.#room, newest.id);
  }

  /** The user looks away: the next divider goes before what arrives from now on. */
  leave() {
    if (this.#unread.count === 0) this.divider = null;
  }
}

/** A word in the header: whether the page is connected, and whether the node accepts messages. */
export class ConnectionStatus {
  #session;
  #word = find("connection", HTMLElement);

  /** @param {import("../transport/Session.js").Session} session */
  constructor(session) {
    this.#session = session;
    session.changed.listen(() => this.#show());
    this.#show();
  }

  #show() {
    const { online, writable, welcome, barred } = this.#session;
    this.#word.className = `connection hint ${online && writable ? "online" : "offline"}`;
    const trying = barred ? "notSignedIn" : welcome ? "reconnecting" : "connecting";
    setText(this.#word, say(!online ? trying : writable ? "online" : "unwritable"));
    const node = (online && welcome?.node) || "";
    this.#word.title = node && say("connectedTo", { node });
    this.#word.dataset.node = node;
  }
}
