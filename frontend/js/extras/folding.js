/** Folds text as the server does: docs/protocol.md, section 11. */
const ignored =
  /[\u{300}-\u{36f}\u{1ab0}-\u{1aff}\u{1dc0}-\u{1dff}\u{20d0}-\u{20ff}\u{fe20}-\u{fe2f}\u{591}-\u{5bd}\u{5bf}\u{5c1}\u{5c2}\u{5c4}\u{5c5}\u{5c7}\u{610}-\u{61a}\u{64b}-\u{65f}\u{670}\u{6d6}-\u{6dc}]|\p{Default_Ignorable_Code_Point}/gu;
/** A letter with its marks. Halfwidth Japanese voicing marks are not combining marks, but belong to it. */
const letters = /\P{M}[\p{M}\p{Default_Ignorable_Code_Point}\uff9e\uff9f]*|\p{M}+/gsu;
/** The length of an excerpt, and of its part before the first match. */
const longest = 280;
const before = 60;

/** @param {string} text */
export function fold(text) {
  const plain = text.normalize("NFKD").replace(ignored, "");
  // Letter by letter: final sigma only occurs in whole words.
  const letters = [...plain].map((one) => one.toLowerCase().toUpperCase().toLowerCase());
  return letters.join("").normalize("NFC");
}

/**
 * The words of a query that occur in the text of results.
 * @param {string} query
 */
export function wordsOf(query) {
  const words = fold(query).split(/\s+/);
  return words.filter((word) => word !== "" && !/^from:./.test(word));
}

/**
 * A text, or an excerpt around its first match, split into matches and the text between them.
 * @param {string} text
 * @param {string[]} words folded
 * @returns {{ text: string, match: boolean }[]}
 */
export function pieces(text, words) {
  const line = text.replace(/\s+/g, " ").trim();
  const matches = matchesIn(line, words);
  const { start, end } = part(line, matches[0]?.start ?? 0);
  const cut = [];
  let place = start;
  for (const match of matches) {
    const to = Math.min(match.end, end);
    if (match.start < start || match.start >= to) continue;
    if (match.start > place) cut.push({ text: line.slice(place, match.start), match: false });
    cut.push({ text: line.slice(match.start, to), match: true });
    place = to;
  }
  if (place < end) cut.push({ text: line.slice(place, end), match: false });
  if (start > 0) cut.unshift({ text: "… ", match: false });
  if (end < line.length) cut.push({ text: " …", match: false });
  return cut;
}

/**
 * The places of words, in order; adjacent ones are joined.
 * @param {string} line
 * @param {string[]} words
 */
function matchesIn(line, words) {
  let folded = "";
  /** For each place in `folded`: its letter in `line`. */
  const origins = /** @type {{ start: number, end: number }[]} */ ([]);
  let start = 0;
  for (const letter of line.match(letters) ?? []) {
    const end = start + letter.length;
    const piece = fold(letter);
    for (let count = piece.length; count > 0; count -= 1) origins.push({ start, end });
    folded += piece;
    start = end;
  }
  const found = words.flatMap((word) => {
    const places = [];
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1))
      places.push({ start: origins[at].start, end: origins[at + word.length - 1].end });
    return places;
  });
  found.sort((one, two) => one.start - two.start);
  const joined = /** @type {{ start: number, end: number }[]} */ ([]);
  for (const match of found) {
    const last = joined.at(-1);
    if (last && match.start <= last.end) last.end = Math.max(last.end, match.end);
    else joined.push({ ...match });
  }
  return joined;
}

/**
 * @param {string} line
 * @param {number} match
 */
function part(line, match) {
  if (line.length <= longest) return { start: 0, end: line.length };
  const from = match > before ? match - before : 0;
  const space = from > 0 ? line.indexOf(" ", from) + 1 : 0;
  const start = whole(line, space > 0 && space <= match ? space : from);
  return { start, end: whole(line, Math.min(line.length, start + longest)) };
}

/**
 * Does not split a surrogate pair.
 * @param {string} line
 * @param {number} place
 */
function whole(line, place) {
  return /[\udc00-\udfff]/.test(line.charAt(place)) ? place - 1 : place;
}
