import { ReadMark, goesFurtherBack, holds, idBefore, newsIn } from "../store/Unread.js";
import { compareIDs, isID } from "../transport/frames.js";
import { say } from "../words/say.js";
import { button, element, find, setText, soon } from "./dom.js";

/** How long a message is on screen before it counts as read. */
const readAfter = 1_500;
/** How far back a room is loaded to find its first unread message. */
const lookBack = 200;
/** In milliseconds between looks back into the other rooms. */
const lookEvery = 1_000;
/** How many mentions of a room are remembered. */
const mostMentions = 50;

/** @typedef {import("../store/Unread.js").Unread} Unread */

/** Whether the user looks at the page. */
export function isPresent() {
  return document.visibilityState === "visible" && document.hasFocus();
}

/**
 * What is unread: what was on screen long enough is read, message by message. Opens a room at its first unread message,
 * and leads there by a button above the messages.
 */
export class Reading {
  /** Stays while the user is here; counts messages while nobody looks. */
  divider = /** @type {import("./arrange.js").Divider | null} */ (null);
  #chat;
  #notes;
  #self;
  #list;
  #outlet;
  #pill;
  #room = "";
  /** The first messages are shown: from now on only absence moves the divider. */
  #settled = false;
  /** The room was opened, and its first unread message is not on screen yet. */
  #arriving = false;
  /** The user has marked messages as unread: nothing is read until the room is opened again. */
  #held = false;
  /** Since when the messages on screen are there, by id. */
  #since = /** @type {Map<string, number>} */ (new Map());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** By room, until something changes there. */
  #known = /** @type {Map<string, import("../store/Unread.js").News[]>} */ (new Map());
  #lookAgain = false;
  #checkSoon = soon(() => this.check());

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomStore.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {import("./MessageList.js").MessageList} list
   * @param {{ changed: () => void, toFirst: (id: string, upTo: string) => void, markRead: () => void }} outlet
   *   `toFirst`: shows the first unread message; without an id it is not loaded: it comes after `upTo`
   */
  constructor(chat, notes, self, list, outlet) {
    this.#chat = chat;
    this.#notes = notes;
    this.#self = self;
    this.#list = list;
    this.#outlet = outlet;
    this.#pill = new FirstUnread(
      () => this.goToFirst(),
      () => outlet.markRead(),
    );
    chat.changed.listen((room) => {
      this.#known.delete(room);
      this.#lookBackSoon();
    });
    chat.renamed.listen(() => this.#known.clear());
    notes.changed.listen(() => this.#known.clear());
    const look = () => (isPresent() ? this.check() : this.#leave());
    document.addEventListener("visibilitychange", look);
    for (const event of ["focus", "blur"]) addEventListener(event, look);
    this.#lookBackSoon();
  }

  /** The room is shown: goes to its first unread message, if it was just opened, and looks at what is on screen. */
  shown() {
    this.#arrive();
    this.check(false);
  }

  /** @param {string} room */
  open(room) {
    this.#room = room;
    this.divider = null;
    this.#settled = false;
    this.#arriving = true;
    this.#held = false;
    this.#since.clear();
  }

  /** The reader went elsewhere in the room before its first unread message was shown. */
  stay() {
    this.#arriving = false;
  }

  /** @param {string} room */
  #markOf(room) {
    const read = this.#notes.read(room);
    return read === null ? null : new ReadMark(read, this.#notes.note("seen", room));
  }

  /** @param {string} room */
  #newsOf(room) {
    const known = this.#known.get(room);
    if (known) return known;
    const mark = this.#markOf(room);
    const { timeline } = this.#chat.room(room);
    const answered = (/** @type {string} */ id) => this.#chat.targets?.seek(room, id);
    const news = mark ? newsIn(timeline, mark, this.#self(), this.#notes.muted, answered) : [];
    this.#known.set(room, news);
    if (mark) this.#keepMentions(room, mark, news);
    return news;
  }

  /**
   * Mentions stay counted when their messages are not loaded any more.
   * @param {string} room
   * @param {ReadMark} mark
   * @param {import("../store/Unread.js").News[]} news
   */
  #keepMentions(room, mark, news) {
    const { timeline } = this.#chat.room(room);
    const stored = this.#notes.note("mentions", room).split(" ");
    const unloaded = stored.filter((id) => isID(id) && !mark.has(id) && !timeline.find(id));
    const loaded = news.filter(({ mentions }) => mentions).map(({ id }) => id);
    const ids = [...new Set([...unloaded, ...loaded])].sort(compareIDs).slice(-mostMentions);
    // Not now: this may run while a change of the notes is told.
    const text = ids.join(" ");
    if (text !== this.#notes.note("mentions", room)) this.#notes.setNote("mentions", room, text, false);
  }

  /**
   * What is unread in a room. What is on screen does not count.
   * @param {string} room
   * @returns {Unread}
   */
  unreadOf(room) {
    const mark = this.#markOf(room);
    if (!mark) return { count: 0, mentions: 0, more: false };
    const { timeline } = this.#chat.room(room);
    const news = this.#newsOf(room).filter(({ id }) => !this.#sees(room, id));
    const kept = this.#notes.note("mentions", room).split(" ").filter(isID);
    const mentions = kept.filter((id) => !this.#sees(room, id)).length;
    const more = goesFurtherBack(timeline, mark);
    return { count: Math.max(news.length, mentions, more ? 1 : 0), mentions, more };
  }

  /**
   * @param {string} room
   * @param {string} id
   */
  #sees(room, id) {
    return room === this.#room && !this.#held && this.#since.has(id);
  }

  /** Updates the divider. */
  look() {
    const first = this.#newsOf(this.#room).at(-1)?.id;
    // It was read on another device.
    if (!first && !isPresent()) this.divider = null;
    const away = !this.#settled || !isPresent() || !this.#list.following;
    const after = first && idBefore(first);
    const mayChange = this.#arriving || (away && (!this.divider || this.divider.after === after));
    const { count } = this.unreadOf(this.#room);
    if (mayChange && after && count > 0) this.divider = { after, count: this.#newsOf(this.#room).length };
    this.#settled = this.#chat.room(this.#room).joined;
  }

  /** Unless it is too far back. */
  #arrive() {
    const { joined, timeline } = this.#chat.room(this.#room);
    if (!this.#arriving || !joined) return;
    const mark = this.#markOf(this.#room);
    const scrolled = !this.#list.following || timeline.passage !== null;
    const more = mark !== null && goesFurtherBack(timeline, mark);
    if (more && !scrolled && this.#chat.session.online && !holds(timeline, lookBack))
      return this.#chat.history?.loadOlder(this.#room, undefined, lookBack);
    this.#arriving = false;
    const first = this.#newsOf(this.#room).at(-1);
    if (first && !more && !scrolled) this.#list.startAt(first.id);
  }

  /**
   * Messages may have come into view, or the user may have left.
   * @param {boolean} [tell] of a change
   */
  check(tell = true) {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = performance.now();
    const ids = isPresent() && !this.#arriving ? this.#list.inView : [];
    const before = this.#since;
    this.#since = new Map(ids.map((id) => [id, before.get(id) ?? now]));
    const ripe = this.#held ? [] : ids.filter((id) => now - (this.#since.get(id) ?? now) >= readAfter);
    const [first] = ripe;
    if (first) this.#didRead(first, ripe[ripe.length - 1]);
    this.#showPills(ids);
    const unread = new Set(this.#newsOf(this.#room).map(({ id }) => id));
    const waits = this.#held ? [] : ids.filter((id) => unread.has(id)).map((id) => this.#since.get(id) ?? now);
    if (waits.length > 0)
      this.#timer = setTimeout(() => this.check(), Math.max(16, Math.min(...waits) + readAfter - now));
    const changed = before.size !== ids.length || ids.some((id) => !before.has(id));
    if (changed && tell) this.#outlet.changed();
  }

  /** The reader is scrolling. */
  moved() {
    this.#checkSoon();
  }

  /**
   * Everything from one message on screen to another has been read.
   * @param {string} first
   * @param {string} last
   */
  #didRead(first, last) {
    const mark = this.#markOf(this.#room);
    const isRead = !this.#newsOf(this.#room).some(({ id }) => isIn(id, first, last));
    if (!mark || (mark.has(first) && mark.has(last) && isRead)) return;
    mark.add(this.#before(first), last);
    this.#store(mark);
    this.#notes.tellRead(this.#room);
  }

  /**
   * Where the messages that count begin, just before a message: what nobody has to read is not between them.
   * @param {string} id
   */
  #before(id) {
    const { timeline } = this.#chat.room(this.#room);
    const muted = this.#notes.muted;
    let before = "";
    for (const entry of timeline.entries) {
      if (entry.kind === "gap" && entry.open) before = "";
      if (entry.kind !== "message") continue;
      const { id: other, from, deleted } = entry.message;
      if (compareIDs(other, id) >= 0) break;
      if (from.id !== this.#self().id && !deleted && !muted.includes(from.id)) before = other;
    }
    const first = before === "" && !timeline.open && timeline.passage === null;
    return before || (first ? "0-0" : idBefore(id));
  }

  /** @param {ReadMark} mark */
  #store(mark) {
    this.#notes.setNote("read", this.#room, mark.upTo, false);
    this.#notes.setNote("seen", this.#room, mark.parts, false);
    this.#notes.changed.emit();
  }

  /** Marks everything as read. */
  markAll() {
    this.#held = false;
    this.#arriving = false;
    this.divider = null;
    const { newest } = this.#chat.room(this.#room).timeline;
    if (!newest) return;
    this.#store(new ReadMark(newest.id));
    this.#notes.tellRead(this.#room);
  }

  /**
   * Marks a message and everything after it as unread. What is read on other devices changes nothing until something of it
   * is read here, and then only if it is newer.
   * @param {string} id
   */
  markFrom(id) {
    const mark = this.#markOf(this.#room);
    if (!mark) return;
    const before = idBefore(id);
    // What precedes it and was not read stays unread.
    const upTo = compareIDs(mark.upTo, before) < 0 ? mark.upTo : before;
    const parts = mark.parts.split(" ").flatMap((part) => {
      const [after, end = ""] = part.split(":");
      if (!end || compareIDs(after, before) >= 0) return [];
      return [`${after}:${compareIDs(end, before) < 0 ? end : before}`];
    });
    this.#held = true;
    const { newest } = this.#chat.room(this.#room).timeline;
    this.#notes.setNote("held", this.#room, `${upTo} ${newest?.id ?? upTo}`, false);
    this.#store(new ReadMark(upTo, parts.join(" ")));
    this.divider = {
      after: before,
      count: this.#newsOf(this.#room).filter((one) => compareIDs(one.id, id) >= 0).length,
    };
    this.#outlet.changed();
  }

  /** Shows the first unread message. */
  goToFirst() {
    this.#arriving = false;
    const mark = this.#markOf(this.#room);
    if (!mark) return;
    const { timeline } = this.#chat.room(this.#room);
    this.#outlet.toFirst(goesFurtherBack(timeline, mark) ? "" : (this.begin() ?? ""), mark.upTo);
  }

  /** Once more is loaded: the id of the first unread message that is known, now with the divider before it. */
  begin() {
    const news = this.#newsOf(this.#room);
    const first = news.at(-1)?.id;
    if (first) this.divider = { after: idBefore(first), count: news.length };
    return first;
  }

  /** @param {string[]} ids on screen */
  #showPills(ids) {
    const mark = this.#markOf(this.#room);
    const { timeline } = this.#chat.room(this.#room);
    const news = this.#newsOf(this.#room);
    const [first] = ids;
    const last = ids[ids.length - 1];
    const above = first ? news.filter(({ id }) => compareIDs(id, first) < 0) : [];
    const below = last ? news.filter(({ id }) => compareIDs(id, last) > 0) : news;
    const more = mark !== null && goesFurtherBack(timeline, mark);
    const known = new Set(news.map(({ id }) => id));
    const mentions = this.#notes.note("mentions", this.#room).split(" ").filter(isID);
    const missed = first ? mentions.filter((id) => !known.has(id) || compareIDs(id, first) < 0).length : 0;
    this.#list.unseen = below.length;
    this.#pill.show(first && !this.#held && !this.#arriving ? above.length : 0, missed, more && first !== undefined);
  }

  /** The user looks away: the next divider goes before what arrives from now on. */
  #leave() {
    this.check();
    if (this.#newsOf(this.#room).length === 0) this.divider = null;
  }

  #lookBackSoon() {
    if (this.#lookAgain) return;
    this.#lookAgain = true;
    setTimeout(() => {
      this.#lookAgain = false;
      this.#lookBack();
    }, lookEvery);
  }

  /** Loads more of one other room whose first unread message is not loaded: there may be mentions. */
  #lookBack() {
    const chat = this.#chat;
    if (!chat.session.online) return;
    for (const room of chat.entered) {
      const mark = this.#markOf(room);
      const { joined, timeline } = chat.room(room);
      if (!mark || !joined || room === this.#room || holds(timeline, lookBack) || !goesFurtherBack(timeline, mark))
        continue;
      return chat.history?.loadOlder(room, undefined, lookBack);
    }
  }
}

/**
 * @param {string} id
 * @param {string} first
 * @param {string} last
 */
const isIn = (id, first, last) => compareIDs(id, first) >= 0 && compareIDs(id, last) <= 0;

/** Above the messages: how many unread ones there are further up. Leads to the first, or marks them all as read. */
class FirstUnread {
  #node = element("div", { class: "first-unread raised" });
  #go;
  #done;

  /**
   * @param {() => void} go
   * @param {() => void} done
   */
  constructor(go, done) {
    this.#go = button("", go, "");
    this.#done = button("", done, "");
    this.#node.hidden = true;
    this.#node.append(this.#go, this.#done);
    find("latest", HTMLElement).before(this.#node);
  }

  /**
   * @param {number} count
   * @param {number} mentions
   * @param {boolean} more
   */
  show(count, mentions, more) {
    const n = Math.max(count, mentions, more ? 1 : 0);
    const news = say("newAbove", { n: `${n}${more ? "+" : ""}` });
    // Its texts are loaded later.
    const hidden = n === 0 || news === "";
    if (hidden && this.#node.contains(document.activeElement)) find("composer-text", HTMLElement).focus();
    this.#node.hidden = hidden;
    const text = mentions > 0 ? `${news} · ${say("mentioned", { n: mentions })}` : news;
    if (this.#go.textContent !== text) this.#go.textContent = text;
    setText(this.#done, say("markAllRead"));
    this.#done.title = "Esc";
  }
}
