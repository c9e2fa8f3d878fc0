import { element, find } from "../views/dom.js";
import { count, few, milliseconds } from "./amounts.js";
import { say } from "./words.js";

/** @typedef {import("./words.js").Word} Word */

/** The cluster in a few numbers. */
export class Numbers {
  #place = find("numbers", HTMLElement);
  /** @type {Map<Word, HTMLElement>} */
  #values = new Map();

  /**
   * @param {Cluster.Report} report
   * @param {import("./summary.js").Summary} summary
   */
  show({ relay }, { users, rate, delivery, lag, cutOff, restarts }) {
    this.#set("users", count(users));
    this.#set("rate", few(rate));
    this.#set("delivery", milliseconds(delivery), (delivery ?? 0) >= 250);
    this.#set("lag", milliseconds(lag), (lag ?? 0) >= 100);
    this.#set("relay", relayText(relay, cutOff), cutOff > 0);
    this.#set("restarts", count(restarts), restarts > 0);
  }

  /**
   * @param {Word} word
   * @param {string} text
   * @param {boolean} [notable]
   */
  #set(word, text, notable = false) {
    let value = this.#values.get(word);
    if (!value) {
      value = element("dd");
      this.#values.set(word, value);
      this.#place.append(element("div", {}, element("dt", { text: say(word) }), value));
    }
    if (value.textContent !== text) value.textContent = text;
    value.classList.toggle("notable", notable);
  }
}

/**
 * @param {Cluster.Report["relay"]} relay
 * @param {number} cutOff how many nodes are without it
 */
function relayText({ kind, connected }, cutOff) {
  if (kind === "memory") return say("relayMemory");
  if (!connected) return say("relayDown");
  return cutOff > 0 ? say("relayAwayFor", { n: cutOff }) : say("relayUp");
}
