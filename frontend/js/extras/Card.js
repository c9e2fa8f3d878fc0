import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";

/** A dialog that is created on demand and removed when it closes. Escape and a click beside it close it. */
export class Card {
  node;
  heading;

  /**
   * @param {string} title
   * @param {...Node} content
   */
  constructor(title, ...content) {
    // Screen readers read the title first, not the button before it.
    const first = { tabindex: "-1", autofocus: "" };
    this.heading = element("h2", { id: "card-title", ...first, text: title });
    const close = button("✕", () => this.node.close(), "close");
    close.setAttribute("aria-label", say("close"));
    this.node = element(
      "dialog",
      { class: "card", "aria-labelledby": "card-title" },
      close,
      this.heading,
      ...content,
    );
    this.node.addEventListener("click", ({ target }) => target === this.node && this.node.close());
    this.node.addEventListener("close", () => this.node.remove());
  }

  /** Closes other dialogs. */
  open() {
    for (const other of document.querySelectorAll("dialog[open]"))
      if (other instanceof HTMLDialogElement) other.close();
    document.body.append(this.node);
    this.node.showModal();
  }
}

/** @type {[import("../words/say.js").Word, string[]][]} */
const keys = [
  ["keySend", ["Enter"]],
  ["keyNewLine", ["Shift+Enter"]],
  ["keyRecall", ["↑"]],
  ["keySwitch", ["Ctrl+K"]],
  ["searchRoom", ["Ctrl+Shift+F"]],
  ["keyRooms", ["Alt+↑", "Alt+↓"]],
  ["keyRead", ["Esc"]],
  ["keyRegions", ["F6"]],
  ["keyHelp", ["Ctrl+/"]],
  ["keyMessages", ["↑", "↓", "Home", "End"]],
  ["keyReply", ["R"]],
  ["keyCopy", ["C"]],
  ["keyLink", ["L"]],
  ["keyReact", ["+"]],
  ["keyEdit", ["E"]],
  ["keyErase", ["Delete"]],
  ["keyInfo", ["I"]],
];

/** Lists keys, commands and text formatting. */
export class Help {
  static show() {
    const list = element("dl", { class: "keys" });
    for (const [word, names] of keys) {
      const shown = names.map((name) => element("kbd", { text: name }));
      list.append(
        element("div", {}, element("dt", { text: say(word) }), element("dd", {}, ...shown)),
      );
    }
    const commands = ["/join", "/nick", "/leave", "/search", "/help"].join("  ");
    const card = new Card(
      say("help"),
      list,
      element("h3", { text: say("commands") }),
      element("p", { class: "sample", text: commands }),
      element("h3", { text: say("formatting") }),
      element("p", { class: "sample", text: "**bold**  *italic*  `code`  > quote  ``\x60" }),
    );
    card.node.classList.add("help");
    card.open();
  }
}
