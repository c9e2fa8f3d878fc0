import { find } from "./dom.js";
import { RowView, setReach } from "./RowView.js";

/** The rows that are in the page: keeps their elements while they move, and one of them within reach of Tab. */
export class RowList {
  #log = find("log", HTMLElement);
  #actions;
  /** By the row's key. */
  #views = /** @type {Map<string, RowView>} */ (new Map());
  /**
   * The one row that Tab reaches.
   * @type {HTMLElement | undefined}
   */
  #stop;

  /** @param {import("./RowView.js").Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    for (const event of ["focusin", "focusout"])
      this.#log.addEventListener(event, () => this.#setStop());
  }

  /** @param {import("./arrange.js").Row[]} rows */
  show(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { node }] of this.#views) if (!keys.has(key)) node.remove();
    const views = new Map();
    let next = this.#log.firstChild;
    for (const row of rows) {
      // An element that no key leads to would never leave the page.
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

  /** Puts the keyboard into the list. */
  focus() {
    (this.#stop ?? this.#log).focus();
  }

  /**
   * Remembers where the first visible message stands.
   * @returns {() => void} puts it there again
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

  /** Tab goes to the row that has the keyboard, or else to the newest one. */
  #setStop() {
    const messages = this.#log.getElementsByTagName("article");
    const stop = document.activeElement?.closest("article") ?? messages[messages.length - 1];
    if (stop === this.#stop) return;
    if (this.#stop) setReach(this.#stop, -1);
    this.#stop = stop;
    if (stop) setReach(stop, 0);
  }
}
