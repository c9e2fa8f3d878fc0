import { safely } from "../runtime.js";
import { Stopwatch } from "../store/measures.js";
import { MyRooms } from "../store/storage.js";
import { say } from "../words/say.js";
import { copyAsText } from "./Copying.js";
import { LongPress } from "./LongPress.js";
import { composes, find, loadStyle } from "./dom.js";

/** Preloaded when the page is idle, so that they work offline, too. */
const parts = {
  SearchPanel: () => import("../extras/SearchPanel.js"),
  Switcher: () => import("../extras/Switcher.js"),
  MessageBar: () => import("../extras/MessageBar.js"),
  EmojiPicker: () => import("../extras/EmojiPicker.js"),
  Card: () => import("../extras/Card.js"),
  RoomMenu: () => import("../extras/RoomMenu.js"),
  UnreadPassage: () => import("../extras/UnreadPassage.js"),
  Permalink: () => import("../extras/Permalink.js"),
  MakeCards: () => import("../extras/MakeCards.js"),
  Directory: () => import("../extras/Directory.js"),
  RoleActions: () => import("../extras/RoleActions.js"),
  RoleCards: () => import("../extras/RoleCards.js"),
  RoomCommands: () => import("../extras/RoomCommands.js"),
  OwnRooms: () => import("../extras/OwnRooms.js"),
  SlowMode: () => import("../extras/SlowMode.js"),
  Writing: () => import("../extras/Writing.js"),
  listing: () => import("../extras/listing.js"),
  Offline: () => import("../extras/Offline.js"),
};

/**
 * @template {Name} Part
 * @typedef {Awaited<ReturnType<(typeof parts)[Part]>>} Loaded
 */

/**
 * Loads the optional parts of the page, each once: on demand, or when the page is idle. If a part cannot be loaded, the
 * page says so, and keys typed for it go nowhere else.
 *
 * @typedef {import("../main.js").Page} Page
 * @typedef {keyof typeof parts} Name
 */
