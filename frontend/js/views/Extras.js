import { Stopwatch } from "../store/Stopwatch.js";
import { say } from "../words/say.js";
import { find, loadStyle } from "./dom.js";

/**
 * What of the page is only loaded when somebody asks for it: each part once. Offline that may fail, and the page says so.
 *
 * @typedef {import("./Page.js").Page} Page
 */
export class Extras {
  #page;
  /** @type {import("../extras/RoomMenu.js").RoomMenu | undefined} */
  #menu;
  /** @type {import("../extras/Permalink.js").Permalink | undefined} */
  #permalink;
  /** @type {typeof import("../extras/MessageKeys.js").press | undefined} */
  #press;
  /** @type {import("../extras/MessageBar.js").MessageBar | undefined} */
  #bar;
  /** @type {HTMLElement | undefined} The message that the tools go to. */
  #pointed;
  #fetching = false;
  #used = Promise.resolve();

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    Stopwatch.of(page.chat);
    // Once it is there, the menu minds its button itself.
    find("more", HTMLButtonElement).addEventListener("click", () => this.#menu ?? this.#openMenu());
    for (const event of ["pointermove", "focusin"])
      find("log", HTMLElement).addEventListener(event, ({ target }) => this.#showBar(target));
  }

  /** @param {string} command */
  runCommand(command) {
    return this.#use(async () => {
      const { run } = await import("../extras/commands.js");
      run(command, this.#page, this);
    });
  }

  switchRoom() {
    return this.#use(async () => (await import("../extras/Switcher.js")).Switcher.show(this.#page));
  }

  /** @param {string} query to be looked for at once */
  search(query = "") {
    return this.#use(async () =>
      (await import("../extras/SearchPanel.js")).SearchPanel.show(this.#page, query),
    );
  }

  showHelp() {
    return this.#use(async () => (await import("../extras/Help.js")).Help.show());
  }

  /**
   * A key on a message: single letters act on the one that has the keyboard.
   * @param {string} key
   * @param {HTMLElement} message
   */
  pressOn(key, message) {
    if (this.#press) return this.#press(key, message, this.#page, this);
    return this.#use(async () => {
      this.#press = (await import("../extras/MessageKeys.js")).press;
      this.#press(key, message, this.#page, this);
    });
  }

  /** Begins to notify, as was asked for at an earlier visit. */
  notify() {
    return this.#use(async () => {
      const { Notifier } = await import("../extras/Notifier.js");
      if (Notifier.possible) Notifier.of(this.#page);
    });
  }

  /** Shows the message that the address names. */
  followLink() {
    return this.#use(async () => {
      const { Permalink } = await import("../extras/Permalink.js");
      this.#permalink ??= new Permalink(this.#page);
      this.#permalink.follow();
    });
  }

  #openMenu() {
    return this.#use(async () => {
      const { RoomMenu } = await import("../extras/RoomMenu.js");
      this.#menu ??= new RoomMenu(this.#page, this);
      this.#menu.show();
    });
  }

  /** @param {EventTarget | null} target in the list of messages */
  async #showBar(target) {
    const message = target instanceof Element && target.closest("article");
    if (!(message instanceof HTMLElement)) return;
    this.#pointed = message;
    if (this.#bar) return this.#bar.show(message);
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      await loadStyle("extras.css");
      const { MessageBar } = await import("../extras/MessageBar.js");
      this.#bar = new MessageBar(this.#page);
      this.#bar.show(this.#pointed);
    } catch (error) {
      // Nobody has asked for it: a later move asks again. They come by the hundred, and the server may be away.
      console.warn(error);
      setTimeout(() => (this.#fetching = false), 1_000);
    }
  }

  /**
   * One after the other, in the order in which they were asked for.
   * @param {() => Promise<void>} part
   */
  #use(part) {
    this.#used = this.#used.then(() => this.#try(part));
    return this.#used;
  }

  /** @param {() => Promise<void>} part */
  async #try(part) {
    try {
      await loadStyle("extras.css");
      await part();
    } catch (error) {
      console.warn(error);
      this.#page.toast.show(say("notLoaded"));
    }
  }
}
