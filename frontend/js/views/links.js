/** @typedef {{ text: string, href?: string }} Piece */

const candidate = /\b(?:https?:\/\/|mailto:)[^\s<>"]+/gi;
const schemes = new Set(["http:", "https:", "mailto:"]);

/**
 * Splits a text into plain pieces and links: http, https and mailto, nothing else.
 *
 * @param {string} text
 * @returns {Piece[]}
 */
export function splitLinks(text) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(candidate)) {
    const link = trimEnd(match[0]);
    const href = safeAddress(link);
    if (!href) continue;
    const start = match.index ?? 0;
    if (start > end) pieces.push({ text: text.slice(end, start) });
    pieces.push({ text: link, href });
    end = start + link.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/**
 * A sentence's end is not part of its last link; a closing bracket is only if the link opened it.
 *
 * @param {string} link
 */
function trimEnd(link) {
  let end = link.length;
  while (end > 0) {
    const last = link[end - 1];
    const unopened = last === ")" && !link.slice(0, end).includes("(");
    if (!unopened && !".,;:!?'*_]}".includes(last)) break;
    end -= 1;
  }
  return link.slice(0, end);
}

/**
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
