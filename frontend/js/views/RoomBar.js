import { avatar, button, element } from "./dom.js";

/** What the server takes as a room's name. */
const pattern = "[a-z0-9][a-z0-9_\\-]{0,63}";

/** The rooms one has been in, a field to go to another, and who one is. */
export class RoomBar {
  #list = element("ul", { class: "room-list" });
  #me;

  /**
   * @param {HTMLElement} parent
   * @param {{ go: (room: string) => void, editName: () => void }} actions
   */
  constructor(parent, { go, editName }) {
    this.#me = button("", editName, "me");
    const brand = element("p", { class: "brand", text: "Webchat" });
    parent.append(brand, element("h2", { text: "Rooms" }), this.#list, makeForm(go), this.#me);
  }

  /**
   * @param {string[]} rooms
   * @param {string} current
   */
  showRooms(rooms, current) {
    const rows = rooms.map((room) => {
      const link = element("a", {
        href: `#/r/${room}`,
        "aria-current": room === current ? "page" : undefined,
      });
      link.append(
        element("span", { "aria-hidden": "true", text: "#" }),
        element("bdi", { text: room }),
      );
      return element("li", {}, link);
    });
    this.#list.replaceChildren(...rows);
  }

  /**
   * @param {import("../transport/frames.js").User} user
   */
  showUser(user) {
    this.#me.replaceChildren(
      avatar(user),
      element("bdi", { text: user.name }),
      element("span", { class: "hint", text: "Change" }),
    );
    this.#me.setAttribute("aria-label", `Your name: ${user.name}. Change it`);
  }
}

/**
 * @param {(room: string) => void} go
 */
function makeForm(go) {
  const field = element("input", {
    "aria-label": "Room to join",
    placeholder: "Join a room",
    required: "",
    pattern,
    maxlength: "64",
    title: "Lower-case letters, digits, - and _",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  const form = element(
    "form",
    { class: "join" },
    field,
    element("button", { type: "submit", text: "Join" }),
  );
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
