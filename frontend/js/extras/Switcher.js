import { MyRooms } from "../store/MyRooms.js";
import { element } from "../views/dom.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";

/** Goes to a room by some letters of its name, or to a new one: a field over a list, as a combobox. */
export class Switcher {
  #page;
  #card;
  #field = element("input", {
    role: "combobox",
    "aria-label": say("switchRoom"),
    "aria-expanded": "true",
    "aria-controls": "switcher-list",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  #list = element("ul", { id: "switcher-list", role: "listbox", "aria-label": say("rooms") });
  /** @type {string[]} */
  #names = [];
  #chosen = 0;

  /** @param {import("../views/Page.js").Page} page */
  static show(page) {
    new Switcher(page);
  }

  /** @param {import("../views/Page.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#card = new Card(say("switchRoom"), this.#field, this.#list);
    this.#card.node.classList.add("switcher");
    this.#field.addEventListener("input", () => this.#filter());
    this.#field.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#filter();
    this.#card.open();
    this.#field.focus();
  }

  #filter() {
    const wanted = this.#field.value.toLowerCase().replace(/^#/, "").replaceAll(" ", "-");
    const { navigation, conversation } = this.#page;
    const { rooms } = navigation;
    // What is new comes first; where one is, last.
    const rank = (/** @type {typeof rooms[0]} */ { name, unread }) =>
      name === conversation.room ? 2 : unread.count > 0 ? 0 : 1;
    this.#names = rooms
      .filter(({ name }) => name.includes(wanted))
      .sort((one, two) => rank(one) - rank(two))
      .map(({ name }) => name);
    if (MyRooms.isName(wanted) && !rooms.some(({ name }) => name === wanted))
      this.#names.push(wanted);
    this.#choose(0);
  }

  /** @param {number} place */
  #choose(place) {
    const count = this.#names.length;
    this.#chosen = count > 0 ? (place + count) % count : 0;
    const known = new Set(this.#page.navigation.rooms.map(({ name }) => name));
    const options = this.#names.map((name, index) => {
      const text = known.has(name) ? `#${name}` : say("createRoom", { room: name });
      const selected = String(index === this.#chosen);
      const attributes = { id: `switcher-${index}`, role: "option", "aria-selected": selected };
      const option = element("li", { ...attributes, text });
      option.addEventListener("click", () => this.#go(name));
      return option;
    });
    this.#list.replaceChildren(...options);
    this.#field.setAttribute("aria-activedescendant", count > 0 ? `switcher-${this.#chosen}` : "");
    options[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1);
    else if (event.key === "Enter") this.#go(this.#names[this.#chosen]);
    else return;
    event.preventDefault();
  }

  /** @param {string | undefined} room */
  #go(room) {
    if (!room) return;
    this.#card.node.close();
    this.#page.navigation.go(room);
    this.#page.conversation.composer.focus();
  }
}
