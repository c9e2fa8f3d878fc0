import { element } from "./dom.js";
import { folded, mayBeLong } from "./fold.js";

const tags = /** @type {const} */ ({ bold: "strong", italic: "em", strike: "s" });

/**
 * The text of a message as nodes, never as HTML.
 * @param {string} text
 * @param {RegExp | null} mention matches the user's name
 * @returns {Node[]}
 */
export function textNodes(text, mention) {
  const nodes = parseBlocks(text, mention).flatMap(blockNodes);
  return mayBeLong(text) ? [folded(text, nodes)] : nodes;
}

/**
 * @param {Block} block
 * @returns {Node[]}
 */
function blockNodes(block) {
  switch (block.kind) {
    case "code":
      // Code runs from left to right, also in right-to-left text.
      return [element("pre", { dir: "ltr" }, element("code", { dir: "ltr", text: block.text }))];
    case "quote":
      return [element("blockquote", { dir: "auto" }, ...block.blocks.flatMap(blockNodes))];
    case "heading":
      return [element("strong", { class: "heading", dir: "auto" }, ...block.pieces.map(pieceNode))];
    case "list":
      return [element(block.items[0].ordered ? "ol" : "ul", {}, ...block.items.map(itemNode))];
    default:
      return block.pieces.map(pieceNode);
  }
}

/**
 * The mark is text, so that it is copied, and numbers are those that were typed.
 * @param {Item} item
 */
function itemNode({ mark, ordered, level, pieces }) {
  const shown = element("span", { "aria-hidden": ordered ? undefined : "true", text: ordered ? `${mark} ` : "• " });
  return element("li", { class: `level-${level}`, dir: "auto" }, shown, ...pieces.map(pieceNode));
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
      const { href, text, pieces } = piece;
      const shown = pieces ? pieces.map(pieceNode) : [document.createTextNode(text)];
      const title = pieces && href;
      // Links to our own rooms and messages open in this tab.
      if (href.startsWith(`${location.origin}${location.pathname}#/r/`)) return element("a", { href, title }, ...shown);
      const rel = "noopener noreferrer nofollow";
      return element("a", { href, title, rel, target: "_blank" }, ...shown);
    }
    case "bold":
    case "italic":
    case "strike":
      return element(tags[piece.kind], {}, ...piece.pieces.map(pieceNode));
    case "code":
      return element("code", { dir: "ltr", text: piece.text });
    case "room":
      // The list of messages links those that there are.
      return element("span", { class: "room", text: piece.text });
    default:
      return element("mark", { text: piece.text });
  }
}

const opening = /^\x60{3}[\w+-]*$/;
const closing = /^\x60{3}\s*$/;
const quote = /^> ?\S/;
/** An empty line inside of a quote. */
const quoteGap = /^>\s*$/;
const listItem = /^( {0,12})([-*+•]|\d{1,9}[.)])[ \t]+(?=\S)/;
const heading = /^#{1,3} +(?=\S)/;
/** Quotes within quotes, beyond which their marks are text. */
const deepest = 5;
const deepestList = 3;

/**
 * Blocks of a text: lines, quotes (lines that begin with ">"), lists, headings, and code between lines of three
 * backticks.
 *
 * @typedef {{ kind: "lines" | "heading", pieces: Piece[] }} Lines
 * @typedef {{ mark: string, ordered: boolean, level: number, pieces: Piece[] }} Item
 * @typedef {{ kind: "quote", blocks: Block[] }} Quote
 * @typedef {{ kind: "list", items: Item[] }} List
 * @typedef {Lines | Quote | List | { kind: "code", text: string }} Block
 */

/**
 * @param {string} text
 * @param {RegExp | null} mention
 * @param {number} [depth] of quotes around it
 * @returns {Block[]}
 */
