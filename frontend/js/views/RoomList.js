import { say } from "../words/say.js";
import { button, element, named, setText } from "./dom.js";
import { shape } from "./shape.js";

/**
 * @typedef {"open" | "private" | "direct"} Kind
 * @typedef {{ name: string, title: string, kind: Kind, muted: boolean, unread: import("../store/Unread.js").Unread }} Room
 *   `muted`: the user wants to be told nothing
 */

const lock = "M5 9h10v7.500H5zM7 9V6.500a3 3 0 0 1 6 0V9";

/**
 * What stands before the name of a room. A private one has a text, too.
 * @param {Kind} kind
 */
export function signOf(kind) {
  if (kind === "open") return element("span", { "aria-hidden": "true", text: "#" });
  if (kind === "direct") return element("span", { "aria-hidden": "true", text: "@" });
  const icon = shape("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, shape("path", { d: lock }));
  return element("span", { class: "lock", role: "img", "aria-label": say("privateRoom") }, icon);
}

/** @param {Room} room */
const rankOf = ({ muted, unread }) => (muted || unread.count === 0 ? 2 : unread.mentions > 0 ? 0 : 1);

/**
 * The rooms in the order of the list: with mentions, with unread messages, the rest. The room on screen keeps its rank.
 * While the user is in the list, no room moves, and new ones come last.
 */
export class RoomOrder {
  #current = "";
  #rank = 2;
  #names = /** @type {string[]} */ ([]);

  /**
   * @param {Room[]} rooms
   * @param {string} current
   * @param {boolean} [held]
   */
  sort(rooms, current, held = false) {
    const here = rooms.find(({ name }) => name === current);
    if (current !== this.#current) this.#rank = here ? rankOf(here) : 2;
    this.#current = current;
    const rank = (/** @type {Room} */ room) => (room === here ? this.#rank : rankOf(room));
    const place = ({ name = "" }) => this.#names.indexOf(name) + 1 || this.#names.length + 1;
    const sorted = [...rooms].sort((one, two) => (held ? place(one) - place(two) : rank(one) - rank(two)));
    this.#names = sorted.map(({ name }) => name);
    return sorted;
  }
}

/** The rooms of the user, one line each. At its edges it says what is unread outside of the visible part. */
export class RoomList {
  node = element("div", { class: "room-frame" });
  #list = element("ul", { class: "room-list" });
  #scroll = element("div", { class: "room-scroll" }, this.#list);
  #above = button("", () => this.#go(this.#hidden.above.at(-1)), "edge above raised");
  #below = button("", () => this.#go(this.#hidden.below[0]), "edge below raised");
  #order = new RoomOrder();
  #rooms = /** @type {Room[]} */ ([]);
  #current = "";
  #rows = /** @type {Map<string, RoomRow>} */ (new Map());
  /** The pointer is in the list. */
  #over = false;

  constructor() {
    for (const edge of [this.#above, this.#below]) {
      // The rooms themselves can be reached by keys.
      edge.tabIndex = -1;
      edge.hidden = true;
    }
    this.node.append(this.#scroll, this.#above, this.#below);
    this.node.addEventListener("pointerenter", ({ pointerType }) => (this.#over = pointerType !== "touch"));
    this.node.addEventListener("pointerleave", () => {
      this.#over = false;
      this.#draw();
    });
    // The focus is elsewhere only after the event.
    this.node.addEventListener("focusout", () => setTimeout(() => this.#draw()));
    this.#scroll.addEventListener("scroll", () => this.#showEdges(), { passive: true });
    let tall = false;
    new ResizeObserver(() => {
      const visible = this.#scroll.clientHeight > 0;
      if (visible && !tall) this.#reveal();
      tall = visible;
      this.#showEdges();
    }).observe(this.#scroll);
  }

  /**
   * @param {Room[]} rooms
   * @param {string} current
   */
  show(rooms, current) {
    const other = current !== this.#current;
    this.#rooms = rooms;
    this.#current = current;
    this.#draw();
    if (other) this.#reveal();
  }

  #draw() {
    const held = this.#over || this.#list.contains(document.activeElement);
    const rooms = this.#order.sort(this.#rooms, this.#current, held);
    const rows = new Map(rooms.map((room) => [room.name, this.#rows.get(room.name) ?? new RoomRow(room.name)]));
    for (const [name, { node }] of this.#rows) if (!rows.has(name)) node.remove();
    this.#rows = rows;
    let next = this.#list.firstChild;
    for (const room of rooms) {
      const row = rows.get(room.name);
      row?.show(room, room.name === this.#current);
      if (row?.node === next) next = next?.nextSibling ?? null;
      else if (row) this.#list.insertBefore(row.node, next);
    }
    this.#showEdges();
  }

  #reveal() {
    this.#list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  /** The rows with news that are outside of the visible part. */
  get #hidden() {
    const { top, bottom } = this.#scroll.getBoundingClientRect();
    const rows = [...this.#list.children].filter((row) => row.matches(".news"));
    const middle = (/** @type {Element} */ row) => {
      const box = row.getBoundingClientRect();
      return (box.top + box.bottom) / 2;
    };
    return {
      above: rows.filter((row) => middle(row) < top),
      below: rows.filter((row) => middle(row) > bottom),
    };
  }

  #showEdges() {
    if (this.#scroll.clientHeight === 0) return;
    const { above, below } = this.#hidden;
    this.#showEdge(this.#above, above, "↑");
    this.#showEdge(this.#below, below, "↓");
  }

  /**
   * @param {HTMLElement} edge
   * @param {Element[]} rows
   * @param {string} arrow
   */
  #showEdge(edge, rows, arrow) {
    const names = rows.map((row) => row.firstElementChild?.getAttribute("href"));
    const unread = this.#rooms.filter(({ name }) => names.includes(`#/r/${name}`)).map((room) => room.unread);
    const mentions = unread.reduce((sum, one) => sum + one.mentions, 0);
    const count = unread.reduce((sum, one) => sum + one.count, 0);
    edge.hidden = count === 0;
    edge.classList.toggle("mentioned", mentions > 0);
    setText(edge, `${arrow} ${say(mentions > 0 ? "mentioned" : "unread", { n: mentions || count })}`);
  }

  /** @param {Element | undefined} row */
  #go(row) {
    row?.scrollIntoView({ block: "center" });
  }
}

/** A room in the list. Keeps its element, and with it the focus. */
class RoomRow {
  #link;
  #shown = "";
  node;

  /** @param {string} name */
  constructor(name) {
    this.#link = element("a", { href: `#/r/${name}` });
    this.node = element("li", {}, this.#link);
  }

  /**
   * @param {Room} room
   * @param {boolean} current
   */
  show(room, current) {
    const shown = JSON.stringify([room, current]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { title, kind, muted, unread } = room;
    const { count, mentions, more } = unread;
    this.#link.ariaCurrent = current ? "page" : null;
    this.#link.replaceChildren(signOf(kind), named(title));
    const notes = [
      ...(kind === "private" && title !== say("privateRoom") ? [say("privateRoom")] : []),
      ...(muted ? [say("mutedRoom")] : []),
    ];
    if (count > 0) {
      const word = mentions > 0 && !muted ? "mentioned" : "unread";
      const text = word === "mentioned" ? `@${mentions}` : `${count}${more ? "+" : ""}`;
      this.#link.append(element("span", { class: `count ${word}`, text }));
      notes.push(say(word, { n: word === "mentioned" ? mentions : count }));
    }
    this.#link.ariaLabel = notes.length > 0 ? [title, ...notes].join(", ") : null;
    this.node.className = muted ? "dim" : count > 0 ? "news" : "";
  }
}
