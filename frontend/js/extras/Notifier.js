import { isolated } from "../words/say.js";
import { Attention } from "../views/Attention.js";

const longest = 160;

/** Tells the desktop what is said while nobody looks, or in another room: one notification a room. */
export class Notifier {
  /** @type {Notifier | undefined} */
  static #only;
  #page;

  /** @param {import("../views/Page.js").Page} page */
  static of(page) {
    Notifier.#only ??= new Notifier(page);
    return Notifier.#only;
  }

  /** Plain http has no notifications. */
  static get possible() {
    return isSecureContext && "Notification" in globalThis;
  }

  /** @param {import("../views/Page.js").Page} page */
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
   * Only ever asked for by a click.
   * @param {boolean} on
   */
  async set(on) {
    if (on) await Notification.requestPermission();
    this.#page.identity.wantsNotifications = on;
  }

  /** @param {Wire.Chat} message */
  #hear({ room, from, text }) {
    const seen = Attention.present && room === this.#page.conversation.room;
    if (!this.on || seen) return;
    const body = `${isolated(from.name)}: ${text.slice(0, longest)}`;
    const shown = new Notification(`#${room}`, { body, tag: room, icon: "/static/icon.svg" });
    shown.onclick = () => {
      window.focus();
      this.#page.navigation.go(room);
      shown.close();
    };
  }
}
