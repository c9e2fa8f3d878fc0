import { avatar, button, element } from "./dom.js";
import { splitLinks } from "./links.js";
import { nameOfDay, timeOfDay } from "./times.js";

/**
 * @typedef {import("./arrange.js").Row} Row
 * @typedef {import("./arrange.js").MessageRow} MessageRow
 * @typedef {{ retry: (key: string) => void, discard: (key: string) => void, fill: (serial: number) => void }} Actions
 */

/** One row of the list: a message, a day, or a gap. Its element stays while its content changes. */
export class RowView {
  node;
  #actions;
  #shown = "";

  /**
   * @param {Row} row
   * @param {Actions} actions
   */
  constructor(row, actions) {
    this.node = element(row.kind === "message" ? "article" : "div");
    this.#actions = actions;
    this.show(row);
  }

  /**
   * @param {Row} row
   */
  show(row) {
    const title = row.kind === "day" ? nameOfDay(row.at) : "";
    const shown = JSON.stringify([row, title]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (row.kind === "message") this.#showMessage(row);
    else if (row.kind === "day") this.#showSeparator("day", title);
    else this.#showGap(row);
  }

  /**
   * @param {MessageRow} row
   */
  #showMessage(row) {
    const { message, own, continued, state } = row;
    this.node.className = `message ${state}${continued ? " continued" : ""}${own ? " own" : ""}`;
    if (own) this.node.setAttribute("aria-live", "off");
    const byline = element(
      "header",
      {},
      element("bdi", { class: "sender", text: message.from.name }),
      timeOfDay(message.ts),
    );
    const body = element("p", { class: "text", dir: "auto" });
    for (const { text, href } of splitLinks(message.text)) {
      body.append(
        href
          ? element("a", { href, rel: "noopener noreferrer nofollow", target: "_blank", text })
          : text,
      );
    }
    this.node.replaceChildren(
      avatar(message.from),
      byline,
      body,
      ...(own ? [this.#state(row)] : []),
    );
  }

  /**
   * @param {MessageRow} row
   */
  #state({ state, reason, message }) {
    const key = message.key ?? "";
    const shown = element("p", { class: "state" });
    if (state === "sent")
      shown.append(element("span", { class: "tick", role: "img", "aria-label": "Sent" }));
    if (state === "pending") shown.append(element("span", { class: "sending", text: "Sending…" }));
    if (state === "failed")
      shown.append(element("span", { class: "problem", text: `Not sent. ${reason ?? ""}` }));
    if (state === "unsure")
      shown.append(element("span", { class: "problem", text: "May have been sent." }));
    if (state === "failed" || state === "unsure") {
      const again = state === "failed" ? "Retry" : "Send again";
      shown.append(
        button(again, () => this.#actions.retry(key)),
        button("Delete", () => this.#actions.discard(key)),
      );
    }
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

  /**
   * @param {import("./arrange.js").GapRow} row
   */
  #showGap({ lost, open, serial }) {
    const count = lost === null ? "Messages" : lost === 1 ? "One message" : `${lost} messages`;
    this.#showSeparator(
      "gap",
      lost === null ? `${count} may be missing here.` : `${count} can no longer be shown.`,
    );
    if (open) this.node.append(button("Show what there is", () => this.#actions.fill(serial)));
  }
}
