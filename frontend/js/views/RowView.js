import { isolated, listed, say } from "../words/say.js";
import { avatar, button, element } from "./dom.js";
import { textNodes } from "./textNodes.js";
import { nameOfDay, timeOfDay } from "./times.js";

/**
 * @typedef {import("./arrange.js").Row} Row
 * @typedef {import("./arrange.js").MessageRow} MessageRow
 * @typedef {{ retry: (key: string) => void, discard: (key: string) => void, fill: (serial: number) => void,
 *   mention: () => RegExp | null }} Actions `mention` finds where we are addressed
 */

/** So many names are told; beyond, only how many there are. */
const namesTold = 3;

/** One row of the list: a message, or what stands between messages. Its element stays while its content changes. */
export class RowView {
  node;
  #actions;
  #shown = "";

  /**
   * @param {Row} row
   * @param {Actions} actions
   */
  constructor(row, actions) {
    this.node = row.kind === "message" ? element("article", { tabindex: "-1" }) : element("div");
    this.#actions = actions;
  }

  /** @param {Row} row */
  show(row) {
    const title = row.kind === "day" ? nameOfDay(row.at) : "";
    const shown = JSON.stringify([row, title]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (row.kind === "message") this.#showMessage(row);
    else if (row.kind === "day") this.#showSeparator("day", title);
    else if (row.kind === "new") this.#showSeparator("new", say("newMessages", { n: row.count }));
    else if (row.kind === "comings") this.#showSeparator("comings", comings(row));
    else this.#showGap(row);
  }

  /** @param {MessageRow} row */
  #showMessage(row) {
    const { message, own, continued, state } = row;
    const mention = own ? null : this.#actions.mention();
    const mentioned = mention && message.text.search(mention) >= 0 ? " mentioned" : "";
    this.node.className = `message ${state}${continued ? " continued" : ""}${mentioned}`;
    const time = timeOfDay(message.ts);
    this.node.setAttribute(
      "aria-label",
      `${isolated(message.from.name)}, ${time.textContent}: ${isolated(message.text)}`,
    );
    const sender = element("bdi", { class: "sender", text: message.from.name });
    const body = element("div", { class: "text", dir: "auto" });
    body.append(...textNodes(message.text, mention));
    this.node.replaceChildren(
      avatar(message.from),
      element("header", {}, sender, time),
      body,
      ...(own ? [this.#state(row)] : []),
    );
  }

  /** @param {MessageRow} row */
  #state({ state, reason, message }) {
    const key = message.key ?? "";
    const shown = element("p", { class: "state" });
    if (state === "sent")
      shown.append(element("span", { class: "tick", role: "img", "aria-label": say("sent") }));
    if (state === "pending")
      shown.append(element("span", { class: "sending", text: say("sending") }));
    if (state === "pending" || state === "sent") return shown;
    const failed = state === "failed";
    const text = failed ? say("notSent", { reason: reason ?? say("notConfirmed") }) : say("unsure");
    shown.append(
      element("span", { class: "problem", text }),
      button(say(failed ? "retry" : "sendAgain"), () => this.#actions.retry(key)),
      button(say("delete"), () => this.#actions.discard(key)),
    );
    return shown;
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
