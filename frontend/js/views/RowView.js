import { isolated, listed, say } from "../words/say.js";
import { aftermath } from "./aftermath.js";
import { avatar, button, element } from "./dom.js";
import { failure, stateOf } from "./stateOf.js";
import { textNodes } from "./textNodes.js";
import { nameOfDay, timeOfDay } from "./times.js";

/**
 * @typedef {import("./arrange.js").Row} Row
 * @typedef {import("./arrange.js").MessageRow} MessageRow
 * @typedef {{ retry: (key: string) => void, discard: (key: string) => void, fill: (serial: number) => void,
 *   mention: () => RegExp | null, self: () => Wire.User, nameOf: (user: string) => string | undefined,
 *   act: (act: import("../store/acts.js").Act) => void }} Actions `mention` finds where we are addressed
 */

/** So many names are told; beyond, only how many there are. */
const namesTold = 3;

/** One row of the list: a message, or what stands between messages. Its element stays while its content changes. */
export class RowView {
  node;
  row;
  #actions;
  #shown = "";

  /**
   * @param {Row} row
   * @param {Actions} actions
   */
  constructor(row, actions) {
    this.node = row.kind === "message" ? element("article", { tabindex: "-1" }) : element("div");
    this.row = row;
    this.#actions = actions;
  }

  /** @param {Row} row */
  show(row) {
    this.row = row;
    const title = row.kind === "day" ? nameOfDay(row.at) : "";
    const reactions = row.kind === "message" ? (row.message.reactions ?? []) : [];
    const names = reactions.map(({ users }) => users.map(this.#actions.nameOf));
    const shown = JSON.stringify([row, title, names]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (row.kind === "message") this.#showMessage(row);
    else if (row.kind === "day") this.#showSeparator("day", title);
    else if (row.kind === "new") this.#showSeparator("new", say("newMessages", { n: row.count }));
    else if (row.kind === "comings") this.#showSeparator("comings", comings(row));
    else if (row.kind === "gap") this.#showGap(row);
    else this.#showUndone(row);
  }

  /** @param {MessageRow} row */
  #showMessage(row) {
    const { message, own, continued, state, act } = row;
    const mention = own ? null : this.#actions.mention();
    const mentioned = mention && message.text.search(mention) >= 0 ? " mentioned" : "";
    const failed = act && act.state !== "pending" ? " failed" : "";
    this.node.className = `message ${state}${failed}${continued ? " continued" : ""}${mentioned}`;
    const time = timeOfDay(message.ts);
    const text = message.deleted ? say("deleted") : message.text;
    this.node.ariaCurrent = row.linked ? "true" : null;
    this.node.setAttribute(
      "aria-label",
      `${isolated(message.from.name)}, ${time.textContent}: ${isolated(text)}`,
    );
    const sender = element("bdi", { class: "sender", text: message.from.name });
    const body = element("div", { class: "text", dir: "auto" });
    if (message.deleted) body.append(element("em", { class: "gone", text }));
    else body.append(...textNodes(text, mention));
    const focused = document.activeElement?.closest(".message > :not(.tools) *");
    const holder = focused && this.node.contains(focused) ? focused.textContent : null;
    // The tools of extras/MessageBar.js stay where they are: they may have the keyboard.
    for (const child of this.node.querySelectorAll(":scope > :not(.tools)")) child.remove();
    this.node.prepend(
      avatar(message.from),
      element("header", {}, sender, time),
      body,
      ...aftermath(row, this.#actions),
      ...(own || act ? [stateOf(row, this.#actions)] : []),
    );
    setReach(this.node, this.node.tabIndex);
    if (holder !== null) this.#focusAgain(holder);
    if (message.deleted) this.node.querySelector(".tools")?.remove();
  }

  /** @param {string | null} holder the reaction, link or button whose successor gets the keyboard, or else the row */
  #focusAgain(holder) {
    // After the emoji of a reaction comes its count.
    const word = holder?.split(" ")[0];
    const all = [...this.node.querySelectorAll("a, button")];
    const same = all.find((one) => one.textContent?.split(" ")[0] === word) ?? this.node;
    if (same instanceof HTMLElement) same.focus();
  }

  /**
   * @param {string} className
   * @param {string} text
   */
  #showSeparator(className, text) {
    this.node.className = `separator ${className}`;
    this.node.replaceChildren(element("span", { text }));
  }

  /** @param {import("./arrange.js").GapRow} row */
  #showGap({ lost, open, serial }) {
    this.#showSeparator("gap", lost === null ? say("gapUnknown") : say("gapLost", { n: lost }));
    if (open) this.node.append(button(say("fillGap"), () => this.#actions.fill(serial)));
  }

  /** @param {import("./arrange.js").UndoneRow} row */
  #showUndone({ href, act }) {
    this.node.className = "separator gap";
    const message = element("a", { class: "link", href, text: say("message") });
    this.node.replaceChildren(...failure("undone", act, this.#actions), message);
  }
}

/**
 * Whether Tab stops at a message, and at its links and reactions: it does so at one message only.
 * @param {HTMLElement} row
 * @param {number} tabIndex
 */
export function setReach(row, tabIndex) {
  row.tabIndex = tabIndex;
  for (const part of row.querySelectorAll(".chip, .text a"))
    if (part instanceof HTMLElement) part.tabIndex = tabIndex;
}

/** @param {import("../store/Comings.js").Note} note */
function comings({ joined, left }) {
  const names = (/** @type {string[]} */ list) =>
    list.length > namesTold ? say("people", { n: list.length }) : listed(list);
  return [
    ...(joined.length > 0 ? [say("joined", { n: joined.length, names: names(joined) })] : []),
    ...(left.length > 0 ? [say("leftRoom", { n: left.length, names: names(left) })] : []),
  ].join(" · ");
}
