import { Signal } from "../runtime.js";
import { compareIDs, isID } from "../transport/frames.js";
import { Comings, Timeline } from "./Timeline.js";

/** A room as this browser knows it: its messages, its members, and where to resume. */
export class RoomStore {
  changed = new Signal();
  members = new Members();
  comings = new Comings();
  timeline = new Timeline();
  rules;
  /** Where to resume: the last message that the server delivered, not the newest known one. */
  position = /** @type {import("../transport/Session.js").Position | null} */ (null);
  /** The first `joined` has arrived. */
  joined = false;
  /** The last join resumed without a gap. */
  recovered = false;

  /** @param {() => string} [self] our own id */
  constructor(self = () => "") {
    this.rules = new Rules(self);
  }

  /**
   * After `joined` or `reset`. Known messages stay; if the server could not resume, a gap follows them.
   * @param {Wire.CatchUp} answer
   * @param {Wire.Rules | null} [rules] those of the room at `head`, null: none; missing after a `reset`
   */
  catchUp({ epoch, head, recovered, missing, messages }, rules) {
    const first = this.position === null;
    this.recovered = recovered && !first;
    this.joined = true;
    this.timeline.stopLoading();
    if (first) this.timeline.beginAgain(epoch, messages);
    else if (recovered && !missing) this.timeline.append(epoch, messages);
    else this.timeline.goOnAfterGap(epoch, messages, missing);
    if (!recovered) this.position = null;
    this.#moveTo(epoch, messages.at(-1)?.id ?? this.position?.id ?? head);
    if (rules !== undefined) this.rules.reset(rules, head);
    else this.rules.goOn(messages);
    this.changed.emit();
  }

  /**
   * A page after `catchUp`.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  resume(epoch, messages) {
    this.timeline.append(epoch, messages);
    this.rules.apply(messages);
    const last = messages.at(-1);
    if (last) this.#moveTo(epoch, last.id);
    this.changed.emit();
  }

  /**
   * @param {string} epoch
   * @param {Wire.Message} message
   */
  hear(epoch, message) {
    this.resume(epoch, [message]);
  }

  /**
   * Our own message is in the log. Before its delivery, it takes its place, and the position stays.
   * @param {Wire.Message} message
   */
  confirm(message) {
    if (!this.timeline.find(message.id)) this.timeline.confirm(this.position?.epoch ?? "0", message);
    this.changed.emit();
  }

  /** @param {Wire.HistoryPage} page */
  addHistory(page) {
    this.timeline.prepend(page);
    this.changed.emit();
  }

  /** @param {number} [wait] */
  lackHistory(wait) {
    this.timeline.stopLoading();
    this.lookAgain(wait);
  }

  /** After a while, listeners may ask again. */
  lookAgain(milliseconds = 1_000) {
    setTimeout(() => this.changed.emit(), milliseconds);
  }

  /** Its log was deleted. */
  forget() {
    this.timeline = new Timeline();
    this.comings = new Comings();
    this.position = null;
    this.rules.reset(null, "0-0");
    this.changed.emit();
  }

  /**
   * @param {string} epoch
   * @param {string} id
   */
  #moveTo(epoch, id) {
    if (epoch === "0") return;
    const { position } = this;
    if (position?.epoch === epoch && compareIDs(id, position.id) < 0) return;
    this.position = { epoch, id };
  }
}

const openToAll = /** @type {Wire.Rules} */ ({ title: "", topic: "", speak: "everyone", slow: 0, role: "none" });

/** What applies in a room, and the user's own role there: as of the last join, and the entries of the log since. */
export class Rules {
  /** @type {Wire.Rules} */
  #now = openToAll;
  /** Entries up to here are part of it. */
  #head = "0-0";
  /** When the user's own role ends, if the log has said it. */
  #until = /** @type {number | undefined} */ (undefined);
  #self;

  /** @param {() => string} self our own id */
  constructor(self) {
    this.#self = self;
  }

  get now() {
    return this.#now;
  }

