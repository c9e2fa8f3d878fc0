import { parseBlocks } from "./blocks.js";
import { element } from "./dom.js";

const tags = /** @type {const} */ ({ bold: "strong", italic: "em", code: "code", mention: "mark" });

/**
 * A message's text as nodes. Nothing of it is ever read as HTML.
 * @param {string} text
 * @param {RegExp | null} mention where the reader is addressed
 * @returns {Node[]}
 */
export function textNodes(text, mention) {
  return parseBlocks(text, mention).flatMap((block) => {
    if (block.kind === "code") return [element("pre", {}, element("code", { text: block.text }))];
    const nodes = block.pieces.map(pieceNode);
    return block.kind === "quote" ? [element("blockquote", {}, ...nodes)] : nodes;
  });
}

/**
 * @param {import("./inline.js").Piece} piece
 * @returns {Node}
 */
function pieceNode(piece) {
  switch (piece.kind) {
    case "text":
      return document.createTextNode(piece.text);
    case "link": {
      const { href, text } = piece;
      // A room or a message of ours is shown here.
      if (href.startsWith(`${location.origin}/#/r/`)) return element("a", { href, text });
      const rel = "noopener noreferrer nofollow";
      return element("a", { href, rel, target: "_blank", text });
    }
    case "bold":
    case "italic":
      return element(tags[piece.kind], {}, ...piece.pieces.map(pieceNode));
    default:
      return element(tags[piece.kind], { text: piece.text });
  }
}
