import { HistoryRequests } from "../store/History.js";
import { MyRooms } from "../store/storage.js";
import { isPresent } from "../views/Reading.js";
import { button, element, find } from "../views/dom.js";
import { gistOf } from "../views/gist.js";
import { isolated, language, personName, say } from "../words/say.js";
import { LevelChoice, isWanted } from "./NoticeLevel.js";
import { Offline } from "./Offline.js";
import { historyPage } from "./Permalink.js";
import { Push } from "./Push.js";
import { isModerator, roleIn } from "./rooms.js";

/** The menu of a room, under a button of the header. Escape closes it, and so does moving the focus elsewhere. */
export class RoomMenu {
  #page;
  #opener = find("more", HTMLButtonElement);
  #node = element("div", {
    class: "menu raised",
    popover: "auto",
    role: "group",
    "aria-label": say("more"),
  });
  #notify;
  #push;
  #devices;
  #levels;
  /** For rooms that belong to somebody, each with the rooms where it applies. */
  #others;

  /**
   * @param {import("../main.js").Page} page
   * @param {import("../views/Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    this.#notify = this.#item("", () => this.#toggleNotifications());
    this.#push = this.#item("", () => this.#togglePush());
    this.#devices = this.#item(say("useElsewhere"), () => extras.showDevices());
    this.#levels = new LevelChoice(page.notes);
    const first = this.#item(say("searchRoom"), () => extras.search());
    // The browser itself moves the focus, before it handles another key; its "toggle" event comes later.
    first.autofocus = true;
    this.#others = /** @type {[HTMLElement, () => boolean][]} */ ([
      [this.#item(say("inviteOffer"), () => extras.invite()), () => this.#kind === "private" && this.#moderates],
      [this.#item(say("invitePeopleOffer"), () => extras.share()), () => this.#kind === "open"],
      [this.#item(say("membersAndRoles"), () => extras.showMembers()), () => this.#kind !== "direct"],
      [this.#item(say("roomSettings"), () => extras.showSettings()), () => this.#kind !== "direct" && this.#moderates],
      [this.#item(say("newRoomOffer"), () => extras.makeRoom()), () => true],
    ]);
    this.#node.append(
      first,
      ...this.#others.map(([item]) => item),
      this.#item(say("switchRoom"), () => extras.switchRoom()),
      this.#notify,
      this.#push,
      this.#levels.node,
      this.#item(say("exportJSON"), () => exportRoom(page, "json")),
      this.#item(say("exportText"), () => exportRoom(page, "txt")),
      this.#devices,
      this.#item(say("help"), () => extras.showHelp()),
      this.#item(say("leaveRoom"), () => extras.leave()),
    );
    this.#opener.after(this.#node);
    this.#opener.popoverTargetElement = this.#node;
    this.#node.addEventListener("beforetoggle", () => this.#willToggle());
    // It would cover the element that gets the focus.
    this.#node.addEventListener("focusout", ({ relatedTarget: next }) => {
      const stays = next === this.#opener || (next instanceof Node && this.#node.contains(next));
      if (next && !stays) this.#node.hidePopover();
    });
  }

  show() {
    if (!this.#node.matches(":popover-open")) this.#node.showPopover();
  }

  get #kind() {
    return MyRooms.kindOf(this.#page.conversation.room);
  }

  get #moderates() {
    return isModerator(roleIn(this.#page.chat, this.#page.conversation.room));
  }

  #prepare() {
    for (const [item, applies] of this.#others) item.hidden = !this.#page.chat.hasOwners || !applies();
    this.#devices.hidden = !this.#page.chat.session.welcome?.features.includes("links");
    this.#levels.show(this.#page.conversation.room);
    this.#notify.hidden = !Notifier.possible;
    const on = Notifier.possible && Notifier.of(this.#page).on;
    this.#notify.textContent = say(on ? "notifyOff" : "notifyOn");
    this.#push.hidden = !on || !Push.of(this.#page).isOffered;
    this.#push.textContent = say(Push.of(this.#page).on ? "pushOff" : "pushOn");
    const { bottom, left, right } = this.#opener.getBoundingClientRect();
    const toLeft = getComputedStyle(this.#opener).direction === "rtl";
    this.#node.style.insetBlockStart = `${bottom}px`;
    this.#node.style.setProperty("--height", `calc(100dvh - ${bottom}px - 0.5rem)`);
    this.#node.style.insetInlineEnd = `${toLeft ? left : innerWidth - right}px`;
  }

  /**
   * @param {string} label
   * @param {() => unknown} act
   */
  #item(label, act) {
    return button(
      label,
      () => {
        this.#node.hidePopover();
        act();
      },
      "menu-item",
    );
  }

  #willToggle() {
    const opens = !this.#node.matches(":popover-open");
    this.#opener.setAttribute("aria-expanded", String(opens));
    if (opens) this.#prepare();
  }

  async #toggleNotifications() {
    const notifier = Notifier.of(this.#page);
    await notifier.set(!notifier.on);
    if (!notifier.on && Push.of(this.#page).on) void Push.of(this.#page).set(false);
    this.#page.toast.show(say(notifier.on ? "notifying" : notifier.denied ? "notifyDenied" : "notNotifying"));
  }

  async #togglePush() {
    const push = Push.of(this.#page);
    const isDone = await push.set(!push.on);
    this.#page.toast.show(say(!isDone ? "pushImpossible" : push.on ? "pushing" : "notPushing"));
  }
}

const pageSize = 200;
/** Retries per page when the server is too busy. */
const tries = 5;

/**
 * Saves all messages that the server still has of the room on screen as a file.
 * @param {import("../main.js").Page} page
 * @param {"json" | "txt"} format
 */
async function exportRoom({ chat, conversation, toast }, format) {
  const { room } = conversation;
  try {
    const messages = await collect(chat, room, (n) => toast.show(say("exporting", { n })));
    const content = format === "json" ? asJSON(room, messages) : asText(messages);
    save(`${room}.${format}`, content);
    toast.show(say("exported", { n: messages.length }));
  } catch (error) {
    console.warn(error);
    toast.show(say("notExported"));
  }
}

/**
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {(count: number) => void} tell
 */
async function collect(chat, room, tell) {
  /** @type {Wire.Message[][]} */
  const pages = [];
  let count = 0;
  for (let more = true; more;) {
    const page = await pageBefore(chat, room, pages[0]?.[0]?.id);
    pages.unshift(page.messages);
    count += page.messages.length;
    more = page.more && page.messages.length > 0;
    if (more) tell(count);
  }
  return pages.flat().filter(({ act, deleted }) => !act && !deleted);
}

/**
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {string | undefined} before
 */
async function pageBefore(chat, room, before) {
  for (let left = tries; chat.session.online && left > 0; left -= 1) {
    const page = await historyPage(HistoryRequests.of(chat), { room, before, limit: pageSize });
    if (page) return page;
  }
  throw new Error("no page of the history");
}

/**
 * @param {string} room
 * @param {Wire.Message[]} messages
 */
function asJSON(room, messages) {
  const said = messages.map(({ id, from, text, ts, re }) => ({
    id,
    at: new Date(ts).toISOString(),
    from,
    text,
    re,
  }));
  return JSON.stringify({ room, exportedAt: new Date().toISOString(), messages: said }, null, 2);
}

/** @param {Wire.Message[]} messages */
function asText(messages) {
  const time = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
  const lines = messages.map(
    ({ from, text, ts }) => `[${time.format(ts)}] ${personName(from)}: ${text.replaceAll("\n", "\n    ")}`,
  );
  return `${lines.join("\n")}\n`;
}

/**
 * @param {string} name
 * @param {string} content
 */
function save(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: "text/plain" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const longest = 160;

/** Desktop notifications for messages in other rooms, or while the user looks elsewhere: one per room. */
export class Notifier {
  /** @type {Notifier | undefined} */
  static #only;
  /** @type {boolean | undefined} undefined: unknown yet */
  static #works;
  #page;

  /** @param {import("../main.js").Page} page */
  static of(page) {
    Notifier.#only ??= new Notifier(page);
    return Notifier.#only;
  }

  /**
   * Plain http has no notifications. Without a service worker the page creates them. Where it may not (Chrome for
   * Android) the constructor throws: this is tried before permission is granted, when nothing would be shown, or else
   * with the first message.
   */
  static get possible() {
    if (!isSecureContext || !("Notification" in globalThis)) return false;
    if (Offline.registration) return true;
    if (Notification.permission !== "granted") Notifier.#works ??= made("", {}) !== null;
    return Notifier.#works !== false;
  }

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    page.chat.heard.listen((message) => this.#hear(message));
  }

  get on() {
    return this.#page.identity.wantsNotifications && Notification.permission === "granted";
  }

  get denied() {
    return Notification.permission === "denied";
  }

  /**
   * Only after a click: asks for permission.
   * @param {boolean} on
   */
  async set(on) {
    if (on) await Notification.requestPermission();
    this.#page.identity.wantsNotifications = on;
  }

  /** @param {Wire.Chat} message */
  async #hear({ id, room, from, text, re, files }) {
    const { chat, conversation, notes, self } = this.#page;
    const seen = isPresent() && room === conversation.room;
    if (!this.on || seen) return;
    const answered = re === undefined ? null : await chat.targets?.load(room, re);
    if (!isWanted(notes, { room, text }, self.name, answered?.from.id === self.id)) return;
    const body = `${isolated(personName(from))}: ${gistOf({ text: text.slice(0, longest), files })}`;
    const options = { body, tag: room, icon: "static/icon-192.png" };
    Offline.told.set(room, id);
    void this.#tell(room, options).catch((error) => {
      console.warn(error);
      this.#page.identity.wantsNotifications = false;
      this.#page.toast.show(say("notifyImpossible"));
    });
  }

  /**
   * @param {string} room
   * @param {NotificationOptions} options
   */
  async #tell(room, options) {
    const title = this.#page.navigation.labelOf(room);
    // A click is handled by worker.js.
    const told = Offline.registration?.showNotification(title, { ...options, data: { room } });
    if (await told?.then(() => true, console.warn)) return;
    const shown = made(title, options);
    Notifier.#works = shown !== null;
    if (!shown) throw new Error("a page cannot notify");
    shown.onclick = () => {
      window.focus();
      this.#page.navigation.go(room);
      shown.close();
    };
  }
}

/**
 * @param {string} title
 * @param {NotificationOptions} options
 */
function made(title, options) {
  try {
    return new Notification(title, options);
  } catch (error) {
    console.warn(error);
    return null;
  }
}
