import { element } from "../views/dom.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";

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

/** The sheet of keys, commands, and how text is formatted. */
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
