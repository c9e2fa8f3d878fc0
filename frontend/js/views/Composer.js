import { cleaned } from "../store/text.js";
import { find } from "./dom.js";

/** Where the keyboard is on the glass, Enter makes a new line and the button sends. */
const touch = matchMedia("(pointer: coarse) and (hover: none)");
/** From so many left on they are counted. */
const countBelow = 200;

/** Where one writes. Stays usable whatever the connection does. */
export class Composer {
  #form = find("composer", HTMLFormElement);
  #field = find("composer-text", HTMLTextAreaElement);
  #notice = find("composer-notice", HTMLElement);
  #send;
  #limit = 4000;

  /**
   * @param {(text: string) => boolean} send false: not taken, there is too much waiting
   */
  constructor(send) {
    this.#send = send;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#field.addEventListener("input", () => this.#changed());
  }

  /**
   * @param {string} room
   */
  showRoom(room) {
    this.#field.placeholder = `Message #${room}`;
    if (!touch.matches) this.#field.focus();
  }

  /**
   * The longest text the server takes, in characters.
   *
   * @param {number} limit
   */
  set limit(limit) {
    this.#limit = limit;
    this.#changed();
  }

  /**
   * @param {KeyboardEvent} event
   */
  #keyDown(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || touch.matches) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #submit() {
    const text = cleaned(this.#field.value);
    if (text === "" || this.#left() < 0) return;
    if (!this.#send(text)) {
      this.#notice.textContent =
        "50 messages are waiting to be sent. Yours stays here until there is room.";
      return;
    }
    this.#field.value = "";
    this.#changed();
    this.#field.focus();
  }

  #left() {
    return this.#limit - [...cleaned(this.#field.value)].length;
  }

  #changed() {
    const left = this.#left();
    this.#notice.textContent =
      left < 0 ? `${-left} characters too many` : left < countBelow ? `${left} left` : "";
    this.#notice.classList.toggle("problem", left < 0);
    this.#fit();
  }

  /** Browsers without `field-sizing` need their height set. */
  #fit() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }
}
