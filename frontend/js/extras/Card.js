import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";

/** A dialog that is created on demand and removed when it closes. Escape and a click beside it close it. */
export class Card {
  node;
  heading;

  /**
   * @param {string} name its class
   * @param {string} title
   * @param {...Node} content
   */
  constructor(name, title, ...content) {
    // Screen readers read the title first, not the button before it.
    const first = { tabindex: "-1", autofocus: "" };
    this.heading = element("h2", { id: "card-title", ...first, text: title });
    const close = button("✕", () => this.node.close(), "close");
    close.setAttribute("aria-label", say("close"));
    this.node = element(
      "dialog",
      { class: `card ${name}`, "aria-labelledby": "card-title" },
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
  ["keyComplete", ["@", "#", ":", "/"]],
  ["keyBold", ["Ctrl+B"]],
  ["keyItalic", ["Ctrl+I"]],
  ["keyStrike", ["Ctrl+Shift+X"]],
  ["keySwitch", ["Ctrl+K"]],
  ["searchRoom", ["Ctrl+Shift+F"]],
  ["keyRooms", ["Alt+↑", "Alt+↓"]],
  ["keyRead", ["Esc"]],
  ["keyRegions", ["F6"]],
  ["keyHelp", ["Ctrl+/"]],
  ["keyMessages", ["↑", "↓", "Home", "End"]],
  ["keyReply", ["R"]],
  ["keyQuote", ["Q"]],
  ["keyCopy", ["C"]],
  ["keyLink", ["L"]],
  ["keyUnread", ["U"]],
  ["keyReact", ["+"]],
  ["keyEdit", ["E"]],
  ["keyErase", ["Delete"]],
  ["keyInfo", ["I"]],
];

/** @type {Record<string, import("../words/say.js").Word>} */
const labels = { Ctrl: "ctrlKey", Shift: "shiftKey", Home: "homeKey", End: "endKey", Delete: "deleteKey" };

/** @param {string} key as it is labelled on keyboards of the user's language */
const labelOf = (key) => (Object.hasOwn(labels, key) ? say(labels[key]) : key);

const roomCommands = "/create  /dm  /invite  /title  /topic  /kick  /ban  /unban  /mute  /unmute";

/**
 * Lists keys, commands and text formatting.
 * @param {boolean} hasOwners rooms can belong to somebody
 */
export function showHelp(hasOwners) {
  const rows = keys.map(([word, names]) => {
    const shown = names.map((name) => element("kbd", { text: name.split("+").map(labelOf).join("+") }));
    return element("div", {}, element("dt", { text: say(word) }), element("dd", {}, ...shown));
  });
  const card = new Card(
    "help",
    say("help"),
    element("dl", { class: "keys" }, ...rows),
    element("h3", { text: say("commands") }),
    element("p", { class: "sample", text: "/join  /nick  /leave  /search  /help" }),
    ...(hasOwners ? [element("p", { class: "sample", text: roomCommands })] : []),
    element("h3", { text: say("formatting") }),
    element("p", {
      class: "sample",
      text: say("formattingSample"),
    }),
  );
  card.open();
}
