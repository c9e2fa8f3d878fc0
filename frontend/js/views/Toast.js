import { element, find } from "./dom.js";

const lifetime = 8_000;

/** A short word above the messages, that goes by itself. */
export class Toast {
  #place = find("toast", HTMLElement);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {string} text */
  show(text) {
    clearTimeout(this.#timer);
    this.#place.replaceChildren(element("span", { text }));
    this.#timer = setTimeout(() => this.#place.replaceChildren(), lifetime);
  }
}
