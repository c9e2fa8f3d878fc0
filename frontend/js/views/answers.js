// What is shown of a message that another one answers: in the row of the answer, and above the field.

import { isolated, personName, say } from "../words/say.js";
import { button, element, find, setText } from "./dom.js";
import { gistOf } from "./gist.js";
import { parseBlocks } from "./textNodes.js";

/** In characters. A line on a wide screen has fewer. */
const longest = 160;

/**
 * @typedef {{ id: string, what: "loaded" | "muted" | "deleted" | "gone" | "unloaded", from?: Wire.User, text?: string,
 *   own?: boolean }} Answered `muted`: the user does not want to see the sender's messages; `own`: it is the user's own
 */

/**
 * @param {string} id
 * @param {Wire.Message | null | undefined} target null: it is not in the log any more; undefined: it is not known
 * @param {string} self our own id
 * @param {string[]} muted
 * @returns {Answered}
 */
export function answered(id, target, self, muted) {
  if (!target) return { id, what: target === null ? "gone" : "unloaded" };
  const { from, deleted } = target;
  const own = from.id === self;
  if (deleted) return { id, what: "deleted", from, own };
  return muted.includes(from.id)
    ? { id, what: "muted", from, own }
    : { id, what: "loaded", from, own, text: beginningOf(target) };
}

/** Messages are not changed in place. */
const beginnings = /** @type {WeakMap<Wire.Message, string>} */ (new WeakMap());

/**
 * The beginning of a message in one line, without formatting, and without what it quotes if it says anything else. Its
 * files are named.
 * @param {Wire.Message} message
 */
export function beginningOf(message) {
  const known = beginnings.get(message);
  if (known !== undefined) return known;
  const blocks = parseBlocks(message.text.slice(0, 4 * longest), null);
  const said = blocks.filter(({ kind }) => kind !== "quote");
  const text = (said.map(textOf).join(" ").trim() ? said : blocks).map(textOf).join(" ");
  const line = text.replace(/\s+/g, " ").trim();
  const characters = [...line];
  const short = characters.length > longest ? `${characters.slice(0, longest).join("")}…` : line;
  const beginning = gistOf({ text: short, files: message.files });
  beginnings.set(message, beginning);
  return beginning;
}

/**
 * @param {import("./textNodes.js").Block} block
 * @returns {string}
 */
function textOf(block) {
  switch (block.kind) {
    case "code":
      return block.text;
    case "quote":
      return block.blocks.map(textOf).join(" ");
    case "list":
      return block.items.map(({ mark, ordered, pieces }) => `${ordered ? mark : "•"} ${plain(pieces)}`).join(" ");
    default:
      return plain(block.pieces);
  }
}

/**
 * @param {import("./textNodes.js").Piece[]} pieces
 * @returns {string}
 */
function plain(pieces) {
  return pieces.map((piece) => ("pieces" in piece && piece.pieces ? plain(piece.pieces) : textIn(piece))).join("");
}

const textIn = (/** @type {import("./textNodes.js").Piece} */ piece) => ("text" in piece ? piece.text : "");

const words = /** @type {const} */ ({
  muted: "answeredMuted",
  deleted: "deleted",
  gone: "answeredGone",
  unloaded: "showAnswered",
});

/** @param {Answered} answered */
function textShown({ what, text = "" }) {
  return what === "loaded" ? text : say(words[what]);
}

/**
 * "in reply to Ann", or "in reply to you".
 * @param {{ from?: Wire.User, own?: boolean }} answered
 */
export function inReply({ from, own }) {
  if (own) return say("inReplyToYou");
  return from ? say("inReplyTo", { name: isolated(personName(from)) }) : say("inReply");
}

/**
 * The line in a row: leads to the message, if it is there.
 * @param {Answered} answered
 * @param {(id: string) => void} goTo
 */
export function answeredLine(answered, goTo) {
  const { id, what, from } = answered;
  const text = textShown(answered);
  const parts = [
    ...(from ? [element("bdi", { class: "name", text: personName(from) })] : []),
    element(what === "loaded" ? "span" : "em", { class: "what", dir: "auto", text }),
  ];
  if (what === "gone" || what === "deleted") return element("p", { class: "answered" }, ...parts);
  const line = button("", () => goTo(id), "answered");
  line.setAttribute("aria-label", `${inReply(answered)}: ${isolated(text)}`);
  line.append(...parts);
  return line;
}

/** Above the field: which message the draft answers. */
export class ReplyLine {
  #node = element("div", { class: "replying" });
  #name = element("span", { class: "to" });
  #text = element("span", { class: "what", dir: "auto" });

  /** @param {() => void} cancel */
  constructor(cancel) {
    const cross = button("✕", cancel, "cancel");
    cross.setAttribute("aria-label", say("cancelReply"));
    cross.title = "Esc";
    this.#node.append(element("p", { id: "composer-reply" }, this.#name, this.#text), cross);
    this.#node.hidden = true;
    find("composer-notice", HTMLElement).after(this.#node);
    find("composer-text", HTMLElement).setAttribute("aria-describedby", "composer-reply composer-notice");
  }

  /** @param {Answered | null} answered null: none */
  show(answered) {
    this.#node.hidden = answered === null;
    const { from, own, what } = answered ?? {};
    const name = own ? say("yourself") : from && personName(from);
    setText(this.#name, answered ? `${name ? say("replyingTo", { name: isolated(name) }) : say("replying")} ` : "");
    setText(this.#text, answered && what !== "unloaded" ? textShown(answered) : "");
  }
}
