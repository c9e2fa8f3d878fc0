import { say } from "../words/say.js";
import { find } from "./dom.js";
import { RowList } from "./RowList.js";
import { RowWindow } from "./RowWindow.js";

/** So near to the end counts as being there, in pixels. */
const nearEnd = 80;
/** So near to the beginning or the end of what is in the page, and more is put there. */
const near = 400;

/** The messages, oldest first, and how the reader moves in them: follows the end when there, holds still when not. */
export class MessageList {
  #log = find("log", HTMLElement);
  #pill = find("latest", HTMLButtonElement);
  #rows;
  #window = new RowWindow();
  #reader;
  /** The reader is at the end, and stays there when something comes. */
  #following = true;
  /** Where the end was put last: whoever is further up has gone there, though the event may be yet to come. */
  #placed = 0;
  #ready = false;
  #unseen = 0;
  /** After the last row there are others, that are not loaded. */
  #goesOn = false;

  /**
   * @param {import("./RowView.js").Actions} actions
   * @param {{ load: (side: "before" | "after") => void, moved: () => void, toLatest: () => void }} reader for scrolling and the pill
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
   * @param {import("./arrange.js").Row[]} rows
   * @param {boolean} ready the first answer is in
   * @param {number} unseen how many came from others since the reader left the end
   * @param {boolean} goesOn after the last row there are others, that are not loaded
   */
  show(rows, ready, unseen, goesOn) {
    this.#ready = ready;
    this.#unseen = unseen;
    this.#goesOn = goesOn;
    if (this.#log.scrollTop < this.#placed && this.#below >= nearEnd) this.#following = false;
    this.#window.fit(rows, this.#following);
    this.#refresh();
    this.#log.classList.toggle("empty", ready && rows.length === 0);
    if (ready && this.#log.scrollTop < near) this.#reachUp();
    if (!this.#following && this.#below < near) this.#reachDown();
  }

  /** Another room: forget this one. */
  clear() {
    this.#window = new RowWindow();
    this.follow();
  }

  /** To the end, and stay there, from when the rows are shown next. */
  follow() {
    this.#following = true;
    this.#placed = 0;
  }

  /** Not to the end any more, whatever comes. */
  stay() {
    this.#following = false;
  }

  /**
   * Puts a message into the middle of what is seen.
   * @param {string} id
   * @returns its row, if it is in the rows
   */
  center(id) {
    const key = this.#window.toMessage(id);
    this.#refresh();
    const node = this.#rows.nodeOf(key);
    node?.scrollIntoView({ block: "center" });
    this.#didScroll();
    return node;
  }

  /** @param {Element} node of a row */
  messageRow(node) {
    const row = this.#rows.rowOf(node);
    return row?.kind === "message" ? row : undefined;
  }

  /** Puts the keyboard into the list. */
  focus() {
    this.#rows.focus();
  }

  #refresh() {
    const hold = this.#following ? () => this.#scrollToEnd() : this.#rows.holdStill();
    this.#rows.show(this.#window.rows);
    hold();
    this.#showPill();
  }

  /** How much is below what is seen, in pixels. */
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
    this.#pill.textContent =
      this.#unseen > 0 ? say("newBelow", { n: this.#unseen }) : say("latest");
  }
}
