import { element } from "../views/dom.js";
import { say } from "./words.js";

/**
 * A state as a word, with a mark and a colour for those who see them.
 * @param {Cluster.State} state
 */
export function badge(state) {
  return element("span", { class: "badge", "data-state": state, text: say(state) });
}
