import { Signal } from "../runtime.js";
import { MyRooms } from "../store/storage.js";
import { mentionOf } from "../store/text.js";
import { Composer } from "./Composer.js";
import { labelOf } from "./Navigation.js";
import { learnMore, say } from "../words/say.js";
import { find, forOperators, loadStyle, setText, soon } from "./dom.js";

const nobody = /** @type {ReadonlyMap<string, Wire.Role>} */ (new Map());

/** The room on screen: its messages, what is unread, and the composer. */
export class Conversation {
  room = "";
  /** The id of the shown message that the address names, or "". */
  linked = "";
  /** The reader went to the end of the room. */
  wentToLatest = new Signal();
  /** Something came into view or left it. */
  changed = new Signal();
  /** The first unread message is wanted, which is not loaded: it comes after this id. */
  missed = /** @type {Signal<string>} */ (new Signal());
  /** The user wants to invite people. */
  inviting = new Signal();
  /** Whether there is an open room that the user is not in, as far as the page knows: see extras/listing.js. */
  isListed = (/** @type {string} */ _room) => false;
  /** Who has which role in a room, by user, as far as it is known: see extras/RoomRoles.js. */
  rolesIn = (/** @type {string} */ _room) => nobody;
  /** The user is typing a message. */
  wrote = new Signal();
  /** The user wants to see the message with this id. */
  led = /** @type {Signal<string>} */ (new Signal());
  /** Files that were dropped or pasted. */
  given = /** @type {Signal<File[]>} */ (new Signal());
  /** A message with files is shown, for which `attachments` is missing. */
  filed = new Signal();
  composer;
  #actions;
  #chat;
  #notes;
  #self;
  /** The keys of rows whose muted messages are shown. */
  #unfolded = /** @type {Set<string>} */ (new Set());
  #arrange = /** @type {typeof import("./arrange.js").arrange | undefined} */ (undefined);
  /** Which message the draft answers. */
  #showReply = () => {};
  #lookUpSoon = soon(() => this.#chat.targets?.want(this.room, this.list?.answersInView ?? []));
  /** What shows files; loaded with the first of them. */
  attachments = /** @type {import("../extras/Attachments.js").Attachments | undefined} */ (undefined);
  /** Undefined until `load` is done: the user can write before. */
  list = /** @type {import("./MessageList.js").MessageList | undefined} */ (undefined);
  reading = /** @type {import("./Reading.js").Reading | undefined} */ (undefined);

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomStore.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {(command: string) => void} command
   */
  constructor(chat, notes, self, command) {
    this.#chat = chat;
    this.#notes = notes;
    this.#self = self;
    this.#actions = {
      retry: (/** @type {string} */ key) => chat.retry(key),
      discard: (/** @type {string} */ key) => chat.outbox.remove(key),
      copy: (/** @type {string} */ text) => this.#copy(text),
      invite: () => this.inviting.emit(),
      takeBack: (/** @type {string} */ key) => void chat.takeBack(key),
      rewrite: (/** @type {string} */ key) => this.#rewrite(key),
      fill: (/** @type {number} */ stretch) => chat.history?.loadOlder(this.room, stretch),
      unfold: (/** @type {string} */ key) => this.#unfold(key),
      attachments: () => this.attachments,
      mention: () => mentionOf(self().name),
      self,
      isRoom: (/** @type {string} */ room) => chat.entered.includes(room) || this.isListed(room),
      nameOf: (/** @type {string} */ user) => chat.room(this.room).members.nameOf(user),
      act: (/** @type {import("../transport/frames.js").Act} */ act) => this.act(act),
      goTo: (/** @type {string} */ id) => this.led.emit(id),
    };
    this.composer = new Composer(chat, notes, self, {
      command,
      said: () => this.toLatest(),
      wrote: () => this.wrote.emit(),
    });
  }

  /** Loads what shows messages. */
  async load() {
    // Not before the first screen.
    const later = new Promise((resolve) => setTimeout(resolve)).then(() => import("./Reading.js"));
    later.catch(() => {});
    const [{ MessageList }, { arrange }, { HistoryRequests }, { Targets }, answers] = await Promise.all([
      import("./MessageList.js"),
      import("./arrange.js"),
      import("../store/History.js"),
      import("../store/Targets.js"),
      import("./answers.js"),
      loadStyle("messages.css"),
      loadStyle("text.css"),
      learnMore(),
    ]);
    HistoryRequests.of(this.#chat);
    const targets = Targets.of(this.#chat);
    this.#arrange = arrange;
    const line = new answers.ReplyLine(() => this.composer.answer(""));
    this.#showReply = () => {
      const { re } = this.composer;
      const target = re ? targets.seek(this.room, re) : null;
      line.show(re ? answers.answered(re, target, this.#self().id, this.#notes.muted) : null);
    };
    this.list = new MessageList(this.#actions, {
      load: (side) => this.#load(side),
      moved: () => {
        this.reading?.moved();
        this.#lookUpSoon();
      },
      toLatest: () => this.toLatest(),
    });
    this.show();
    const { Reading } = await later;
    this.reading = new Reading(this.#chat, this.#notes, this.#self, this.list, {
      changed: () => this.changed.emit(),
      toFirst: (id, upTo) => (id ? this.showFrom(id) : this.missed.emit(upTo)),
      markRead: () => this.markRead(),
    });
    this.reading.open(this.room);
    this.show();
  }

  /** @param {string} room */
  open(room) {
    if (this.room) this.#forgetPassage();
    this.room = room;
    this.#unfolded.clear();
    this.reading?.open(room);
    this.list?.clear();
    this.composer.open(room);
    this.show();
  }

  /** @param {import("../transport/frames.js").Act} act on a message of this room */
  act(act) {
    this.#chat.say(this.room, "", act);
  }

  show() {
    const { rules } = this.#chat.room(this.room);
    const barred = rules.now.role === "banned" ? "mayNotEnter" : "mayNotSpeak";
    this.composer.address(labelOf(this.room, rules.now), rules.maySpeak ? "" : say(barred));
    if (!this.list || !this.#arrange) return;
    const room = this.#chat.room(this.room);
    this.reading?.look();
    room.timeline.trim(this.list.following);
    const waiting = this.#chat.outbox.unseenIn(this.room);
    const editing = this.#notes.edit(this.room)?.id;
    const folding = {
      room: this.room,
      muted: this.#notes.muted,
      open: this.#unfolded,
      editing,
      empty: this.#empty,
      find: (/** @type {string} */ id) => this.#chat.targets?.known(this.room, id),
    };
    const rows = this.#arrange(room, waiting, this.#self(), this.reading?.divider, this.linked, folding);
    if (!this.attachments && rows.some((row) => row.kind === "message" && row.message.files)) this.filed.emit();
    this.list.show(rows, room.joined, room.timeline.passage !== null);
    this.#showReply();
    this.#lookUpSoon();
    this.reading?.shown();
  }

  /** What stands in a room without messages. Nothing was loaded of it if the server could not be reached yet. */
  get #empty() {
    const { joined, rules } = this.#chat.room(this.room);
    const { barred, online, socket } = this.#chat.session;
    const unknown = !joined && !online && !barred && socket.retryAt > 0;
    const kind = MyRooms.kindOf(this.room);
    const invites = kind === "open" || (kind === "private" && rules.isModerator);
    const empty = { label: labelOf(this.room, rules.now), isOpen: kind === "open", invites };
    return joined ? empty : unknown ? { ...empty, unknown } : undefined;
  }

  /** @param {string} key of an unsent message: its text goes back into the field, before what is there */
  #rewrite(key) {
    const { re = "", files } = this.#chat.outbox.item(key) ?? {};
    const drafts = this.composer.files;
    if (files && !drafts) return;
    const undo = files && drafts?.takeBack(this.room, files);
    const text = this.#chat.takeBack(key);
    if (text === null) return undo?.();
    if (re && !this.composer.re) this.composer.answer(re);
    this.composer.write([text, this.composer.text].filter(Boolean).join("\n"));
  }

  /**
   * Where there is no clipboard, the text goes into the field, after what is there.
   * @param {string} text
   */
  async #copy(text) {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    if (!done) this.composer.write([this.composer.text, text].filter(Boolean).join("\n"));
    return done === true;
  }

  /** @param {string} key of a line in place of messages */
  #unfold(key) {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
    this.show();
  }

  /** Marks everything as read. */
  markRead() {
    this.reading?.markAll();
    this.toLatest();
  }

  /** Scrolls to the end of the room. */
  toLatest() {
    this.reading?.stay();
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

  /**
   * Shows a known message near the top.
   * @param {string} id
   */
  showFrom(id) {
    this.list?.stay();
    this.show();
    this.list?.startAt(id);
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
    this.#word.title = node && forOperators() ? say("connectedTo", { node }) : "";
    this.#word.dataset.node = node;
  }
}
