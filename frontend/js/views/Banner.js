import { say } from "../words/say.js";
import { button, element, find, setText } from "./dom.js";

/** The banner appears after this long. */
const patience = 5_000;

/**
 * Across the conversation while the page is offline for longer, or the node accepts no messages: how many are waiting, and
 * when the next attempt is due.
 */
export class Banner {
  #chat;
  #node = find("banner", HTMLElement);
  #text = element("span");
  #countdown = element("span", { "aria-hidden": "true" });
  #now = button(say("now"), () => this.#chat.session.socket.connect());
  /** @type {number | null} */
  #offlineSince = performance.now();

  /** @param {import("../store/Chat.js").Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#node.append(this.#text, this.#countdown, this.#now);
    chat.session.changed.listen(() => this.#show());
    chat.outbox.changed.listen(() => this.#show());
    setInterval(() => this.#show(), 1000);
    this.#show();
  }

  #show() {
    const { online, writable, barred, socket } = this.#chat.session;
    const { waiting } = this.#chat.outbox;
    const now = performance.now();
    const { phase, retryAt } = socket;
    // Nothing is tried before the user has a name.
    const tried = !barred && (phase !== "waiting" || retryAt > 0);
    this.#offlineSince = online || !tried ? null : (this.#offlineSince ?? now);
    if (online && !writable) return this.#showUnwritable(waiting);
    this.#now.hidden = false;
    this.#node.hidden = this.#offlineSince === null || now - this.#offlineSince < patience;
    if (this.#node.hidden) return;
    setText(this.#text, say(waiting > 0 ? "offlineWaiting" : "offline", { n: waiting }));
    const seconds = phase === "waiting" ? Math.ceil((retryAt - now) / 1000) : 0;
    setText(this.#countdown, seconds > 0 ? say("retryIn", { n: seconds }) : say("trying"));
  }

  /** @param {number} waiting */
  #showUnwritable(waiting) {
    this.#node.hidden = false;
    this.#now.hidden = true;
    setText(this.#text, say(waiting > 0 ? "notTakenWaiting" : "notTaken", { n: waiting }));
    setText(this.#countdown, "");
  }
}
