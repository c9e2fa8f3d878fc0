import { composes, find } from "./dom.js";

/** F6 cycles through these. */
const regions = ["rooms", "log", "composer-text", "people"];

/** extras/MessageBar.js handles these. */
const messageKeys = ["ArrowUp", "ArrowDown", "Home", "End", "Delete", ..."rqcleiu+?"];

/** Shortcuts that work everywhere; extras/Card.js lists them for the user. */
export class Keyboard {
  #page;
  #extras;

  /**
   * @param {import("../main.js").Page} page
   * @param {import("./Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    this.#extras = extras;
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || composes(event)) return;
      if (this.#act(event)) event.preventDefault();
    });
    find("log", HTMLElement).addEventListener("keydown", (event) => {
      if (event.target instanceof HTMLElement && event.target.matches("article"))
        this.#actOnMessage(event, event.target);
    });
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {unknown} truthy: handled
   */
  #act({ key, ctrlKey, metaKey, altKey, shiftKey }) {
    const command = (ctrlKey || metaKey) && !altKey;
    if (command && key.toLowerCase() === "k") return this.#extras.switchRoom();
    if (command && shiftKey && key.toLowerCase() === "f") return this.#extras.search();
    if (command && key === "/") return this.#extras.showHelp();
    if (document.querySelector("dialog[open], #more[aria-expanded=true]")) return false;
    if (altKey && key === "ArrowUp") return this.#step(-1);
    if (altKey && key === "ArrowDown") return this.#step(1);
    if (key === "F6") return this.#nextRegion(shiftKey ? -1 : 1);
    if (key !== "Escape") return false;
    this.#page.toast.hide();
    this.#page.conversation.markRead();
    this.#page.conversation.composer.focus();
    return true;
  }

  /** @param {number} by */
  #step(by) {
    // As they are listed.
    const links = [...find("rooms", HTMLElement).querySelectorAll(".room-list a")];
    const names = links.map((link) => link.getAttribute("href")?.slice("#/r/".length) ?? "");
    const place = names.indexOf(this.#page.conversation.room) + by;
    this.#page.navigation.go(names[(place + names.length) % names.length]);
    return true;
  }

  /** @param {number} by */
  #nextRegion(by) {
    const shown = regions.filter((id) => find(id, HTMLElement).checkVisibility());
    const here = shown.findIndex((id) => find(id, HTMLElement).contains(document.activeElement));
    const next = shown[(here + by + shown.length) % shown.length];
    if (next === "log") this.#page.conversation.list?.focus();
    else if (next === "composer-text") this.#page.conversation.composer.focus();
    else find(next, HTMLElement).focus();
    return true;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} message
   */
  #actOnMessage(event, message) {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !messageKeys.includes(key)) return;
    event.preventDefault();
    this.#extras.pressOn(key, message);
  }
}
