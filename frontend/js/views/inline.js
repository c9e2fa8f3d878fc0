/**
 * A piece of a line: plain text, or something that is shown in its own way.
 *
 * @typedef {{ kind: "text" | "code" | "mention", text: string }} Leaf
 * @typedef {{ kind: "link", text: string, href: string }} Link
 * @typedef {{ kind: "bold" | "italic", pieces: Piece[] }} Span
 * @typedef {Leaf | Link | Span} Piece
 */

/** Where links may lead, and nowhere else. */
const schemes = new Set(["http:", "https:", "mailto:"]);
const marker = /\x60|\*\*?|\b(?:https?:\/\/|mailto:)[^\s<>"]+/giu;
const word = /[\p{L}\p{N}]/u;

/**
 * `code`, **bold**, *italic*, links, and where the reader is addressed.
 * @param {string} text
 * @param {RegExp | null} mention
 * @returns {Piece[]}
 */
export function parseInline(text, mention) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(marker)) {
    const start = match.index ?? 0;
    if (start < end) continue;
    const found = pieceAt(text, start, match[0], mention);
    if (!found) continue;
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
 * @returns {{ piece: Piece, end: number } | null}
 */
function pieceAt(text, start, mark, mention) {
  if (mark !== "\x60" && mark !== "*" && mark !== "**") {
    const link = trimLink(mark);
    const href = safeAddress(link);
    return href ? { piece: { kind: "link", text: link, href }, end: start + link.length } : null;
  }
  const from = start + mark.length;
  const close = text.indexOf(mark, from);
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

/**
 * The address a link may lead to: http, https and mailto, nothing else.
 * @param {string} link
 */
function safeAddress(link) {
  try {
    const { protocol, href } = new URL(link);
    return schemes.has(protocol) ? href : null;
  } catch {
    return null;
  }
}

/**
 * A sentence's end is not part of its last link; a closing bracket is only if the link opened it.
 * @param {string} link
 */
function trimLink(link) {
  const opened = link.indexOf("(");
  let end = link.length;
  while (end > 0) {
    const last = link[end - 1];
    const unopened = last === ")" && (opened < 0 || opened > end);
    if (!unopened && !".,;:!?'*_]}".includes(last)) break;
    end -= 1;
  }
  return link.slice(0, end);
}
