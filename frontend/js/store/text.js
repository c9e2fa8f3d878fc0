// The rules for texts and names are the server's (docs/protocol.md, section 2); a table of samples in
// Tests/Samples/words.json keeps both sides equal.

const visible =
  /[^\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\u2800\u{1d159}]/u;
const notInNames = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u202a-\u202e\u2066-\u2069]/u;
// Marks and joiners at the beginning would join what is before the name.
const outerSpace = /^[\p{White_Space}\p{M}\u200d]+|\p{White_Space}+$/gu;
const longestName = 32;
/** In scalars: limits the combining marks of a name. */
const mostScalars = 4 * longestName;

/**
 * A text as the server keeps it: without control characters (except line feed and tab) and bidi controls that affect the
 * text around it. Lone surrogates, which the server refuses, become replacement characters.
 * @param {string} text
 */
export function cleaned(text) {
  return text
    .replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/\p{Cs}/gu, "\ufffd")
    .trim();
}

/**
 * Whether anything of a text is visible: the server refuses it otherwise.
 * @param {string} text
 */
export function isVisible(text) {
  return visible.test(text);
}

/**
 * A name as the server keeps it.
 * @param {string} value
 * @returns {string | null} null: the server would refuse it
 */
export function properName(value) {
  const trimmed = value.slice(0, 1_000).replace(outerSpace, "");
  const name = trimmed.normalize("NFC");
  const most = Math.max([...trimmed].length, [...name].length);
  if (most > mostScalars || notInNames.test(name) || !isVisible(name)) return null;
  return characters(name) <= longestName ? name : null;
}

/** Made once: making one takes longer than what it is used for. */
const segmenter = Intl.Segmenter && new Intl.Segmenter();

/**
 * How many characters a text has, as people count them.
 * @param {string} text
 */
export const characters = (text) => [...(segmenter ? segmenter.segment(text) : text)].length;

/**
 * Matches mentions of a user: "@" and the name in any case, as a whole word.
 * @param {string} name
 * @returns {RegExp | null} null: there is no name
 */
export function mentionOf(name) {
  if (!name) return null;
  // With the flag u, only these may be escaped: "\\-" would be a syntax error.
  const literal = name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])@${literal}(?![\\p{L}\\p{N}_])`, "giu");
}