export class Extras {
  #page;
  /** @type {import("../extras/RoomMenu.js").RoomMenu | undefined} */
  #menu;
  /** @type {import("../extras/Permalink.js").Permalink | undefined} */
  #permalink;
  /** Loaded parts. */
  #there = /** @type {Map<Name, unknown>} */ (new Map());
  /** @type {import("../extras/MessageBar.js").MessageBar | undefined} */
  #bar;
  /** @type {HTMLElement | undefined} The message under the pointer or the focus. */
  #pointed;
  #fetching = false;
  /** What follows the rooms that belong to somebody is there. */
  #owning = false;
  #used = Promise.resolve();
  #linking = false;
  #helping = false;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    Stopwatch.of(page.chat);
    copyAsText(page);
    page.conversation.inviting.listen(() => void this.share());
    // Once loaded, the menu handles its button itself.
    find("more", HTMLButtonElement).addEventListener("click", (event) => {
      // The browser toggles the menu once there is one.
      if (this.#menu) return;
      event.preventDefault();
      this.#openMenu();
    });
    find("composer-text", HTMLElement).addEventListener("input", () => this.#helpWriting());
    const emoji = find("emoji", HTMLButtonElement);
    emoji.disabled = false;
    emoji.addEventListener("click", (event) => {
      // The browser closes an open picker.
      if (emoji.popoverTargetElement) return;
      event.preventDefault();
      void this.#useKeys("EmojiPicker", ({ writeEmoji }) => writeEmoji(emoji));
    });
    const log = find("log", HTMLElement);
    for (const event of ["pointermove", "focusin"]) log.addEventListener(event, (one) => this.#showBar(one));
    new LongPress(log, (message) => void this.#openSheet(message));
  }

  /** Not requested by the user, so no message if it fails: the next key tries again. */
  async #helpWriting() {
    if (this.#helping) return;
    this.#helping = true;
    try {
      (await this.#load("Writing")).helpWriting(this.#page, this);
    } catch (error) {
      console.warn(error);
      this.#helping = false;
    }
  }

  /** Loads all parts one by one; if that fails, again with the next connection. */
  async preload() {
    try {
      await this.#own();
      for (const name of Object.keys(parts)) await this.#load(/** @type {Name} */ (name));
      await this.#helpWriting();
      await this.#linkRooms();
      await (await this.#load("Offline")).Offline.begin(this.#page);
    } catch (error) {
      console.warn(error);
    }
  }

  async #linkRooms() {
    const { linkListed } = await this.#load("listing");
    if (this.#linking) return;
    this.#linking = true;
    linkListed(this.#page);
  }

  /** Once the server has rooms that belong to somebody. */
  async #own() {
    if (this.#owning || !this.#page.chat.hasOwners) return;
    const [{ OwnRooms }, { SlowMode }] = await Promise.all([this.#load("OwnRooms"), this.#load("SlowMode")]);
    if (this.#owning) return;
    this.#owning = true;
    new OwnRooms(this.#page);
    new SlowMode(this.#page);
  }

  /** @param {string} command */
  runCommand(command) {
    const others = this.#page.chat.hasOwners ? this.#load("RoomCommands").catch(() => null) : null;
    return this.#use("Switcher", async ({ run }) => {
      const more = await others;
      run(command, this.#page, this, more?.roomCommands(this.#page));
    });
  }

  browse() {
    return this.#useKeys("Directory", ({ browse }) => browse(this.#page, this));
  }

  /** Invites to the room on screen. */
  share() {
    if (MyRooms.kindOf(this.#page.conversation.room) === "private") return this.invite();
    return this.#use("Directory", ({ shareRoom }) => shareRoom(this.#page));
  }

  makeRoom() {
    return this.#useKeys("MakeCards", ({ showNewRoom }) => showNewRoom(this.#page));
  }

  invite() {
    return this.#useKeys("MakeCards", ({ showInvite }) => showInvite(this.#page));
  }

  followInvitation() {
    return this.#use("MakeCards", ({ showInvitation }) => showInvitation(this.#page));
  }

  /** @param {string} room that the user may not enter any more */
  showUnsent(room) {
    return this.#useKeys("MakeCards", ({ showUnsent }) => showUnsent(this.#page, room));
  }

  showMembers() {
    return this.#useKeys("RoleCards", ({ showMembers }) => showMembers(this.#page));
  }

  showSettings() {
    return this.#useKeys("RoleCards", ({ showSettings }) => showSettings(this.#page));
  }

  /** @param {Wire.User} user in the room on screen */
  showPerson(user) {
    return this.#useKeys("RoleCards", ({ showPerson }) => showPerson(this.#page, user));
  }

  /** @param {import("../extras/EmojiPicker.js").Question} question */
  pickEmoji(question) {
    return this.#useKeys("EmojiPicker", ({ EmojiPicker }) => new EmojiPicker(question));
  }

  leave() {
    return this.#useKeys("RoleActions", ({ leaveRoom }) => leaveRoom(this.#page, this));
  }

  switchRoom() {
    return this.#useKeys("Switcher", ({ Switcher }) => new Switcher(this.#page));
  }

  /** @param {string} query to start with, or "" */
  search(query = "") {
    return this.#useKeys("SearchPanel", ({ SearchPanel }) => SearchPanel.show(this.#page, query));
  }

  showHelp() {
    return this.#useKeys("Card", ({ showHelp }) => showHelp(this.#page.chat.hasOwners));
  }

  /**
   * A key on the focused message.
   * @param {string} key
   * @param {HTMLElement} message
   */
  pressOn(key, message) {
    return this.#useKeys("MessageBar", ({ press }) => press(key, message, this.#page, this));
  }

  /** Notifications were turned on at an earlier visit. */
  notify() {
    return this.#use("RoomMenu", ({ Notifier }) => Notifier.possible && Notifier.of(this.#page));
  }

  /** Shows the message of the address. */
  followLink() {
    return this.#use("Permalink", ({ Permalink }) => {
      this.#permalink ??= new Permalink(this.#page);
      this.#permalink.follow();
    });
  }

  /** @param {string} upTo everything up to this id is read; what follows is not loaded */
  showUnread(upTo) {
    return this.#use("UnreadPassage", ({ showUnread }) => showUnread(this.#page, upTo));
  }

  #openMenu() {
    return this.#useKeys("RoomMenu", ({ RoomMenu }) => {
      this.#menu ??= new RoomMenu(this.#page, this);
      this.#menu.show();
    });
  }

  /** @param {HTMLElement} message */
  #openSheet(message) {
    return this.#useKeys("MessageBar", ({ MessageBar }) => {
      this.#bar ??= new MessageBar(this.#page, this);
      this.#bar.openSheet(message);
    });
  }

  /** @param {Event} event of the pointer or the focus */
  async #showBar(event) {
    const { target } = event;
    const message = target instanceof Element && target.closest("article");
    // A finger opens the sheet, and gives the focus without wanting the tools.
    if (event instanceof PointerEvent && event.pointerType === "touch") return;
    if (event.type === "focusin" && coarse.matches && !(target instanceof Element && target.matches(":focus-visible")))
      return;
    if (!(message instanceof HTMLElement)) return this.#bar?.hide();
    this.#pointed = message;
    if (this.#bar) return this.#bar.show(message);
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      const { MessageBar } = await this.#load("MessageBar");
      this.#bar = new MessageBar(this.#page, this);
      this.#bar.show(this.#pointed);
    } catch (error) {
      // Not requested by the user, so no message. A later event tries again, but not each of them.
      console.warn(error);
      setTimeout(() => (this.#fetching = false), 1_000);
    }
  }

  /**
   * Loads a part that takes the focus: until then, keys go into no other field.
   * @template {Name} Part
   * @param {Part} name
   * @param {(part: Loaded<Part>) => unknown} show
   */
  #useKeys(name, show) {
    const holder = document.activeElement;
    if (this.#there.has(name) || !(holder instanceof HTMLElement)) return this.#use(name, show);
    holder.blur();
    return this.#use(name, (part) => {
      // So that the focus returns to it when the part closes.
      if (document.activeElement === document.body) holder.focus();
      show(part);
    });
  }

  /**
   * Shows a loaded part at once, others in the order of the requests.
   * @template {Name} Part
   * @param {Part} name
   * @param {(part: Loaded<Part>) => unknown} show
   * @returns {Promise<void>} never rejected
   */
  #use(name, show) {
    const part = /** @type {Loaded<Part> | undefined} */ (this.#there.get(name));
    if (part) return Promise.resolve(void safely(() => show(part)));
    this.#used = this.#used.then(async () => {
      try {
        show(await this.#load(name));
      } catch (error) {
        console.warn(error);
        this.#page.toast.show(say("notLoaded"));
      }
    });
    return this.#used;
  }

  /**
   * @template {Name} Part
   * @param {Part} name
   * @returns {Promise<Loaded<Part>>}
   */
  async #load(name) {
    await Promise.all(["extras.css", "rooms.css", "writing.css", "emoji.css"].map(loadStyle));
    const part = /** @type {Loaded<Part>} */ (await parts[name]());
    this.#there.set(name, part);
    return part;
  }
}

const coarse = matchMedia("(pointer: coarse)");

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
   * @param {Extras} extras
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
