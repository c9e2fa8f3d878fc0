/** What the page is written in: the first of the reader's languages that we know, with its region. */
export const language =
  globalThis.navigator?.languages?.find((one) => /^(en|de)\b/i.test(one)) ?? "en";
export const isGerman = language.toLowerCase().startsWith("de");

const plural = new Intl.PluralRules(language);

/**
 * Says sentences of a list of words. `n` chooses between one and many; `{…}` are filled in.
 * @template {Record<string, string | { one: string, other: string }>} Words
 * @param {Words} words
 */
export function speaker(words) {
  /**
   * @param {keyof Words} word
   * @param {Record<string, string | number>} [values]
   * @returns {string}
   */
  return (word, values = {}) => {
    const forms = words[word];
    const one = plural.select(Number(values.n ?? 1)) === "one";
    const text = typeof forms === "string" ? forms : one ? forms.one : forms.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  };
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
