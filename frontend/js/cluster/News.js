import { element, find } from "../views/dom.js";
import { isolated } from "../words/speaker.js";
import { say } from "./words.js";

const lifetime = 8_000;

/** What has just changed, in words: read out by a screen reader, and shown for a moment. */
export class News {
  #place = find("news", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import("./changes.js").Change[]} changes */
  tell(changes) {
    if (changes.length === 0) return;
    const sentences = changes.map(({ word, values = {} }) => {
      const named = Object.entries(values).map(([name, value]) => [name, isolated(value)]);
      return say(word, Object.fromEntries(named));
    });
    clearTimeout(this.#timer);
    this.#place.replaceChildren(element("span", { text: sentences.join(" ") }));
    this.#timer = setTimeout(() => this.#place.replaceChildren(), lifetime);
  }
}
