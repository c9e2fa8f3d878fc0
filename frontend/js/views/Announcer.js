import { say } from "../words/say.js";
import { find } from "./dom.js";

/** Within this time… */
const span = 3_000;
/** …so many messages are read out; of more only their number. */
const readOut = 5;
const gatherFor = 400;
const longest = 200;

/** Tells a screen reader what others say, in one line of the page that is replaced. Our own echo is not told. */
export class Announcer {
  #line = find("announcer", HTMLElement);
  /** @type {string[]} */
  #waiting = [];
  /** When the last ones came. */
  #times = /** @type {number[]} */ ([]);
  #telling = false;

  /** @param {Wire.Message} message */
  hear({ from, text }) {
    const now = performance.now();
    this.#times = [...this.#times.filter((time) => now - time < span), now].slice(-readOut - 1);
    this.#waiting.push(`${from.name}: ${text.slice(0, longest)}`);
    const wait = this.#times.length > readOut ? span : gatherFor;
    if (!this.#telling) setTimeout(() => this.#tell(), wait);
    this.#telling = true;
  }

  #tell() {
    this.#telling = false;
    const many = this.#waiting.length > readOut;
    this.#line.textContent = many
      ? say("manyNew", { n: this.#waiting.length })
      : this.#waiting.join("\n");
    this.#waiting = [];
  }
}
