import { find } from "./dom.js";
import { RowView } from "./RowView.js";

/** So near to the end counts as being there, in pixels. */
const nearEnd = 80;
/** So near to the beginning, and earlier messages are fetched. */
const nearStart = 400;

/**
 * The messages, oldest first, and how the reader moves in them: follows the end when there, holds still when not.
 */
export class MessageList {
  #log = find("log", HTMLElement);
  #pill = find("latest", HTMLButtonElement);
  #actions;
  #loadOlder;
  /**
   * By the row's key.
   *
   * @type {Map<string, RowView>}
   */
  #views = new Map();
  /** The reader is at the end, and stays there when something comes. */
  #following = true;
  /** What came from others below, since the reader is not at the end. */
  #unseen = 0;
  /** Key of the newest row of somebody else. */
  #newest = "";

  /**
   * @param {import("./RowView.js").Actions} actions
   * @param {() => void} loadOlder
   */
  constructor(actions, loadOlder) {
    this.#actions = actions;
    this.#loadOlder = loadOlder;
    this.#log.addEventListener("scroll", () => this.#didScroll(), { passive: true });
    this.#pill.addEventListener("click", () => {
      this.follow();
      this.#log.focus();
    });
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.#log);
  }

  get following() {
    return this.#following;
  }

  /**
   * @param {import("./arrange.js").Row[]} rows
   * @param {boolean} ready the first answer is in: from now on what comes is news
   */
  show(rows, ready) {
    if (rows.at(0)?.key !== this.#views.keys().next().value)
      this.#log.setAttribute("aria-live", "off");
    this.#countUnseen(rows);
    const hold = this.#following ? () => this.#toEnd() : this.#holdStill();
    this.#place(rows);
    hold();
    this.#log.classList.toggle("empty", ready && rows.length === 0);
    this.#showPill();
    // Earlier messages are not news, and nothing is before the first answer.
    if (ready) requestAnimationFrame(() => this.#log.setAttribute("aria-live", "polite"));
    if (ready && this.#log.scrollTop < nearStart) this.#loadOlder();
  }

  /** Another room: forget this one. */
  clear() {
    this.#log.setAttribute("aria-live", "off");
    this.#views.clear();
    this.#log.replaceChildren();
    this.#newest = "";
    this.follow();
  }

  follow() {
    this.#following = true;
    this.#unseen = 0;
    this.#toEnd();
    this.#showPill();
  }

  /**
   * @param {import("./arrange.js").Row[]} rows
   */
  #place(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { node }] of this.#views) if (!keys.has(key)) node.remove();
    const views = new Map();
    let next = this.#log.firstChild;
    for (const row of rows) {
      const view = this.#views.get(row.key) ?? new RowView(row, this.#actions);
      view.show(row);
      views.set(row.key, view);
      if (view.node === next) next = next.nextSibling;
      else this.#log.insertBefore(view.node, next);
    }
    this.#views = views;
  }

  /**
   * @param {import("./arrange.js").Row[]} rows
   */
  #countUnseen(rows) {
    const others = rows.flatMap((row) => (row.kind === "message" && !row.own ? [row.key] : []));
    const seen = others.lastIndexOf(this.#newest);
    if (!this.#following && seen >= 0) this.#unseen += others.length - 1 - seen;
    this.#newest = others.at(-1) ?? "";
  }

  /** Remembers where the first visible message stands; the answer puts it there again. */
  #holdStill() {
    const top = this.#log.getBoundingClientRect().top;
    const anchor = Array.from(this.#log.querySelectorAll("article")).find(
      (message) => message.getBoundingClientRect().bottom > top,
    );
    const before = anchor?.getBoundingClientRect().top ?? 0;
    return () => {
      if (anchor?.isConnected) this.#log.scrollTop += anchor.getBoundingClientRect().top - before;
    };
  }

  #didScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    this.#following = scrollHeight - scrollTop - clientHeight < nearEnd;
    if (this.#following) this.#unseen = 0;
    this.#showPill();
    if (scrollTop < nearStart) this.#loadOlder();
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #showPill() {
    this.#pill.hidden = this.#following;
    this.#pill.textContent = this.#unseen > 0 ? `${this.#unseen} new ↓` : "Latest ↓";
  }
}
