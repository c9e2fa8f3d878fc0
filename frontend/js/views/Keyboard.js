import { find } from "./dom.js";

/** F6 goes round these. */
const regions = ["rooms", "log", "composer-text", "people"];

/** The keys that work wherever the keyboard is; extras/Help.js lists them for the user. */
export class Keyboard {
  #page;
  #extras;

  /**
   * @param {import("./Page.js").Page} page
   * @param {import("./Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    this.#extras = extras;
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (this.#act(event)) event.preventDefault();
    });
    find("log", HTMLElement).addEventListener("keydown", (event) => {
      if (event.target instanceof HTMLElement && event.target.matches("article"))
        this.#actOnMessage(event, event.target);
    });
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {unknown} something, if it was for us
   */
  #act({ key, ctrlKey, metaKey, altKey, shiftKey }) {
    const command = (ctrlKey || metaKey) && !altKey;
    if (command && key.toLowerCase() === "k") return this.#extras.switchRoom();
    if (command && key === "/") return this.#extras.showHelp();
    if (document.querySelector("dialog[open], #more[aria-expanded=true]")) return false;
    if (altKey && key === "ArrowUp") return this.#step(-1);
    if (altKey && key === "ArrowDown") return this.#step(1);
    if (key === "F6") return this.#nextRegion(shiftKey ? -1 : 1);
    if (key !== "Escape") return false;
    this.#page.conversation.markRead();
    this.#page.conversation.composer.focus();
    return true;
  }

  /** @param {number} by */
  #step(by) {
    const names = this.#page.navigation.rooms.map(({ name }) => name);
    const place = names.indexOf(this.#page.conversation.room) + by;
    this.#page.navigation.go(names[(place + names.length) % names.length]);
    return true;
  }

  /** @param {number} by */
  #nextRegion(by) {
    const shown = regions.filter((id) => find(id, HTMLElement).checkVisibility());
    const here = shown.findIndex((id) => find(id, HTMLElement).contains(document.activeElement));
    const next = shown[(here + by + shown.length) % shown.length];
    if (next === "log") this.#page.conversation.focusMessages();
    else if (next === "composer-text") this.#page.conversation.composer.focus();
    else find(next, HTMLElement).focus();
    return true;
  }

  /**
   * Arrows go from message to message; single letters act on the one that has the keyboard.
   * @param {KeyboardEvent} event
   * @param {HTMLElement} message
   */
  #actOnMessage(event, message) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...(message.parentElement?.getElementsByTagName("article") ?? [])];
    const place = all.indexOf(message);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowUp: () => all[place - 1]?.focus(),
      ArrowDown: () => all[place + 1]?.focus(),
      Home: () => all[0].focus(),
      End: () => this.#toEnd(),
      r: () => this.#reply(message),
      c: () => void navigator.clipboard?.writeText(textOf(message)),
      "?": () => void this.#extras.showHelp(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  }

  #toEnd() {
    this.#page.conversation.markRead();
    const messages = find("log", HTMLElement).getElementsByTagName("article");
    messages[messages.length - 1].focus();
  }

  /** @param {HTMLElement} message */
  #reply(message) {
    const name = message.querySelector(".sender")?.textContent ?? "";
    const quote = textOf(message).replace(/^/gm, "> ");
    const { composer } = this.#page.conversation;
    composer.write(`${quote}\n@${name} ${composer.text}`);
  }
}

/** @param {HTMLElement} message */
function textOf(message) {
  return message.querySelector(".text")?.textContent ?? "";
}
