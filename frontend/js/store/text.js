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
