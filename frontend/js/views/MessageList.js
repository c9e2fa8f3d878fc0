import { say } from "../words/say.js";
import { find } from "./dom.js";
import { RowView, setReach } from "./RowView.js";

/** @typedef {import("./arrange.js").Row} Row */

/** In pixels: this close to the end counts as being there. */
const nearEnd = 80;
/** In pixels: this close to the first or last row in the page, more rows are added. */
const near = 400;

/** The messages, oldest first. At the end the list follows new messages; elsewhere it keeps its scroll position. */
export class MessageList {
  #log = find("log", HTMLElement);
  #pill = find("latest", HTMLButtonElement);
  #rows;
  #window = new RowWindow();
  #reader;
  /** The reader is at the end and stays there when messages arrive. */
  #following = true;
  /** Where we scrolled to last. Above it, the reader has scrolled, even if the event has not fired yet. */
  #placed = 0;
  #ready = false;
  /** How many unread messages are below those on screen. */
  #unseen = 0;
  /** There are later messages that are not loaded. */
  #goesOn = false;

  /**
   * @param {import("./RowView.js").Actions} actions
   * @param {{ load: (side: "before" | "after") => void, moved: () => void, toLatest: () => void }} reader
   */
  constructor(actions, reader) {
    this.#rows = new RowList(actions);
    this.#reader = reader;
    this.#log.addEventListener("scroll", () => this.#didScroll(), { passive: true });
    this.#pill.addEventListener("click", () => {
      reader.toLatest();
      this.focus();
    });
    new ResizeObserver(() => this.#following && this.#scrollToEnd()).observe(this.#log);
  }

  get following() {
    return this.#following;
  }

  /**
   * @param {Row[]} rows
   * @param {boolean} ready the room is joined
   * @param {boolean} goesOn there are later messages that are not loaded
   */
  show(rows, ready, goesOn) {
    this.#ready = ready;
    this.#goesOn = goesOn;
    if (this.#log.scrollTop < this.#placed && this.#below >= nearEnd) this.#following = false;
    this.#window.fit(rows, this.#following);
    this.#refresh();
    if (ready && this.#log.scrollTop < near) this.#reachUp();
    if (!this.#following && this.#below < near) this.#reachDown();
  }

  /** @param {number} count of unread messages below those on screen */
  set unseen(count) {
    this.#unseen = count;
    this.#showPill();
  }

  /** The ids of the messages on screen, from top to bottom. */
  get inView() {
    return this.#rows.inView.map(({ message }) => message.id);
  }

  /** The ids of messages that are not known, and that those on screen answer. */
  get answersInView() {
    return this.#rows.inView.flatMap(({ answered }) => (answered?.what === "unloaded" ? [answered.id] : []));
  }

  /** For another room. */
  clear() {
    this.#window = new RowWindow();
    this.follow();
  }

  /** Follows the end from the next `show` on. */
  follow() {
    this.#following = true;
    this.#placed = 0;
  }

  /** Stops following the end. */
  stay() {
    this.#following = false;
  }

  /**
   * Scrolls a message into the middle.
   * @param {string} id
   * @returns its row, if there is one
   */
  center(id) {
    const key = this.#window.toMessage(id);
    this.#refresh();
    const node = this.#rows.nodeOf(key);
    node?.scrollIntoView({ block: "center" });
    this.#didScroll();
    return node;
  }

  /**
   * Scrolls a message to where reading begins: what precedes it is still visible.
   * @param {string} id
   */
  startAt(id) {
    this.#following = false;
    const key = this.#window.toMessage(id);
    this.#refresh();
    const node = this.#rows.nodeOf(key);
    const { top, height } = this.#log.getBoundingClientRect();
    if (node) this.#log.scrollTop += node.getBoundingClientRect().top - top - height / 5;
    this.#didScroll();
  }

  /** @param {boolean} all every loaded row instead of a window of them */
  showAll(all) {
    this.#window.whole = all;
    this.#refresh();
  }

  /** @param {Element} node of a row */
  messageRow(node) {
    const row = this.#rows.rowOf(node);
    return row?.kind === "message" ? row : undefined;
  }

  focus() {
    this.#rows.focus();
  }

  #refresh() {
    const hold = this.#following ? () => this.#scrollToEnd() : this.#rows.holdStill();
    this.#rows.show(this.#window.rows);
    hold();
    this.#showPill();
  }

  /** In pixels, below the visible part. */
  get #below() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight;
  }

  #didScroll() {
    this.#following = this.#below < nearEnd && this.#window.endsAtLast && !this.#goesOn;
    if (this.#log.scrollTop < near) this.#reachUp();
    if (this.#below < near) this.#reachDown();
    this.#showPill();
    this.#reader.moved();
  }

  #reachUp() {
    if (this.#window.startsAtFirst) return this.#reader.load("before");
    if (this.#following) return;
    this.#window.up();
    this.#refresh();
  }

  #reachDown() {
    if (this.#window.endsAtLast) return this.#reader.load("after");
    this.#window.down();
    this.#refresh();
  }

  #scrollToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#placed = this.#log.scrollTop;
  }

  #showPill() {
    this.#pill.hidden = this.#following || !this.#ready;
    this.#pill.textContent = this.#unseen > 0 ? say("newBelow", { n: this.#unseen }) : say("latest");
  }
}

