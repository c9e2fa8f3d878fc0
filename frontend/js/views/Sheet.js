import { find } from "./dom.js";

/** A part of the page that phones have no room for: it comes up from below, and goes by Escape or a tap beside it. */
export class Sheet {
  content;

  /**
   * @param {string} dialog
   * @param {string} opener the id of the button that opens it
   */
  constructor(dialog, opener) {
    this.content = find(dialog, HTMLDialogElement);
    find(opener, HTMLElement).addEventListener("click", () => this.content.showModal());
    this.content.addEventListener("click", ({ target }) => {
      const away = target instanceof Element && target.closest("a");
      if (away || target === this.content) this.close();
    });
  }

  close() {
    this.content.close();
  }
}
