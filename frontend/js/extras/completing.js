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

const folded = (/** @type {string} */ text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * How well a text fits what was typed: all of it, its beginning, that of a word, anywhere; -1: not at all. With a space in it,
 * only the beginning counts: what follows a name is no name.
 * @param {string} text
 * @param {string} query
 */
function fit(text, query) {
  const [wanted, whole] = [folded(query), folded(text)];
  // Only marks were typed.
  if (wanted === "" && query !== "") return text.includes(query) ? 3 : -1;
  if (whole.startsWith(wanted)) return whole === wanted ? 0 : 1;
  if (/\s/.test(wanted)) return -1;
  if (whole.split(/[\s_-]+/).some((one) => one.startsWith(wanted))) return 2;
  return whole.includes(wanted) ? 3 : -1;
}

/**
 * The candidates that fit, best first, otherwise in their order.
 * @param {Candidate[]} candidates
 * @param {string} query
 * @param {number} [most]
 */
export function fitting(candidates, query, most = usual) {
  const wanted = query.replace(/:$/, "");
  const rated = candidates.map((one) => {
    // Another name is worth less than the one that is shown.
    const rates = [one.label, ...(one.found ?? [])].map((text, place) => [fit(text, wanted), place > 0 ? 4 : 0]);
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
