// What may be completed at the caret, and with what. Without the DOM: Completion.js shows it.

/**
 * @typedef {"@" | "#" | ":" | "/"} Sign
 * @typedef {{ sign: Sign, start: number, query: string }} Token the text from `start` on; `query`: without its sign
 * @typedef {{ key: string, label: string, note?: string, insert: string, found?: string[] }} Candidate `found`: other
 *   texts that find it
 */

/** In UTF-16 units: no name is longer. */
const longest = 200;
const usual = 8;
const word = /[\p{L}\p{N}_]/u;
/** What may follow a sign. Names of people may have any characters. */
const queries = /** @type {const} */ ({
  "@": /^[^\n]*$/,
  "#": /^[a-z0-9_-]*$/i,
  ":": /^[\p{L}\p{M}\p{N}_+-]{2,}:?$/u,
});

/**
 * The tokens that end at the caret, the nearest first: a name may contain a sign.
 * @param {string} text
 * @param {number} caret
 * @returns {Token[]}
 */
export function tokensAt(text, caret) {
  const [, space, command] = text.slice(0, Math.min(caret, longest)).match(/^(\s*)(\/[^\s/]*)$/) ?? [];
  if (command !== undefined && caret <= longest) return [{ sign: "/", start: space.length, query: command.slice(1) }];
  const tokens = /** @type {Token[]} */ ([]);
  for (let start = caret - 1; start >= Math.max(0, caret - longest) && text[start] !== "\n"; start -= 1) {
    const sign = text[start];
    if (sign !== "@" && sign !== "#" && sign !== ":") continue;
    const query = text.slice(start + 1, caret);
    if (!word.test(text[start - 1] ?? "") && queries[sign].test(query)) tokens.push({ sign, start, query });
  }
  return tokens;
}

/** @type {Record<string, string>} */
const spelledOut = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", æ: "ae", ø: "oe", å: "aa" };
const plain = (/** @type {string} */ text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
const spelled = (/** @type {string} */ text) => text.normalize("NFC").replace(/[äöüßæøå]/g, (one) => spelledOut[one]);

/**
 * A text as it may be typed: without marks, and with umlauts as two letters.
 * @param {string} text
 */
function spellings(text) {
  const lower = text.toLowerCase();
  return [...new Set([plain(lower), plain(spelled(lower))])];
}

/** Candidates are the same objects while the user types. */
const known = /** @type {WeakMap<Candidate, string[][]>} */ (new WeakMap());

/**
 * The spellings of the label, and of each other text that finds it.
 * @param {Candidate} candidate
 */
function spellingsOf(candidate) {
  const made = known.get(candidate) ?? [candidate.label, ...(candidate.found ?? [])].map(spellings);
  known.set(candidate, made);
  return made;
}

/**
 * How well a text fits what was typed: all of it, its beginning, that of a word, anywhere; -1: not at all. With a space in it,
 * only the beginning counts: what follows a name is no name.
 * @param {string} text
 * @param {string} wanted
 */
function fit(text, wanted) {
  if (text.startsWith(wanted)) return text === wanted ? 0 : 1;
  if (/\s/.test(wanted)) return -1;
  if (text.split(/[\s_-]+/).some((one) => one.startsWith(wanted))) return 2;
  return text.includes(wanted) ? 3 : -1;
}

/**
 * The candidates that fit, best first, otherwise in their order.
 * @param {Candidate[]} candidates
 * @param {string} query
 * @param {number} [most]
 */
export function fitting(candidates, query, most = usual) {
  const typed = query.replace(/:$/, "");
  const wanted = spellings(typed);
  // Only marks were typed.
  const bare = typed !== "" && wanted.includes("");
  const rated = candidates.map((one) => {
    if (bare) return { one, rate: one.label.includes(typed) ? 3 : -1 };
    const rates = spellingsOf(one).flatMap((texts, place) =>
      // Another name is worth less than the one that is shown.
      texts.flatMap((text) => wanted.map((part) => [fit(text, part), place > 0 ? 4 : 0])),
    );
    const fits = rates.filter(([rate]) => rate >= 0).map(([rate, less]) => rate + less);
    return { one, rate: fits.length > 0 ? Math.min(...fits) : -1 };
  });
  const fits = rated.filter(({ rate }) => rate >= 0).sort((one, two) => one.rate - two.rate);
  return fits.slice(0, most).map(({ one }) => one);
}

/**
 * Whether what was typed is the candidate already: then Enter sends.
 * @param {Token} token
 * @param {Candidate} candidate
 */
export function isWhole({ sign, query }, { insert }) {
  return sign !== ":" && (sign + query).trim().toLowerCase() === insert.trim().toLowerCase();
}
