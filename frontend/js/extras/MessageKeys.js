import { find } from "../views/dom.js";
import { MessageActions } from "./MessageActions.js";

/**
 * What a key does on the message that has the keyboard: arrows go from one to the next, letters act on it.
 * @param {string} key
 * @param {HTMLElement} node
 * @param {import("../views/Page.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function press(key, node, page, extras) {
  const all = [...find("log", HTMLElement).getElementsByTagName("article")];
  const place = all.indexOf(node);
  const actions = new MessageActions(page, node);
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowUp: () => all[place - 1]?.focus(),
    ArrowDown: () => all[place + 1]?.focus(),
    Home: () => all[0].focus(),
    End: () => toEnd(page.conversation),
    Delete: () => actions.mayChange && actions.erase(),
    r: () => actions.reply(),
    c: () => actions.copy(),
    l: () => actions.mayReact && void actions.link(),
    e: () => actions.mayChange && actions.edit(),
    i: () => actions.mayChange && actions.info(),
    "+": () => actions.mayReact && actions.react(),
    "?": () => void extras.showHelp(),
  };
  keys[key]?.();
}

/** @param {import("../views/Conversation.js").Conversation} conversation */
function toEnd(conversation) {
  conversation.markRead();
  const messages = find("log", HTMLElement).getElementsByTagName("article");
  messages[messages.length - 1].focus();
}
