import { element } from "./dom.js";

const tags = /** @type {const} */ ({ bold: "strong", italic: "em" });

/**
 * The text of a message as nodes, never as HTML.
 * @param {string} text
 * @param {RegExp | null} mention matches the user's name
 * @returns {Node[]}
 */
export function textNodes(text, mention) {
  return parseBlocks(text, mention).flatMap((block) => {
    // Code runs from left to right, also in right-to-left text.
    if (block.kind === "code")
      return [element("pre", { dir: "ltr" }, element("code", { dir: "ltr", text: block.text }))];
    const nodes = block.pieces.map(pieceNode);
    return block.kind === "quote" ? [element("blockquote", { dir: "auto" }, ...nodes)] : nodes;
  });
}

/**
 * @param {Piece} piece
 * @returns {Node}
 */
function pieceNode(piece) {
  switch (piece.kind) {
    case "text":
      return document.createTextNode(piece.text);
    case "link": {
      const { href, text } = piece;
      // Links to our own rooms and messages open in this tab.
      if (href.startsWith(`${location.origin}${location.pathname}#/r/`)) return element("a", { href, text });
      const rel = "noopener noreferrer nofollow";
      return element("a", { href, rel, target: "_blank", text });
    }
    case "bold":
    case "italic":
      return element(tags[piece.kind], {}, ...piece.pieces.map(pieceNode));
    case "code":
      return element("code", { dir: "ltr", text: piece.text });
    default:
      return element("mark", { text: piece.text });
  }
}

const opening = /^\x60{3}[\w+-]*$/;
const closing = /^\x60{3}\s*$/;
const quote = /^> ?\S/;

/**
 * Blocks of a text: lines, quotes (lines that begin with ">"), and code between lines of three backticks.
 *
 * @typedef {{ kind: "lines" | "quote", pieces: Piece[] }} Lines
 * @typedef {Lines | { kind: "code", text: string }} Block
 */

/**
 * @param {string} text
 * @param {RegExp | null} mention
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

/**
 * A piece of a line.
 *
 * @typedef {{ kind: "text" | "code" | "mention", text: string }} Leaf
 * @typedef {{ kind: "link", text: string, href: string }} Link
 * @typedef {{ kind: "bold" | "italic", pieces: Piece[] }} Span
 * @typedef {Leaf | Link | Span} Piece
 */

const marker = /\x60|\*\*?|(?<![a-z\d])(?:https?:\/\/|mailto:)/giu;
const word = /[\p{L}\p{N}]/u;

/**
 * Parses `code`, **bold**, *italic*, links and mentions.
 * @param {string} text
 * @param {RegExp | null} mention
 * @returns {Piece[]}
 */
export function parseInline(text, mention) {
  /** @type {Piece[]} */
  const pieces = [];
  /** Marks without a closing one in the rest of the text: not searched again, so parsing stays linear. */
  const gone = /** @type {Set<string>} */ (new Set());
  let end = 0;
  let passed = 0;
  for (const match of text.matchAll(marker)) {
    const start = match.index ?? 0;
    if (start < passed) continue;
    const found = pieceAt(text, start, match[0], mention, gone);
    if (!found) continue;
    passed = found.end;
    if (!found.piece) continue;
    pieces.push(...plain(text.slice(end, start), mention), found.piece);
    end = found.end;
  }
  return [...pieces, ...plain(text.slice(end), mention)];
}

/**
 * @param {string} text
 * @param {number} start
 * @param {string} mark
 * @param {RegExp | null} mention
 * @param {Set<string>} gone
 * @returns {{ piece: Piece | null, end: number } | null} without a piece: plain text up to `end`
 */
function pieceAt(text, start, mark, mention, gone) {
  if (mark !== "\x60" && mark !== "*" && mark !== "**") {
    const { end, href } = linkAt(text, start);
    return { piece: href ? { kind: "link", text: text.slice(start, end), href } : null, end };
  }
  const from = start + mark.length;
  const close = gone.has(mark) ? -1 : text.indexOf(mark, from);
  if (close < 0) gone.add(mark);
  const inner = text.slice(from, Math.max(from, close));
  const end = close + mark.length;
  if (close < 0 || inner === "" || inner.includes("\n")) return null;
  if (mark === "\x60") return { piece: { kind: "code", text: inner }, end };
  const tight = inner.trim() === inner;
  const apart = !word.test(text[start - 1] ?? "") && !word.test(text[end] ?? "");
  if (!tight || !apart) return null;
  const kind = mark === "*" ? "italic" : "bold";
  return { piece: { kind, pieces: parseInline(inner, mention) }, end };
}

/**
 * @param {string} text
 * @param {RegExp | null} mention
 * @returns {Leaf[]}
 */
function plain(text, mention) {
  /** @type {Leaf[]} */
  const leaves = [];
  let end = 0;
  for (const match of mention ? text.matchAll(mention) : []) {
    const start = match.index ?? 0;
    if (start > end) leaves.push({ kind: "text", text: text.slice(end, start) });
    leaves.push({ kind: "mention", text: match[0] });
    end = start + match[0].length;
  }
  if (end < text.length) leaves.push({ kind: "text", text: text.slice(end) });
  return leaves;
}

/** The only schemes that links may have. */
const schemes = new Set(["http:", "https:", "mailto:"]);
/** Never part of an address. */
const outside = /[\s<>"\p{Cc}\uff02\uff07]/u;
const openingBracket = /[\p{Ps}\uff1c]/u;
const closingBracket = /[\p{Pe}\uff1e]/u;
const quotes = /[\p{Pi}\p{Pf}\u201a\u201e]/u;
/** Punctuation. ASCII addresses contain it; in other scripts it ends the address, as no space has to follow. */
const terminal = /[\p{Terminal_Punctuation}\p{Sentence_Terminal}\u2025\u2026]/u;
/** Allowed in an address, but not at its end. */
const trailing = /['*_\p{Ps}\uff1c]/u;

/**
 * The address that begins at `start`, without the punctuation around it. A closing bracket belongs to it only if the
 * address has the opening one.
 * @param {string} text
 * @param {number} start
 * @returns {{ end: number, href: string | null }} null: not a link
 */
function linkAt(text, start) {
  /** @type {number[]} open brackets */
  const open = [];
  let place = start;
  let end = start;
  while (place < text.length) {
    const code = text.codePointAt(place) ?? 0;
    const one = String.fromCodePoint(code);
    const next = place + one.length;
    if (outside.test(one)) break;
    if (openingBracket.test(one)) open.push(code);
    const closes = closingBracket.test(one);
    // In Unicode, a closing bracket is one or two code points after its opening one.
    const opened = closes && [1, 2].includes(code - (open.at(-1) ?? code));
    if (opened) open.pop();
    const apostrophe = one === "\u2019" && word.test(text[next] ?? "");
    const ends = quotes.test(one) || terminal.test(one);
    if (!opened && (closes || (code > 0x7f && ends && !apostrophe))) break;
    if (opened || apostrophe || !(ends || trailing.test(one))) end = next;
    place = next;
  }
  return { end, href: safeAddress(text.slice(start, end)) };
}

/** @param {string} link */
function safeAddress(link) {
  try {
    const { protocol, href } = new URL(link);
    return schemes.has(protocol) ? href : null;
  } catch {
    return null;
  }
}
