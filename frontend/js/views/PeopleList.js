import { say } from "../words/say.js";
import { avatar, element } from "./dom.js";

/** Who is here: the count, and the names the server gave. */
export class PeopleList {
  #heading = element("h2");
  #list = element("ul", { class: "people-list" });
  #rest = element("p", { class: "hint" });
  /** What is shown. */
  #members = /** @type {import("../store/Members.js").Members | null} */ (null);
  #version = 0;
  #self = "";

  /** @param {HTMLElement} parent */
  constructor(parent) {
    parent.append(this.#heading, this.#list, this.#rest);
  }

  /**
   * @param {import("../store/Members.js").Members} members
   * @param {string} self our own id
   */
  show(members, self) {
    const same = members === this.#members && members.version === this.#version;
    if (same && self === this.#self) return;
    this.#members = members;
    this.#version = members.version;
    this.#self = self;
    const { list, count } = members;
    this.#heading.textContent = say("here", { n: count });
    const rows = list.map((user) => {
      const row = element("li", {}, avatar(user), element("bdi", { text: user.name }));
      if (user.id === self) row.append(element("span", { class: "hint", text: say("you") }));
      return row;
    });
    this.#list.replaceChildren(...rows);
    this.#rest.textContent =
      count > list.length && list.length > 0 ? say("andMore", { n: count - list.length }) : "";
  }
}
