/**
 * A text as it may travel: without control characters other than line feed and tab, which the server would take out
 * (and which grow sixfold in JSON, beyond the frame's limit), and with a mark for each half of a character, which the
 * server refuses.
 * @param {string} text
 */
export function cleaned(text) {
  return text
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/\p{Cs}/gu, "\ufffd")
    .trim();
}

/**
 * Finds where somebody is addressed: "@" and the name, whatever its case, as a word of its own.
 * @param {string} name
 * @returns {RegExp | null} null: nobody can be addressed without a name
 */
export function mentionOf(name) {
  if (!name) return null;
  const literal = name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])@${literal}(?![\\p{L}\\p{N}_])`, "giu");
}