export function parseBlocks(text, mention, depth = 0) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = text === "" ? [] : text.split("\n");
  const lastFence = lines.map((line) => closing.test(line)).lastIndexOf(true);
  const kindAt = (/** @type {number} */ place) => {
    const line = lines[place];
    if (place < lastFence && opening.test(line)) return "code";
    if (depth < deepest && quote.test(line)) return "quote";
    if (listItem.test(line)) return "list";
    return heading.test(line) ? "heading" : "lines";
  };
  let place = 0;
  while (place < lines.length) {
    const kind = kindAt(place);
    const start = place;
    if (kind === "code") {
      do place += 1;
      while (!closing.test(lines[place]));
      blocks.push({ kind, text: lines.slice(start + 1, place).join("\n") });
      place += 1;
      continue;
    }
    do place += 1;
    while (
      place < lines.length &&
      (kindAt(place) === kind ? kind !== "heading" : kind === "quote" && quoteGap.test(lines[place]))
    );
    const run = lines.slice(start, place);
    if (kind === "quote") {
      const content = run.map((line) => line.replace(/^> ?/, "")).join("\n");
      blocks.push({ kind, blocks: parseBlocks(content, mention, depth + 1) });
    } else if (kind === "list") blocks.push({ kind, items: run.map((line) => parseItem(line, mention)) });
    else if (kind === "heading") blocks.push({ kind, pieces: parseInline(run[0].replace(heading, ""), mention) });
    else blocks.push({ kind, pieces: parseInline(run.join("\n"), mention) });
  }
  return blocks;
}

/**
 * @param {string} line
 * @param {RegExp | null} mention
 * @returns {Item}
 */
function parseItem(line, mention) {
  const [all = "", indent = "", mark = ""] = line.match(listItem) ?? [];
  const level = Math.min(deepestList, indent.length >> 1);
  return { mark, ordered: mark.length > 1, level, pieces: parseInline(line.slice(all.length), mention) };
}

/**
 * A piece of a line.
 *
 * @typedef {{ kind: "text" | "code" | "mention" | "room", text: string }} Leaf
 * @typedef {{ kind: "link", text: string, href: string, pieces?: Piece[], address?: string }} Link `pieces`: shown instead
 *   of the address, which was typed as `address`
 * @typedef {{ kind: "bold" | "italic" | "strike", mark: string, pieces: Piece[] }} Span
 * @typedef {Leaf | Link | Span} Piece
 */

