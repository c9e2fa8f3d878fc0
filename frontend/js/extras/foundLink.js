import { element } from "../views/dom.js";
import { nameOfDay, timeOfDay } from "../views/times.js";
import { pieces } from "./folding.js";

/**
 * A message that was found: who said it and when, its text with the matches marked. It leads to the message.
 * @param {Wire.Message} message
 * @param {string} room
 * @param {string[]} words folded
 */
export function foundLink({ id, from, text, ts }, room, words) {
  const shown = pieces(text, words).map((piece) =>
    piece.match ? element("mark", { text: piece.text }) : new Text(piece.text),
  );
  return element(
    "a",
    { href: `#/r/${room}/m/${id}` },
    element("bdi", { class: "sender", text: from.name }),
    element("span", { class: "when" }, new Text(`${nameOfDay(ts)}, `), timeOfDay(ts)),
    element("span", { class: "what", dir: "auto" }, ...shown),
  );
}
