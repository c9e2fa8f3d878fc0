import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";

/** A dialog that is made when it is wanted and gone when it is closed; Escape and a click beside it close it. */
export class Card {
  node;

  /**
   * @param {string} title
   * @param {...Node} content
   */
  constructor(title, ...content) {
    // Who listens hears the title first, not the button before it.
    const first = { tabindex: "-1", autofocus: "" };
    const heading = element("h2", { id: "card-title", ...first, text: title });
    const close = button("✕", () => this.node.close(), "close");
    close.setAttribute("aria-label", say("close"));
    this.node = element(
      "dialog",
      { class: "card", "aria-labelledby": "card-title" },
      close,
      heading,
      ...content,
    );
    this.node.addEventListener("click", ({ target }) => target === this.node && this.node.close());
    this.node.addEventListener("close", () => this.node.remove());
  }

  /** Another one makes way. */
  open() {
    for (const other of document.querySelectorAll("dialog[open]"))
      if (other instanceof HTMLDialogElement) other.close();
    document.body.append(this.node);
    this.node.showModal();
  }
}
