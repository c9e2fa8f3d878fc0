import { parseInline } from "./inline.js";

// A backtick is \x60: in a line with an odd number of them the server sees no end of a text, and sends the file whole.
const opening = /^\x60{3}[\w+-]*$/;
const closing = /^\x60{3}\s*$/;
const quote = /^> ?\S/;

/**
 * A text in blocks: lines, quotes (lines that begin with ">"), and code between lines of three backticks.
 *
 * @typedef {{ kind: "lines" | "quote", pieces: import("./inline.js").Piece[] }} Lines
 * @typedef {Lines | { kind: "code", text: string }} Block
 */

/**
 * @param {string} text
 * @param {RegExp | null} mention where the reader is addressed
 * @returns {Block[]}
 */
export function parseBlocks(text, mention) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = text === "" ? [] : text.split("\n");
  const lastFence = lines.map((line) => closing.test(line)).lastIndexOf(true);
  const begins = (/** @type {number} */ line) => line < lastFence && opening.test(lines[line]);
  let place = 0;
  while (place < lines.length) {
    if (begins(place)) {
      let end = place + 1;
      while (!closing.test(lines[end])) end += 1;
      blocks.push({ kind: "code", text: lines.slice(place + 1, end).join("\n") });
      place = end + 1;
      continue;
    }
    const quoted = quote.test(lines[place]);
    const start = place;
    do place += 1;
    while (place < lines.length && quote.test(lines[place]) === quoted && !begins(place));
    const run = lines.slice(start, place);
    const content = quoted ? run.map((line) => line.replace(/^> ?/, "")) : run;
    const kind = quoted ? "quote" : "lines";
    blocks.push({ kind, pieces: parseInline(content.join("\n"), mention) });
  }
  return blocks;
}
