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
  #loadOlder;
  /** The reader is at the end, and stays there when something comes. */
  #following = true;
  #ready = false;
  #unseen = 0;

  /**
   * @param {import("./RowView.js").Actions} actions
   * @param {() => void} loadOlder
   * @param {() => void} moved the reader has scrolled
   */
  constructor(actions, loadOlder, moved) {
    this.#rows = new RowList(actions);
    this.#loadOlder = loadOlder;
    this.#log.addEventListener("scroll", () => this.#didScroll(moved), { passive: true });
    this.#pill.addEventListener("click", () => {
      this.follow();
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
   */
  show(rows, ready, unseen) {
    this.#ready = ready;
    this.#unseen = unseen;
    this.#window.fit(rows, this.#following);
    this.#refresh();
    this.#log.classList.toggle("empty", ready && rows.length === 0);
    if (ready && this.#log.scrollTop < near) this.#reachUp();
  }

  /** Another room: forget this one. */
  clear() {
    this.#window = new RowWindow();
    this.follow();
  }

  /** To the end, and stay there. */
  follow() {
    this.#following = true;
    this.#window.toEnd();
    this.#refresh();
  }

  /** @param {Element} node of a row */
  rowOf(node) {
    return this.#rows.rowOf(node);
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

  /** @param {() => void} moved */
  #didScroll(moved) {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    const below = scrollHeight - scrollTop - clientHeight;
    this.#following = below < nearEnd && this.#window.endsAtLast;
    if (scrollTop < near) this.#reachUp();
    else if (below < near && !this.#window.endsAtLast) {
      this.#window.down();
      this.#refresh();
    } else this.#showPill();
    moved();
  }

  #reachUp() {
    if (this.#window.startsAtFirst) return this.#loadOlder();
    if (this.#following) return;
    this.#window.up();
    this.#refresh();
  }

  #scrollToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #showPill() {
    this.#pill.hidden = this.#following || !this.#ready;
    this.#pill.textContent =
      this.#unseen > 0 ? say("newBelow", { n: this.#unseen }) : say("latest");
  }
}
