import { say } from "../words/say.js";
import { button, element } from "./dom.js";

/**
 * @typedef {import("../words/say.js").Word} Word
 * @typedef {import("./RowView.js").Actions} Actions
 */

/**
 * How far a message of our own has come, or what we do to one.
 * @param {import("./arrange.js").MessageRow} row
 * @param {Actions} actions
 */
export function stateOf({ state, reason, message, act }, actions) {
  const shown = element("p", { class: "state" });
  const { key = "" } = message;
  const doing = act ?? { key, state, reason };
  if (doing.state === "pending")
    shown.append(element("span", { class: "sending", text: say("sending") }));
  else if (doing.state !== "sent")
    shown.append(...failure(act ? "notDone" : "notSent", doing, actions));
  else if (!message.deleted)
    shown.append(element("span", { class: "tick", role: "img", "aria-label": say("sent") }));
  return shown;
}

/**
 * Why something was not done, and the two ways to go on.
 * @param {Word} word
 * @param {{ key: string, state: string, reason?: string }} what in the outbox
 * @param {Actions} actions
 */
export function failure(word, { key, state, reason = say("notConfirmed") }, { retry, discard }) {
  const unsure = state === "unsure";
  const text = unsure ? say("unsure") : say(word, { reason });
  return [
    element("span", { class: "problem", text }),
    button(say(unsure ? "sendAgain" : "retry"), () => retry(key)),
    button(say(word === "notSent" ? "delete" : "giveUp"), () => discard(key)),
  ];
}
