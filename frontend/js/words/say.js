import { en } from "./en.js";
import { isGerman, speaker } from "./speaker.js";

export { isolated, language, listed } from "./speaker.js";

/** @typedef {keyof typeof en | keyof typeof import("./enMore.js").enMore} Word */

const words = /** @type {Record<Word, string | { one: string, other: string }>} */ ({
  ...(isGerman ? (await import("./de.js")).de : en),
});

/** Learns the words of the parts that are loaded later. */
export async function learnMore() {
  Object.assign(
    words,
    isGerman ? (await import("./deMore.js")).deMore : (await import("./enMore.js")).enMore,
  );
}

/** A sentence of the chat page in the reader's language. */
export const say = speaker(words);
