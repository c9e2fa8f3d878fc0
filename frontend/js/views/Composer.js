import { cleaned, isVisible } from "../store/text.js";
import { isID } from "../transport/frames.js";
import { language, say } from "../words/say.js";
import { composes, find, isEnter } from "./dom.js";

/** With an on-screen keyboard, Enter inserts a line and the button sends. */
const touch = matchMedia("(pointer: coarse) and (hover: none)");
/** Below this many characters left, their number is shown. */
const countBelow = 200;

/** The field to write in, usable even while offline. Sends messages and edits to the room on screen, stores drafts. */
export class Composer {
  #form = find("composer", HTMLFormElement);
  #field = find("composer-text", HTMLTextAreaElement);
  #notice = find("composer-notice", HTMLElement);
  #chat;
  #notes;
  #self;
  #outlet;
  #room = "";
  #limit = 4000;
  /** Those of the drafts; loaded where the server takes files. */
  files = /** @type {import("../extras/DraftFiles.js").DraftFiles | undefined} */ (undefined);
  /** The message being edited, and the draft that the edit replaced in the field. */
  #editing = /** @type {{ id: string, draft: string } | null} */ (null);
  /** The id of the message that the draft answers, or "". */
  #re = "";
  /** The notice says that the outbox is full. */
  #full = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../store/RoomStore.js").RoomNotes} notes
   * @param {() => Wire.User} self
   * @param {{ command: (line: string) => void, said: () => void, wrote: () => void }} outlet
   */
  constructor(chat, notes, self, outlet) {
    this.#chat = chat;
    this.#notes = notes;
    this.#self = self;
    this.#outlet = outlet;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    find("stop-editing", HTMLElement).addEventListener("click", () => this.#stopEditing());
    this.#field.addEventListener("keydown", (event) => this.#keyDown(event));
    chat.outbox.changed.listen(() => this.#full && !chat.outbox.isFull && this.#changed());
    this.#labelEnter();
    touch.addEventListener("change", () => this.#labelEnter());
    this.#field.addEventListener("input", () => {
      this.#changed();
      this.#keep();
    });
  }

  /** @param {string} room */
  open(room) {
    const draft = this.#notes.draft(room);
    const edit = this.#notes.edit(room);
    const reply = this.#notes.note("reply", room);
    this.#room = room;
    this.#re = isID(reply) ? reply : "";
    this.#editing = edit && { id: edit.id, draft };
    this.#field.value = edit?.text ?? draft;
    this.#changed();
    if (!touch.matches) this.focus();
  }

  /**
   * @param {string} label of the room
   * @param {string} barred why the user may not write there, or ""
   */
  address(label, barred) {
    this.#field.placeholder = barred || say("messageTo", { room: label });
    if (this.#field.readOnly === (barred !== "")) return;
    this.#field.readOnly = barred !== "";
    this.#form.classList.toggle("barred", barred !== "");
  }

  /** The id of the message that the text in the field answers, or "". */
  get re() {
    return this.#editing ? "" : this.#re;
  }

  get text() {
    return this.#field.value;
  }

  focus() {
    this.#field.focus();
  }

  blur() {
    this.#field.blur();
  }

  /** Stores the draft again: another tab may have changed or removed it. */
  keepDraft() {
    const draft = this.#editing?.draft ?? this.#field.value;
    if (draft) this.#notes.setDraft(this.#room, draft);
    if (this.#editing) this.#keep();
  }

  #keep() {
    const { value: text } = this.#field;
    if (this.#editing) return this.#notes.setEdit(this.#room, { id: this.#editing.id, text });
    this.#notes.setDraft(this.#room, text);
    if (text !== "" && !text.startsWith("/")) this.#outlet.wrote();
  }

  /**
   * The longest text that the server accepts, in characters.
   * @param {number} limit
   */
  set limit(limit) {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#changed();
  }

  /**
   * Puts a text into the field, for the user to continue.
   * @param {string} text
   */
  write(text) {
    this.#field.value = text;
    this.#field.dispatchEvent(new Event("input"));
    this.focus();
    this.#field.setSelectionRange(text.length, text.length);
  }

  /**
   * Edits a message; the draft waits.
   * @param {string} id
   * @param {string} text
   */
  edit(id, text) {
    this.#editing = { id, draft: this.#editing?.draft ?? this.#field.value };
    this.write(text);
  }

  /**
   * From now on the draft answers a message.
   * @param {string} id or "": none any more
   */
  answer(id) {
    if (this.#editing) this.#stopEditing();
    this.#re = id;
    this.#notes.setNote("reply", this.#room, id);
    this.focus();
  }

  #stopEditing() {
    const draft = this.#editing?.draft ?? "";
    this.#editing = null;
    this.#notes.setEdit(this.#room, null);
    this.write(draft);
  }

  /** @param {string} text says why the text in the field was not accepted */
  complain(text) {
    this.#notice.textContent = text;
  }

  #complainOfMany() {
    this.complain(say("outboxFull"));
    this.#full = true;
  }

  /** On-screen keyboards label Enter accordingly. */
  #labelEnter() {
    this.#field.enterKeyHint = touch.matches ? "enter" : "send";
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (composes(event)) return;
    const { key, shiftKey, altKey } = event;
    if (isEnter(event) && !shiftKey && !touch.matches) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
    if (key === "Escape" && this.#editing) {
      event.preventDefault();
      this.#stopEditing();
    } else if (key === "Escape" && this.#re) {
      event.preventDefault();
      this.answer("");
    }
    const empty = this.#field.value === "" && !this.#editing;
    const last = key === "ArrowUp" && !altKey && empty ? this.#lastSaid() : null;
    if (!last) return;
    event.preventDefault();
    if (last.id) return this.edit(last.id, last.text);
    if (last.re) this.answer(last.re);
    this.write(last.text);
  }