  /** Whether the room has any. */
  get exist() {
    return this.#now !== openToAll;
  }

  /**
   * @param {Wire.Rules | null} rules
   * @param {string} head
   */
  reset(rules, head) {
    this.#now = rules ?? openToAll;
    this.#head = head;
  }

  /**
   * After a `reset` of the log, whose numbers may go back.
   * @param {Wire.Message[]} entries
   */
  goOn(entries) {
    this.#head = "0-0";
    this.apply(entries);
  }

  /** @param {Wire.Message[]} entries */
  apply(entries) {
    for (const { id, act, member, role, until, setting, text } of entries) {
      if (!act || compareIDs(id, this.#head) <= 0) continue;
      if (act === "role" && member === this.#self() && role) {
        this.#now = { ...this.#now, role };
        this.#until = until;
      }
      if (act === "policy") this.#set(setting, text);
    }
  }

  /** @param {Wire.User} user with a new name */
  rename({ id, name }) {
    if (id === this.#now.with?.id) this.#now = { ...this.#now, with: { id, name } };
  }

  /**
   * @param {string | undefined} setting
   * @param {string} text
   */
  #set(setting, text) {
    if (setting === "title" || setting === "topic") this.#now = { ...this.#now, [setting]: text };
    if (setting === "slow" && /^\d{1,6}$/.test(text)) this.#now = { ...this.#now, slow: Number(text) };
    if (setting === "speak" && (text === "everyone" || text === "members" || text === "moderators"))
      this.#now = { ...this.#now, speak: text };
  }

  get until() {
    return this.#until;
  }

  get isModerator() {
    return this.#now.role === "owner" || this.#now.role === "moderator";
  }

  /** Whether the user may send messages. */
  get maySpeak() {
    const { speak, role } = this.#now;
    if (speak === "everyone") return role !== "banned";
    return this.isModerator || (speak === "members" && role === "member");
  }
}

/** The members of a room. The server names at most 200 of them; `count` counts all. */
export class Members {
  count = 0;
  /** Incremented with every change. */
  version = 0;
  /** @type {Map<string, string>} */
  #names = new Map();

  /** By name. */
  get list() {
    return Array.from(this.#names, ([id, name]) => ({ id, name })).sort(
      (one, two) => one.name.localeCompare(two.name) || one.id.localeCompare(two.id),
    );
  }

  /** @param {string} user */
  nameOf(user) {
    return this.#names.get(user);
  }

  /**
   * @param {Wire.User[]} members
   * @param {number} [count]
   */
  reset(members, count = members.length) {
    this.#names = new Map(members.map(({ id, name }) => [id, name]));
    this.count = count;
    this.version += 1;
  }

  /**
   * @param {Wire.User[]} joined
   * @param {Wire.User[]} left
   * @param {number} [count]
   */
  change(joined, left, count) {
    for (const { id } of left) this.#names.delete(id);
    for (const { id, name } of joined) this.#names.set(id, name);
    this.count = count ?? this.#names.size;
    this.version += 1;
  }

  /** @param {Wire.User} user */
  rename({ id, name }) {
    if (!this.#names.has(id)) return;
    this.#names.set(id, name);
    this.version += 1;
  }
}

const mutedKey = "webchat.muted";
const draftPrefix = "webchat.draft.";
const editPrefix = "webchat.edit.";
const readPrefix = "webchat.read.";
/** In UTF-16 units; far more than can be sent. */
const longestDraft = 100_000;

/**
 * @typedef {"read" | "seen" | "held" | "mentions" | "level" | "reply" | "files"} Kind `seen`: what was read after the
 *   last message up to which everything is read; `held`: see `Reading.markFrom`; `mentions`: ids of unread ones; `level`:
 *   what the user wants to be told; `reply`: the id of the message that the draft answers; `files`: of the draft
 */

/**
 * What this browser remembers of each room: the last read message, the draft and the unfinished edit. And whom the user
 * has muted.
 */
export class RoomNotes {
  /** The last read message of a room, which message is being edited, or who is muted, has changed. */
  changed = new Signal();
  /** The name of a room where the user has read something, in this tab. */
  didRead = /** @type {Signal<string>} */ (new Signal());
  /** All of them since the page was loaded. */
  readHere = /** @type {Set<string>} */ (new Set());
  /** Rooms that were entered for the first time, with the message up to which they count as read. */
  entered = /** @type {Map<string, string>} */ (new Map());
  #storage;

  /** @param {import("./storage.js").MemoryStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} room */
  draft(room) {
    return (this.#storage.getItem(draftPrefix + room) ?? "").slice(0, longestDraft);
  }

  /**
   * @param {string} room
   * @param {string} text
   */
  setDraft(room, text) {
    if (text) this.#storage.setItem(draftPrefix + room, text);
    else this.#storage.removeItem(draftPrefix + room);
  }

  /**
   * The unfinished edit of a message.
   * @param {string} room
   */
  edit(room) {
    const [, id, text] = this.#storage.getItem(editPrefix + room)?.match(/^(\S+) (.*)$/s) ?? [];
    return isID(id) ? { id, text: text.slice(0, longestDraft) } : null;
  }

  /**
   * @param {string} room
   * @param {{ id: string, text: string } | null} edit
   */
  setEdit(room, edit) {
    const before = this.edit(room)?.id;
    if (edit) this.#storage.setItem(editPrefix + room, `${edit.id} ${edit.text}`);
    else this.#storage.removeItem(editPrefix + room);
    if (before !== edit?.id) this.changed.emit();
  }

  /**
   * The id of the last read message; null: the room was never shown.
   * @param {string} room
   */
  read(room) {
    const id = this.#storage.getItem(readPrefix + room);
    return isID(id) ? id : null;
  }

  /**
   * @param {string} room
   * @param {string} id
   */
  setRead(room, id) {
    const before = this.read(room);
    if (before && compareIDs(before, id) >= 0) return;
    if (!before) this.entered.set(room, id);
    this.#storage.setItem(readPrefix + room, id);
    this.changed.emit();
  }

  /** @param {string} room where the user has read something */
  tellRead(room) {
    this.readHere.add(room);
    this.didRead.emit(room);
  }

  /**
   * Keeps draft and edit: they may be another tab's.
   * @param {string} room
   */
  forget(room) {
    for (const kind of ["read", "seen", "held", "mentions"]) this.#storage.removeItem(`webchat.${kind}.${room}`);
  }

  /**
   * What a part of the page that is loaded later has noted.
   * @param {Kind} kind
   * @param {string} room
   */
  note(kind, room) {
    return this.#storage.getItem(`webchat.${kind}.${room}`) ?? "";
  }

  /**
   * @param {Kind} kind
   * @param {string} room
   * @param {string} text
   * @param {boolean} [tell]
   */
  setNote(kind, room, text, tell = true) {
    if (text) this.#storage.setItem(`webchat.${kind}.${room}`, text);
    else this.#storage.removeItem(`webchat.${kind}.${room}`);
    if (tell) this.changed.emit();
  }

  /** @param {Kind} kind of which they have a note */
  roomsWith(kind) {
    const prefix = `webchat.${kind}.`;
    return this.#storage.names.flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
  }

  /** The ids of users whose messages are folded. */
  get muted() {
    return (this.#storage.getItem(mutedKey) ?? "").split(" ").filter((id) => id !== "");
  }

  /**
   * @param {string} user
   * @param {boolean} muted
   */
  mute(user, muted) {
    const others = this.muted.filter((id) => id !== user);
    this.#storage.setItem(mutedKey, [...others, ...(muted ? [user] : [])].join(" "));
    this.changed.emit();
  }

  /** @param {string} name of the entry that another tab has changed */
  changedElsewhere(name) {
    if (/^webchat\.(read|seen|mentions|level|files|muted)/.test(name)) this.changed.emit();
  }
}