/** The rows in the page. Elements stay while their rows move, and Tab stops at one of them. */
export class RowList {
  #log = find("log", HTMLElement);
  #actions;
  /** By the row's key. */
  #views = /** @type {Map<string, RowView>} */ (new Map());
  /** The row where Tab stops. */
  #stop = /** @type {HTMLElement | undefined} */ (undefined);

  /** @param {import("./RowView.js").Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    for (const event of ["focusin", "focusout"]) this.#log.addEventListener(event, () => this.#setStop());
  }

  /** @param {Row[]} rows */
  show(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { node }] of this.#views) if (!keys.has(key)) node.remove();
    const views = new Map();
    let next = this.#log.firstChild;
    for (const row of rows) {
      // A second element for a key would never be removed.
      if (views.has(row.key)) continue;
      const view = this.#views.get(row.key) ?? new RowView(row, this.#actions);
      view.show(row);
      views.set(row.key, view);
      if (view.node === next) next = next.nextSibling;
      else this.#log.insertBefore(view.node, next);
    }
    this.#views = views;
    this.#setStop();
  }

  /** @param {Element} node */
  rowOf(node) {
    for (const view of this.#views.values()) if (view.node === node) return view.row;
    return undefined;
  }

  /** @param {string} [key] of a row */
  nodeOf(key = "") {
    return this.#views.get(key)?.node;
  }

  /** The messages of which at least half is on screen, or that fill half of it. */
  get inView() {
    const frame = this.#log.getBoundingClientRect();
    const views = [...this.#views.values()];
    let first = 0;
    for (let end = views.length; first < end;) {
      const middle = (first + end) >> 1;
      if (views[middle].node.getBoundingClientRect().bottom > frame.top) end = middle;
      else first = middle + 1;
    }
    const rows = [];
    for (const { node, row } of views.slice(first)) {
      const { top, bottom, height } = node.getBoundingClientRect();
      if (top >= frame.bottom) break;
      const shown = Math.min(bottom, frame.bottom) - Math.max(top, frame.top);
      if (row.kind === "message" && row.message.id && shown > 0 && shown >= Math.min(height, frame.height) / 2 - 1)
        rows.push(row);
    }
    return rows;
  }

  focus() {
    (this.#stop ?? this.#log).focus();
  }

  /**
   * Remembers the position of the first visible message.
   * @returns {() => void} restores it
   */
  holdStill() {
    const top = this.#log.getBoundingClientRect().top;
    const anchor = Array.from(this.#log.getElementsByTagName("article")).find(
      (message) => message.getBoundingClientRect().bottom > top,
    );
    const before = anchor?.getBoundingClientRect().top ?? 0;
    return () => {
      if (anchor?.isConnected) this.#log.scrollTop += anchor.getBoundingClientRect().top - before;
    };
  }

  /** Tab stops at the focused row, or else at the newest one. */
  #setStop() {
    const messages = this.#log.getElementsByTagName("article");
    const stop = document.activeElement?.closest("article") ?? messages[messages.length - 1];
    // Without messages, what happened to the room can still be scrolled.
    this.#log.tabIndex = messages.length > 0 ? -1 : 0;
    if (stop === this.#stop) return;
    if (this.#stop) setReach(this.#stop, -1);
    this.#stop = stop;
    if (stop) setReach(stop, 0);
  }
}

const size = 300;
const step = 100;

/** The part of the rows that is in the page: at most 300. */
export class RowWindow {
  /** @type {Row[]} */
  #rows = [];
  #start = 0;
  /** For printing: all rows. */
  whole = false;

  /** @returns {Row[]} */
  get rows() {
    return this.whole ? this.#rows : this.#rows.slice(this.#start, this.#start + size);
  }

  get startsAtFirst() {
    return this.#start === 0;
  }

  get endsAtLast() {
    return this.#start + size >= this.#rows.length;
  }

  /**
   * Shows the last rows, or starts at the same row as before.
   * @param {Row[]} rows
   * @param {boolean} following
   */
  fit(rows, following) {
    const first = this.#rows[this.#start]?.key;
    this.#rows = rows;
    if (following) this.toEnd();
    else if (rows[this.#start]?.key !== first) this.#moveTo(rows.findIndex(({ key }) => key === first));
  }

  toEnd() {
    this.#moveTo(this.#rows.length - size);
  }

  /**
   * Moves a message to the middle.
   * @param {string} id
   */
  toMessage(id) {
    const place = this.#rows.findIndex((row) => row.kind === "message" && row.message.id === id);
    this.#moveTo(place - size / 2);
    return this.#rows[place]?.key;
  }

  up() {
    this.#moveTo(this.#start - step);
  }

  down() {
    this.#moveTo(this.#start + step);
  }

  /** @param {number} start */
  #moveTo(start) {
    this.#start = Math.max(0, Math.min(start, this.#rows.length - size));
  }
}
