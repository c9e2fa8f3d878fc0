/** The language of the page: the first supported one of the user, with its region if Intl accepts it. */
export const language = languageOf(globalThis.navigator?.languages ?? []);
export const isGerman = language.toLowerCase().startsWith("de");

const plural = new Intl.PluralRules(language);

/**
 * Makes the function that fills in texts: `n` selects singular or plural, `{…}` are placeholders.
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
    // Not loaded yet, or an error code of a later version.
    if (forms === undefined) return "";
    const one = plural.select(Number(values.n ?? 1)) === "one";
    const text = typeof forms === "string" ? forms : one ? forms.one : forms.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  };
}

/**
 * Some browsers report tags that Intl rejects, such as "en-US@posix".
 * @param {readonly string[]} tags
 */
export function languageOf(tags) {
  const tag = tags.find((one) => /^(en|de)(?![a-z\d])/i.test(one));
  if (!tag) return "en";
  try {
    return new Intl.Locale(tag).toString();
  } catch {
    return tag.slice(0, 2).toLowerCase();
  }
}

/**
 * A name for use inside a sentence of either direction.
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
