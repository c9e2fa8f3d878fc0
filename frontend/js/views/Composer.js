import { cleaned } from "../store/text.js";
import { say } from "../words/say.js";
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
  #outlet;
  #limit = 4000;
  /**
   * The message that gets another text, and what stood in the field before.
   * @type {{ id: string, draft: string } | null}
   */
  #editing = null;

  /** @param {import("./Writing.js").Outlet} outlet */
  constructor(outlet) {
    this.#outlet = outlet;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    find("stop-editing", HTMLElement).addEventListener("click", () => this.#stopEditing());
    this.#field.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#field.addEventListener("input", () => {
      this.#changed();
      if (!this.#editing) outlet.changed(this.#field.value);
    });
  }

  /**
   * @param {string} room
   * @param {string} draft
   */
  showRoom(room, draft) {
    this.#editing = null;
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
   * Another text for a message; what stands in the field waits.
   * @param {string} id
   * @param {string} text
   */
  edit(id, text) {
    this.#editing = { id, draft: this.#editing?.draft ?? this.#field.value };
    this.write(text);
  }

  #stopEditing() {
    const draft = this.#editing?.draft ?? "";
    this.#editing = null;
    this.write(draft);
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
    if (key === "Escape" && this.#editing) {
      event.preventDefault();
      this.#stopEditing();
    }
    const empty = this.#field.value === "" && !this.#editing;
    const last = key === "ArrowUp" && !altKey && empty ? this.#outlet.last() : null;
    if (!last) return;
    event.preventDefault();
    if (last.id) this.edit(last.id, last.text);
    else this.write(last.text);
  }

  #submit() {
    const text = cleaned(this.#field.value);
    if (text === "" && this.#editing) return this.#stopEditing();
    if (text === "" || this.#left() < 0) return;
    if (this.#editing) {
      if (!this.#outlet.edit(this.#editing.id, text)) return this.complain(say("outboxFull"));
      return this.#stopEditing();
    }
    if (/^\/(?!\/)/.test(text)) return this.#outlet.command(text);
    if (!this.#outlet.send(text.replace(/^\/\//, "/"))) return this.complain(say("outboxFull"));
    this.write("");
  }

  #left() {
    return this.#limit - [...cleaned(this.#field.value)].length;
  }

  #changed() {
    const left = this.#left();
    const few = left < countBelow ? say("left", { n: left }) : this.#editing ? say("editing") : "";
    this.#form.classList.toggle("editing", this.#editing !== null);
    this.#notice.textContent = left < 0 ? say("tooLong", { n: -left }) : few;
    this.#notice.classList.toggle("problem", left < 0);
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }
}
