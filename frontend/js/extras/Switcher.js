import { MyRooms } from "../store/storage.js";
import { cleaned, properName } from "../store/text.js";
import { composes, element, isEnter } from "../views/dom.js";
import { invitationIn, nearestRoom } from "../views/Surroundings.js";
import { isolated, say } from "../words/say.js";
import { Card } from "./Card.js";

/** Goes to a known room by a part of its name, or to a new one. A combobox. */
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
    enterkeyhint: "go",
    spellcheck: "false",
  });
  #list = element("ul", { id: "switcher-list", role: "listbox", "aria-label": say("rooms") });
  #problem = element("p", { class: "hint", role: "status" });
  /** @type {string[]} */
  #names = [];
  #chosen = 0;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#card = new Card("switcher", say("switchRoom"), this.#field, this.#list, this.#problem);
    this.#field.addEventListener("input", () => this.#filter());
    this.#field.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#filter();
    this.#card.open();
    this.#field.focus();
  }

  #filter() {
    const invitation = invitationIn(this.#field.value);
    if (invitation) {
      this.#card.node.close();
      location.hash = invitation;
      return;
    }
    const wanted = nearestRoom(this.#field.value);
    const { navigation, conversation } = this.#page;
    const { rooms } = navigation;
    // Unread rooms first, the current room last.
    const rank = (/** @type {typeof rooms[0]} */ { name, unread }) =>
      name === conversation.room ? 2 : unread.count > 0 ? 0 : 1;
    const all = this.#field.value === "";
    const typed = nearestRoom(this.#field.value, true);
    this.#names = rooms
      .filter(({ name, title }) => all || (typed && name.includes(typed)) || isIn(title, this.#field.value))
      .sort((one, two) => rank(one) - rank(two))
      .map(({ name }) => name);
    if (MyRooms.isName(wanted) && !rooms.some(({ name }) => name === wanted)) this.#names.push(wanted);
    const name = isolated(this.#field.value);
    this.#problem.textContent = this.#names.length === 0 ? say("noRoomName", { name }) : "";
    this.#choose(0);
  }

  /** @param {number} place */
  #choose(place) {
    const count = this.#names.length;
    this.#chosen = count > 0 ? (place + count) % count : 0;
    const known = new Map(this.#page.navigation.rooms.map(({ name, title }) => [name, title]));
    const options = this.#names.map((name, index) => {
      const title = known.get(name);
      const text = title === name ? `#${name}` : (title ?? say("createRoom", { room: name }));
      const selected = String(index === this.#chosen);
      const attributes = { id: `switcher-${index}`, role: "option", "aria-selected": selected };
      const option = element("li", { ...attributes, class: "name", title: text, text });
      option.addEventListener("click", () => this.#go(name));
      return option;
    });
    this.#list.replaceChildren(...options);
    this.#field.setAttribute("aria-activedescendant", count > 0 ? `switcher-${this.#chosen}` : "");
    options[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    if (composes(event)) return;
    if (event.key === "ArrowDown") this.#choose(this.#chosen + 1);
    else if (event.key === "ArrowUp") this.#choose(this.#chosen - 1);
    else if (isEnter(event)) this.#go(this.#names[this.#chosen]);
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

/**
 * @param {string} title
 * @param {string} part
 */
const isIn = (title, part) => title.toLowerCase().includes(part.trim().toLowerCase());

/**
 * @typedef {{ usage: string, about: import("../words/say.js").Word, valid: (value: string) => boolean, run: (value: string) => void, rule?: string }} Command
 *   `rule`: shown instead of the usage if there is a value
 */

const isNothing = (/** @type {string} */ value) => value === "";

/**
 * The commands that there are, by their first word.
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 * @param {Record<string, Command>} others
 * @returns {Record<string, Command>}
 */
export function commandsOf(page, extras, others) {
  return {
    "/join": {
      usage: say("usageJoin"),
      about: "aboutJoin",
      valid: MyRooms.isName,
      run: (room) => page.navigation.go(room),
    },
    "/nick": {
      usage: say("usageNick"),
      about: "aboutNick",
      valid: (name) => properName(name) !== null,
      run: (name) => page.naming.rename(name),
      rule: say("error_bad_name"),
    },
    "/search": {
      usage: say("usageSearch"),
      about: "aboutSearch",
      valid: (words) => [...words].length <= 100,
      run: (words) => void extras.search(words),
    },
    "/leave": { usage: "/leave", about: "aboutLeave", valid: isNothing, run: () => void extras.leave() },
    "/help": { usage: "/help", about: "aboutHelp", valid: isNothing, run: () => void extras.showHelp() },
    ...others,
  };
}

/**
 * Runs a command line. If it fails, the line stays in the field, with the reason.
 * @param {string} line
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 * @param {Record<string, Command>} [others]
 */
export function run(line, page, extras, others = {}) {
  const { composer } = page.conversation;
  const [first, ...rest] = line.split(/\s+/);
  const word = cleaned(first);
  const typed = rest.join(" ").trim().normalize("NFC");
  // Characters that are only dropped from a text make a name invalid.
  const value = word === "/nick" ? typed : cleaned(typed);
  const commands = commandsOf(page, extras, others);
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
  const wanted = word === "/join" ? value.replace(/^#/, "").toLowerCase() : value;
  const invitation = word === "/join" ? invitationIn(value) : "";
  if (invitation) {
    composer.write("");
    location.hash = invitation;
    return;
  }
  if (!command) {
    const usages = Object.values(commands).map(({ usage }) => usage);
    return composer.complain(say("noCommand", { command: word, commands: usages.join(", ") }));
  }
  if (!command.valid(wanted)) {
    if (word === "/join" && /^[_-]/.test(wanted))
      return composer.complain(say("noRoomName", { name: isolated(wanted) }));
    const nearest = word === "/join" ? nearestRoom(wanted) : "";
    const usage = nearest ? `/join ${nearest}` : command.usage;
    const rule = wanted === "" ? undefined : command.rule;
    return composer.complain(rule ?? say("commandNeeds", { usage }));
  }
  composer.write("");
  command.run(wanted);
}
