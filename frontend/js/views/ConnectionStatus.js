import { say } from "../words/say.js";
import { button, element, find } from "./dom.js";

/** So long a loss is nobody's business. */
const patience = 5_000;

/**
 * Whether we are online: a word in the header, and, when it lasts, a banner that says what waits and when the next try
 * comes. Neither takes anything away from the user.
 */
export class ConnectionStatus {
  #chat;
  #word = find("connection", HTMLElement);
  #banner = find("banner", HTMLElement);
  #text = element("span");
  #countdown = element("span", { "aria-hidden": "true" });
  /** @type {number | null} */
  #offlineSince = performance.now();

  /** @param {import("../store/Chat.js").Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#banner.append(
      this.#text,
      this.#countdown,
      button(say("now"), () => chat.session.socket.connect()),
    );
    chat.session.changed.listen(() => this.#show());
    chat.outbox.changed.listen(() => this.#show());
    setInterval(() => this.#show(), 1000);
    this.#show();
  }

  #show() {
    const { online, welcome } = this.#chat.session;
    const { waiting } = this.#chat.outbox;
    const now = performance.now();
    const { phase, retryAt } = this.#chat.session.socket;
    // Before the user has a name nothing is tried, and nobody waits for it.
    const tried = phase !== "waiting" || retryAt > 0;
    this.#offlineSince = online || !tried ? null : (this.#offlineSince ?? now);
    this.#word.className = `connection ${online ? "online" : "offline"}`;
    set(this.#word, say(online ? "online" : welcome ? "reconnecting" : "connecting"));
    const node = (online && welcome?.node) || "";
    this.#word.title = node && say("connectedTo", { node });
    this.#word.dataset.node = node;
    this.#banner.hidden = this.#offlineSince === null || now - this.#offlineSince < patience;
    if (this.#banner.hidden) return;
    set(this.#text, say(waiting > 0 ? "offlineWaiting" : "offline", { n: waiting }));
    const seconds = phase === "waiting" ? Math.ceil((retryAt - now) / 1000) : 0;
    set(this.#countdown, seconds > 0 ? say("retryIn", { n: seconds }) : say("trying"));
  }
}

/**
 * Changes a text only when it differs: a screen reader would say it again.
 * @param {HTMLElement} node
 * @param {string} text
 */
function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
