import { find } from "../views/dom.js";

/**
 * What a key does on the message that has the keyboard: arrows go from one to the next, letters act on it.
 * @param {string} key
 * @param {HTMLElement} message
 * @param {import("../views/Page.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function press(key, message, page, extras) {
  const { conversation } = page;
  const all = [...find("log", HTMLElement).getElementsByTagName("article")];
  const place = all.indexOf(message);
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowUp: () => all[place - 1]?.focus(),
    ArrowDown: () => all[place + 1]?.focus(),
    Home: () => all[0].focus(),
    End: () => toEnd(conversation),
    r: () => reply(message, conversation.composer),
    c: () => void navigator.clipboard?.writeText(textOf(message)),
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

/**
 * @param {HTMLElement} message
 * @param {import("../views/Composer.js").Composer} composer
 */
function reply(message, composer) {
  const name = message.querySelector(".sender")?.textContent ?? "";
  const quote = textOf(message).replace(/^/gm, "> ");
  composer.write(`${quote}\n@${name} ${composer.text}`);
}

/** @param {HTMLElement} message */
function textOf(message) {
  return message.querySelector(".text")?.textContent ?? "";
}
