import { button, element } from "./dom.js";

/** So long a loss is nobody's business. */
const patience = 5_000;

/**
 * Whether we are online: a word in the header, and, when it lasts, a banner that says what waits and when the next try
 * comes. Neither takes anything away from the user.
 */
export class ConnectionStatus {
  #word;
  #banner;
  #text = element("span");
  #countdown = element("span", { "aria-hidden": "true" });
  /** @type {number | null} */
  #offlineSince = Date.now();

  /**
   * @param {HTMLElement} word
   * @param {HTMLElement} banner
   * @param {() => void} reconnect
   */
  constructor(word, banner, reconnect) {
    this.#word = word;
    this.#banner = banner;
    this.#banner.append(this.#text, this.#countdown, button("Now", reconnect));
    this.#banner.hidden = true;
  }

  /**
   * To be called every second while offline.
   *
   * @param {{ online: boolean, node?: string, waiting: number, retryAt: number | null }} state `retryAt`: the next try,
   *   `null` while one is under way
   */
  show({ online, node, waiting, retryAt }) {
    const now = Date.now();
    this.#offlineSince = online ? null : (this.#offlineSince ?? now);
    this.#word.className = `connection ${online ? "online" : "offline"}`;
    set(this.#word, online ? "Online" : node ? "Reconnecting…" : "Connecting…");
    this.#word.title = online && node ? `Connected to ${node}` : "";
    this.#banner.hidden = this.#offlineSince === null || now - this.#offlineSince < patience;
    if (this.#banner.hidden) return;
    set(this.#text, waiting > 0 ? `Offline. ${waiting} waiting.` : "Offline.");
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now) / 1000);
    set(this.#countdown, seconds > 0 ? `Retry in ${seconds} s` : "Trying…");
  }
}

/**
 * Changes a text only when it differs: a screen reader would say it again.
 *
 * @param {HTMLElement} node
 * @param {string} text
 */
function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
