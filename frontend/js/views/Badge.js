import { find } from "./dom.js";

/** What the browser's tab says: how much is unread, where one is, and a dot. */
export class Badge {
  #icon = find("icon", HTMLLinkElement);

  /**
   * @param {number} unread
   * @param {string} room
   */
  show(unread, room) {
    document.title = `${unread > 0 ? `(${unread}) ` : ""}#${room} · Webchat`;
    const icon = unread > 0 ? "/static/icon-unread.svg" : "/static/icon.svg";
    if (this.#icon.getAttribute("href") !== icon) this.#icon.setAttribute("href", icon);
  }
}
