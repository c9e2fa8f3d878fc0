import { MyRooms } from "../store/storage.js";
import { composes, element, find, isEnter } from "../views/dom.js";
import { avatar } from "../views/person.js";
import { isGerman, personName, say } from "../words/say.js";
import { fitting, isWhole, tokensAt } from "./completing.js";
import { RecentEmoji } from "./recentEmoji.js";
import { roomCommands } from "./RoomCommands.js";
import { peopleAround } from "./rooms.js";
import { commandsOf } from "./Switcher.js";

/** @typedef {import("./completing.js").Candidate & { node?: Node, about?: string }} Candidate */

const mostCommands = 20;
/** With an on-screen keyboard, Enter inserts a line. */
const touch = matchMedia("(pointer: coarse) and (hover: none)");

/**
 * Completes people, rooms, emoji and commands in the field to write in: a list above it that the field controls. The
 * focus stays in the field; what is chosen is typed, so that it can be undone.
 */
export class Completion {
  #page;
  #extras;
  #field = find("composer-text", HTMLTextAreaElement);
  #list = element("ul", {
    id: "completion",
    role: "listbox",
    class: "completion raised",
    // For axe, as it scrolls. Tab chooses, so it never comes here.
    tabindex: "0",
    "aria-label": say("suggestions"),
  });
  #status = element("p", { class: "unseen", role: "status" });
  #token = /** @type {import("./completing.js").Token | null} */ (null);
  #shown = /** @type {Candidate[]} */ ([]);
  #chosen = 0;
  /** The user moved in the list: now Enter chooses, whatever was typed. */
  #moved = false;
  /** Where the user closed the list with Escape. */
  #closedAt = -1;
  #emoji = /** @type {Candidate[] | undefined} */ (undefined);

  /**
   * @param {import("../main.js").Page} page
   * @param {import("../views/Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    this.#extras = extras;
    this.#list.hidden = true;
    const form = find("composer", HTMLElement);
    form.append(this.#list, this.#status);
    this.#field.setAttribute("aria-autocomplete", "list");
    this.#field.addEventListener("input", (event) => {
      // The list must not come between an input method and its window.
      if (event instanceof InputEvent && event.isComposing) this.#close();
      else this.#update();
    });
    this.#field.addEventListener("compositionend", () => this.#update());
    this.#field.addEventListener("blur", () => this.#close());
    document.addEventListener("selectionchange", () => this.#token && this.#update());
    // Before the field itself sends.
    form.addEventListener("keydown", (event) => this.#keyDown(event), { capture: true });
    // The field keeps the focus, and an on-screen keyboard stays.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#update();
  }

  #update() {
    const { selectionStart, selectionEnd, value, readOnly } = this.#field;
    const writes = selectionStart === selectionEnd && !readOnly && document.activeElement === this.#field;
    for (const token of writes ? tokensAt(value, selectionStart) : []) {
      if (token.start === this.#closedAt) return this.#close();
      const found = fitting(this.#candidates(token), token.query, token.sign === "/" ? mostCommands : undefined);
      if (found.length > 0) return this.#show(token, found);
    }
    this.#closedAt = -1;
    this.#close();
  }

  /**
   * @param {import("./completing.js").Token} token
   * @returns {Candidate[]}
   */
  #candidates({ sign }) {
    if (sign === "@") return this.#people;
    if (sign === "#") return this.#rooms;
    if (sign === "/") return this.#commands;
    if (!this.#emoji) void this.#loadEmoji();
    return this.#emoji ?? [];
  }

  /** Those who spoke last come first. */
  get #people() {
    const { chat, conversation } = this.#page;
    const spoke = new Map();
    for (const { from } of chat.room(conversation.room).timeline.newestFirst())
      if (!spoke.has(from.id)) spoke.set(from.id, spoke.size);
    const place = (/** @type {Wire.User} */ { id }) => spoke.get(id) ?? Infinity;
    const people = peopleAround(this.#page).sort((one, two) => place(one) - place(two) || 0);
    return people.map((user) => ({
      key: user.id,
      label: personName(user),
      insert: `@${user.name} `,
      node: avatar(user),
    }));
  }

  get #rooms() {
    const open = this.#page.navigation.rooms.filter(({ name }) => MyRooms.kindOf(name) === "open");
    return open.map(({ name, title }) => ({
      key: name,
      label: name,
      insert: `#${name} `,
      ...(title !== name && { note: title, found: [title] }),
    }));
  }

  get #commands() {
    const others = this.#page.chat.hasOwners ? roomCommands(this.#page) : {};
    const commands = Object.entries(commandsOf(this.#page, this.#extras, others));
    return commands.map(([name, { usage, about }]) => {
      const rest = usage.startsWith(`${name} `) ? usage.slice(name.length + 1) : "";
      const insert = rest ? `${name} ` : name;
      return { key: name, label: name, note: rest, insert, found: [name.slice(1)], about: say(about) };
    });
  }

  async #loadEmoji() {
    this.#emoji = [];
    try {
      const { emoji } = await import("./emoji.js");
      this.#emoji = emoji(isGerman).map(({ text, names }) => ({
        key: text,
        label: names[0],
        insert: text,
        found: names.slice(1),
        node: element("span", { class: "emoji-sign", "aria-hidden": "true", text }),
      }));
      this.#update();
    } catch (error) {
      console.warn(error);
      // The next time it is tried again.
      this.#emoji = undefined;
    }
  }

  /**
   * @param {import("./completing.js").Token} token
   * @param {Candidate[]} found
   */
  #show(token, found) {
    const same = this.#token?.start === token.start && this.#token.sign === token.sign;
    const chosen = same && this.#moved ? found.findIndex(({ key }) => key === this.#shown[this.#chosen]?.key) : -1;
    this.#moved = chosen >= 0;
    // A name between two colons is complete.
    const whole = token.sign === ":" && token.query.endsWith(":");
    const named =
      whole && found.find(({ label, found: names = [] }) => [label, ...names].includes(token.query.slice(0, -1)));
    if (named) return this.#take(named, token);
    if (whole) return this.#close();
    const keys = (/** @type {Candidate[]} */ list) => list.map(({ key }) => key).join("\n");
    const redraw = !same || keys(found) !== keys(this.#shown) || this.#list.hidden;
    this.#token = token;
    this.#shown = found;
    if (redraw) this.#list.replaceChildren(...found.map((one, index) => this.#option(one, index)));
    this.#list.hidden = false;
    this.#field.setAttribute("aria-controls", "completion");
    this.#choose(Math.max(0, chosen));
    if (redraw) this.#status.textContent = say("suggested", { n: found.length });
  }

  /**
   * @param {Candidate} candidate
   * @param {number} index
   */
  #option(candidate, index) {
    const { label, note, node, about } = candidate;
    const name = element("bdi", { class: "name", title: label, text: label });
    const option = element("li", { id: `completion-${index}`, role: "option" }, ...(node ? [node] : []), name);
    if (note) option.append(element("span", { class: "hint name", text: note }));
    if (about) option.append(element("span", { class: "hint about", text: about }));
    option.addEventListener("click", () => this.#token && this.#take(candidate, this.#token));
    return option;
  }

  /** @param {number} place */
  #choose(place) {
    const count = this.#shown.length;
    this.#chosen = (place + count) % count;
    for (const [index, option] of [...this.#list.children].entries())
      option.setAttribute("aria-selected", String(index === this.#chosen));
    this.#list.children[this.#chosen].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `completion-${this.#chosen}`);
  }

  #close() {
    this.#token = null;
    this.#shown = [];
    this.#moved = false;
    if (this.#list.hidden) return;
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#status.textContent = "";
    this.#field.removeAttribute("aria-controls");
    this.#field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const token = this.#token;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (!token || event.target !== this.#field || composes(event) || ctrlKey || metaKey || altKey) return;
    const candidate = this.#shown[this.#chosen];
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.#moved = true;
      this.#choose(this.#chosen + (key === "ArrowDown" ? 1 : -1));
    } else if (key === "Escape") {
      this.#closedAt = token.start;
      this.#close();
    } else if (key === "Tab" && !shiftKey) this.#take(candidate, token);
    else if (isEnter(event) && !shiftKey && !touch.matches && (this.#moved || !isWhole(token, candidate)))
      this.#take(candidate, token);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Types it in place of the token.
   * @param {Candidate} candidate
   * @param {import("./completing.js").Token} token
   */
  #take({ insert }, { start, sign }) {
    this.#close();
    if (sign === ":") RecentEmoji.ours.note(insert);
    const end = this.#field.selectionStart;
    // A space that is there already is not doubled.
    const text = insert.endsWith(" ") && this.#field.value[end] === " " ? insert.slice(0, -1) : insert;
    replaceIn(this.#field, start, end, text);
    if (text !== insert) this.#field.setSelectionRange(start + insert.length, start + insert.length);
    this.#close();
  }
}

/**
 * Types a text in place of a part of the field, so that it can be undone.
 * @param {HTMLTextAreaElement} field
 * @param {number} start
 * @param {number} end
 * @param {string} text
 */
export function replaceIn(field, start, end, text) {
  field.setSelectionRange(start, end);
  if (document.execCommand(text === "" ? "delete" : "insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new InputEvent("input"));
}