const marker = /\x60|\*{1,3}|~~|(?<![\p{L}\p{N}_])_(?!_)|(?<!!)\[|(?<![a-z\d])(?:https?:\/\/|mailto:)/giu;
const word = /[\p{L}\p{N}]/u;
const space = /\s/;
/** Inside of a word, "_" is no mark. */
const closingUnderscore = /(?<!_)_(?![\p{L}\p{N}_])/gu;
const kinds = /** @type {const} */ ({ "*": "italic", _: "italic", "**": "bold", "***": "bold", "~~": "strike" });

/** Finds the next mark in a text; searching on never begins again before the last one found, so it stays linear. */
class Marks {
  #text;
  #found = /** @type {Map<string, number>} */ (new Map());

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /**
   * @param {string} mark
   * @param {number} from
   * @returns its place, or -1
   */
  next(mark, from) {
    const known = this.#found.get(mark);
    if (known !== undefined && (known < 0 || known >= from)) return known;
    closingUnderscore.lastIndex = from;
    const found = mark === "_" ? (closingUnderscore.exec(this.#text)?.index ?? -1) : this.#text.indexOf(mark, from);
    this.#found.set(mark, found);
    return found;
  }
}

/**
 * Parses `code`, **bold**, *italic*, _italic_, ***both***, ~~strike~~, links, mentions and names of rooms.
 * @param {string} text
 * @param {RegExp | null} mention
 * @returns {Piece[]}
 */
export function parseInline(text, mention) {
  /** @type {Piece[]} */
  const pieces = [];
  // A mark in a name is none: the names that are mentioned are hidden from those who look for marks.
  const bare =
    mention && text.includes("@") ? text.replace(mention, (name) => `@${"x".repeat(name.length - 1)}`) : text;
  const marks = new Marks(bare);
  let end = 0;
  let passed = 0;
  for (const match of bare.matchAll(marker)) {
    const start = match.index ?? 0;
    if (start < passed) continue;
    const found = pieceAt(text, start, match[0], mention, marks);
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
 * @param {Marks} marks
 * @returns {{ piece: Piece | null, end: number } | null} without a piece: plain text up to `end`
 */
function pieceAt(text, start, mark, mention, marks) {
  if (mark === "[") return labeledAt(text, start, mention, marks);
  const kind = Object.hasOwn(kinds, mark) ? kinds[/** @type {keyof typeof kinds} */ (mark)] : null;
  if (!kind && mark !== "\x60") {
    const { end, href } = linkAt(text, start);
    return { piece: href ? { kind: "link", text: text.slice(start, end), href } : null, end };
  }
  const from = start + mark.length;
  const close = marks.next(mark, from);
  const line = marks.next("\n", from);
  const end = close + mark.length;
  if (close <= from || (line >= 0 && line < close)) return null;
  if (!kind) return { piece: { kind: "code", text: text.slice(from, close) }, end };
  const tight = !space.test(text[from]) && !space.test(text[close - 1]);
  const apart = !word.test(text[start - 1] ?? "") && !word.test(text[end] ?? "");
  if (!tight || !apart) return null;
  const pieces = parseInline(text.slice(from, close), mention);
  if (mark !== "***") return { piece: { kind, mark, pieces }, end };
  return { piece: { kind, mark: "**", pieces: [{ kind: "italic", mark: "*", pieces }] }, end };
}

/**
 * `[text](https://…)`. A text that looks like an address itself could pretend another target: it stays as it was typed.
 * @param {string} text
 * @param {number} start
 * @param {RegExp | null} mention
 * @param {Marks} marks
 * @returns {{ piece: Piece, end: number } | null}
 */
function labeledAt(text, start, mention, marks) {
  const close = marks.next("]", start + 1);
  if (close < 0 || text[close + 1] !== "(") return null;
  const label = text.slice(start + 1, close);
  const plainLabel = label.trim() === label && label !== "" && !/[[\n]/.test(label);
  const begin = close + 2;
  if (!plainLabel || !startsAddress(text, begin)) return null;
  const { end, href } = linkAt(text, begin);
  if (!href || text[end] !== ")") return null;
  const pieces = parseInline(label, mention);
  if (pretends(shown(pieces), href)) return null;
  return { piece: { kind: "link", text: label, href, pieces, address: text.slice(begin, end) }, end: end + 1 };
}

/**
 * @param {Piece[]} pieces
 * @returns {string}
 */
const shown = (pieces) => pieces.map((piece) => ("pieces" in piece ? shown(piece.pieces ?? []) : piece.text)).join("");

/**
 * Whether readers could take a label for the address of another place.
 * @param {string} label
 * @param {string} href
 */
function pretends(label, href) {
  const read = label
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();
  if (/\p{Bidi_Control}/u.test(label) || /:\/\/|mailto:|www\./.test(read)) return true;
  const host = /^([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)(?:[/:?#]|$)/u.exec(read)?.[1];
  return host !== undefined && host !== new URL(href).hostname;
}

/**
 * @param {string} text
 * @param {number} place
 */
const startsAddress = (text, place) => /^(?:https?:\/\/|mailto:)/i.test(text.slice(place, place + 8));

/** A name of a room after "#", not within a word or an address. */
const roomSign = /(?<![\p{L}\p{N}_#&/-])#[a-z0-9][a-z0-9_-]{0,63}(?![\p{L}\p{N}\p{M}_/-])/gu;

/**
 * The rooms that a text may name, in the order of their names.
 * @param {string} text
 */
export function roomsIn(text) {
  const signs = text.includes("#") ? (text.match(roomSign) ?? []) : [];
  return [...new Set(signs.map((sign) => sign.slice(1)))].sort();
}

/**
 * @param {string} text
 * @param {RegExp | null} mention
 * @returns {Leaf[]}
 */
function plain(text, mention) {
  if (!mention) return cut(text, roomSign, "room");
  return cut(text, mention, "mention").flatMap((leaf) => (leaf.kind === "text" ? plain(leaf.text, null) : leaf));
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 * @param {"mention" | "room"} kind of what matches
 * @returns {Leaf[]}
 */
function cut(text, pattern, kind) {
  /** @type {Leaf[]} */
  const leaves = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const start = match.index ?? 0;
    if (start > end) leaves.push({ kind: "text", text: text.slice(end, start) });
    leaves.push({ kind, text: match[0] });
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
