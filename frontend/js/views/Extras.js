import { safely } from "../runtime.js";
import { Stopwatch } from "../store/measures.js";
import { MyRooms } from "../store/storage.js";
import { say } from "../words/say.js";
import { copyAsText } from "./Copying.js";
import { LongPress } from "./LongPress.js";
import { find, loadStyle } from "./dom.js";

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
  ReadSync: () => import("../extras/ReadSync.js"),
  Push: () => import("../extras/Push.js"),
  DeviceCards: () => import("../extras/DeviceCards.js"),
  Files: () => import("../extras/Files.js"),
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
  #filing = false;
  /** What follows the rooms that belong to somebody is there. */
  #owning = false;
  #used = Promise.resolve();
  #linking = false;
  #helping = false;
  /** @type {import("../extras/ReadSync.js").ReadSync | undefined} */
  #sync;

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
    const { chat, conversation } = page;
    for (const signal of [conversation.filed, chat.incomplete]) signal.listen(() => void this.#showFiles());
    chat.session.changed.listen(() => chat.session.welcome?.files && void this.#showFiles());
    conversation.given.listen((files) => void this.#giveFiles(files));
    if (chat.session.welcome?.files) void this.#showFiles();
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

  /** Where the server takes files, or where there are some. If it fails, the next occasion tries again. */
  async #showFiles() {
    if (this.#filing) return;
    this.#filing = true;
    try {
      const [{ Files }] = await Promise.all([this.#load("Files"), loadStyle("files.css")]);
      Files.of(this.#page);
    } catch (error) {
      console.warn(error);
      setTimeout(() => (this.#filing = false), 1_000);
    }
  }

  /** @param {File[]} files */
  #giveFiles(files) {
    return this.#use("Files", ({ Files }) => Files.of(this.#page).tray.add(files));
  }

  /** Loads all parts one by one; if that fails, again with the next connection. */
  async preload() {
    try {
      await this.#syncDevices();
      await this.#own();
      for (const name of Object.keys(parts)) if (name !== "Files") await this.#load(/** @type {Name} */ (name));
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

  /** Once the server knows of the user's other devices. */
  async #syncDevices() {
    const { chat, notes } = this.#page;
    if (this.#sync || !chat.session.welcome?.features.includes("read")) return;
    const { ReadSync } = await this.#load("ReadSync");
    if (this.#sync) return;
    const sync = new ReadSync(chat, notes);
    this.#sync = sync;
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && sync.flush());
    chat.session.frames.listen((frame) => {
      if (frame.type === "linked" && !frame.key)
        void this.#use("DeviceCards", ({ tellLinked }) => tellLinked(this.#page));
    });
  }

  showDevices() {
    return this.#useKeys("DeviceCards", ({ showDevices }) => showDevices(this.#page, () => this.#sync?.flushAll()));
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

  /** Notifications while the page is closed were turned on at an earlier visit. */
  push() {
    return this.#use("Push", ({ Push }) => void Push.of(this.#page));
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
