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