  /** @returns {unknown} */
  #submit() {
    const text = cleaned(this.#field.value);
    if (this.#field.readOnly) return this.complain(this.#field.placeholder);
    if (text === "" && this.#editing) return this.#stopEditing();
    const isCommand = /^\/(?!\/)/.test(text);
    const room = this.#room;
    const { preparing = null } = this.files ?? {};
    const files = this.files?.taken ? this.files.in(room) : [];
    if (this.#left() < 0 || (text === "" && files.length === 0 && !preparing)) return;
    if (text !== "" && !isVisible(text)) return this.complain(say("nothingSeen"));
    if (this.#editing) {
      const taken = this.#chat.say(this.#room, text, { kind: "edit", target: this.#editing.id });
      return taken ? this.#stopEditing() : this.#complainOfMany();
    }
    if (isCommand) return this.#outlet.command(this.#line);
    if (preparing) return void preparing.then(() => this.#room === room && this.#submit());
    const { perMessage = 4 } = this.#chat.session.welcome?.files ?? {};
    if (files.length > perMessage) return this.complain(say("tooManyFiles", { n: perMessage }));
    const taken = this.#chat.say(room, text.replace(/^\/\//, "/"), undefined, this.#re, files);
    if (!taken) return this.#complainOfMany();
    if (this.#re) this.answer("");
    if (files.length > 0) this.files?.set(room, []);
    this.#outlet.said();
    this.write("");
  }

  /** The command as typed: cleaning would drop characters for which a name has to be refused. */
  get #line() {
    const { value } = this.#field;
    return value.slice(value.indexOf("/"));
  }

  /** Our last message, to edit it. A message that was never sent leaves the outbox. */
  #lastSaid() {
    const { outbox } = this.#chat;
    const waiting = outbox
      .unseenIn(this.#room)
      .filter(({ act }) => !act)
      .at(-1);
    if (waiting?.firstSent || (waiting?.files && !this.files)) return null;
    if (waiting) {
      if (waiting.files) this.files?.takeBack(this.#room, waiting.files);
      outbox.remove(waiting.key);
      return { text: waiting.text, re: waiting.re };
    }
    const { id: self } = this.#self();
    for (const { id, from, text, deleted } of this.#chat.room(this.#room).timeline.newestFirst())
      if (from.id === self && !deleted) return { id, text };
    return null;
  }

  #left() {
    return this.#limit - [...cleaned(this.#field.value)].length;
  }

  #changed() {
    this.#full = false;
    const left = this.#left();
    const few = left < countBelow ? say("left", { n: left }) : this.#editing ? say("editing") : "";
    this.#form.classList.toggle("editing", this.#editing !== null);
    const most = this.#limit.toLocaleString(language);
    this.#notice.textContent = left < 0 ? say("tooLong", { n: -left, most }) : few;
    this.#notice.classList.toggle("problem", left < 0);
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.blockSize = "auto";
    this.#field.style.blockSize = `${this.#field.scrollHeight}px`;
  }
}
