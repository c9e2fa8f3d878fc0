import { cleaned } from "../store/text.js";
import { say } from "../words/say.js";
import { find } from "./dom.js";

/** Where the keyboard is on the glass, Enter makes a new line and the button sends. */
const touch = matchMedia("(pointer: coarse) and (hover: none)");
/** From so many left on they are counted. */
const countBelow = 200;

/**
 * What one writes goes where.
 *
 * @typedef {object} Outlet
 * @property {(text: string) => boolean} send false: not taken, there is too much waiting
 * @property {(command: string) => void} command a line that begins with a slash
 * @property {(text: string) => void} changed
 * @property {() => string} last what one said last
 */

/** Where one writes. Stays usable whatever the connection does. */
export class Composer {
  #form = find("composer", HTMLFormElement);
  #field = find("composer-text", HTMLTextAreaElement);
  #notice = find("composer-notice", HTMLElement);
  #outlet;
  #limit = 4000;

  /** @param {Outlet} outlet */
  constructor(outlet) {
    this.#outlet = outlet;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#field.addEventListener("input", () => {
      this.#changed();
      outlet.changed(this.#field.value);
    });
  }

  /**
   * @param {string} room
   * @param {string} draft
   */
  showRoom(room, draft) {
    this.#field.placeholder = say("messageTo", { room });
    this.#field.value = draft;
    this.#changed();
    if (!touch.matches) this.focus();
  }

  get text() {
    return this.#field.value;
  }

  focus() {
    this.#field.focus();
  }

  /**
   * The longest text the server takes, in characters.
   * @param {number} limit
   */
  set limit(limit) {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#changed();
  }

  /**
   * Puts a text into the field, to be gone on with.
   * @param {string} text
   */
  write(text) {
    this.#field.value = text;
    this.#field.dispatchEvent(new Event("input"));
    this.focus();
    this.#field.setSelectionRange(text.length, text.length);
  }

  /**
   * Why what stands in the field was not taken.
   * @param {string} text
   */
  complain(text) {
    this.#notice.textContent = text;
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const { key, shiftKey, altKey, isComposing } = event;
    if (key === "Enter" && !shiftKey && !isComposing && !touch.matches) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
    const last = key === "ArrowUp" && !altKey && this.#field.value === "" && this.#outlet.last();
    if (!last) return;
    event.preventDefault();
    this.write(last);
  }

  #submit() {
    const text = cleaned(this.#field.value);
    if (text === "" || this.#left() < 0) return;
    if (/^\/(?!\/)/.test(text)) return this.#outlet.command(text);
    if (!this.#outlet.send(text.replace(/^\/\//, "/"))) return this.complain(say("outboxFull"));
    this.write("");
  }

  #left() {
    return this.#limit - [...cleaned(this.#field.value)].length;
  }

  #changed() {
    const left = this.#left();
    const few = left < countBelow ? say("left", { n: left }) : "";
    this.#notice.textContent = left < 0 ? say("tooLong", { n: -left }) : few;
    this.#notice.classList.toggle("problem", left < 0);
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }
}
