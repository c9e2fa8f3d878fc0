import { say } from "../words/say.js";
import { avatar, button, element } from "./dom.js";

/** What the server takes as a room's name. */
const pattern = "[a-z0-9][a-z0-9_\\-]{0,63}";

/** @typedef {{ name: string, unread: import("../store/unread.js").Unread }} Room */

/** The rooms one is in and what is new there, a field to go to another, and who one is. */
export class RoomBar {
  #list = element("ul", { class: "room-list" });
  #me;
  #shown = "";

  /**
   * @param {HTMLElement} parent
   * @param {{ go: (room: string) => void, editName: () => void }} actions
   */
  constructor(parent, { go, editName }) {
    this.#me = button("", editName, "me");
    const brand = element("p", { class: "brand", text: "Webchat" });
    const heading = element("h2", { text: say("rooms") });
    parent.append(brand, heading, this.#list, makeForm(go), this.#me);
  }

  /**
   * @param {Room[]} rooms
   * @param {string} current
   */
  showRooms(rooms, current) {
    const shown = JSON.stringify([rooms, current]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focused =
      this.#list.contains(document.activeElement) && document.activeElement?.getAttribute("href");
    this.#list.replaceChildren(...rooms.map((room) => makeRow(room, room.name === current)));
    for (const link of this.#list.querySelectorAll("a"))
      if (link.getAttribute("href") === focused) link.focus();
  }

  /** @param {Wire.User} user */
  showUser(user) {
    this.#me.replaceChildren(
      avatar(user),
      element("bdi", { text: user.name }),
      element("span", { class: "hint", text: say("change") }),
    );
    this.#me.setAttribute("aria-label", say("yourName", { name: user.name }));
  }
}

/**
 * @param {Room} room
 * @param {boolean} current
 */
function makeRow({ name, unread: { count, mentions, more } }, current) {
  const link = element("a", { href: `#/r/${name}`, "aria-current": current ? "page" : undefined });
  link.append(
    element("span", { "aria-hidden": "true", text: "#" }),
    element("bdi", { text: name }),
  );
  if (count > 0) {
    const word = mentions > 0 ? "mentioned" : "unread";
    const text = mentions > 0 ? `@${mentions}` : `${count}${more ? "+" : ""}`;
    link.append(element("span", { class: `count ${word}`, text }));
    link.setAttribute("aria-label", `${name}, ${say(word, { n: mentions || count })}`);
  }
  return element("li", { class: count > 0 ? "news" : undefined }, link);
}

/** @param {(room: string) => void} go */
function makeForm(go) {
  const field = element("input", {
    "aria-label": say("roomToJoin"),
    placeholder: say("joinRoom"),
    required: "",
    pattern,
    maxlength: "64",
    title: say("roomNameRule"),
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const submit = element("button", { type: "submit", text: say("join") });
  const form = element("form", { class: "join" }, field, submit);
  field.addEventListener("input", () => {
    field.value = field.value.toLowerCase().replace(/^#+/, "").replaceAll(" ", "-");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(field.value);
    field.value = "";
  });
  return form;
}
