import { en } from "./en.js";

/** @typedef {keyof typeof en | keyof typeof import("./enMore.js").enMore} Word */

/** What the page is written in: the first of the reader's languages that we know, with its region. */
export const language =
  globalThis.navigator?.languages?.find((one) => /^(en|de)\b/i.test(one)) ?? "en";
const german = language.startsWith("de");
const words = /** @type {Record<Word, string | { one: string, other: string }>} */ ({
  ...(german ? (await import("./de.js")).de : en),
});
const plural = new Intl.PluralRules(language);

/** Learns the words of the parts that are loaded later. */
export async function learnMore() {
  Object.assign(
    words,
    german ? (await import("./deMore.js")).deMore : (await import("./enMore.js")).enMore,
  );
}

/**
 * A sentence in the reader's language. `n` chooses between one and many.
 * @param {Word} word
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(word, values = {}) {
  const forms = words[word];
  const one = plural.select(Number(values.n ?? 1)) === "one";
  const text = typeof forms === "string" ? forms : one ? forms.one : forms.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * A name inside a sentence, whichever direction either is written in.
 * @param {string} name
 */
export function isolated(name) {
  return `\u2068${name}\u2069`;
}

/**
 * "Ann, Bob and Cho".
 * @param {string[]} names
 */
export function listed(names) {
  return new Intl.ListFormat(language).format(names.map(isolated));
}
