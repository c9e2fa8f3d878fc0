import { MyRooms } from "../store/storage.js";
import { personName, say } from "../words/say.js";
import { button, element, find, forOperators, named, setText } from "./dom.js";
import { avatar } from "./person.js";
import { RoomList, signOf } from "./RoomList.js";

/**
 * Everything around the conversation: rooms and people beside it (on phones in sheets), the room name, and the browser
 * tab with the number of unread messages and an icon with a dot.
 */
export class Surroundings {
  #icon = find("icon", HTMLLinkElement);
  #roomName = find("room-name", HTMLElement);
  #roomSign = find("room-sign", HTMLElement);
  #roomTopic = find("room-topic", HTMLElement);
  #peopleButton = find("show-people", HTMLButtonElement);
  #peopleCount = find("people-count", HTMLElement);
  #roomsButton = find("show-rooms", HTMLButtonElement);
  #roomsSheet = sheet("rooms-sheet", "show-rooms");
  #roomBars;
  #peopleLists;

  /** @param {Actions} actions */
  constructor(actions) {
    const rooms = [find("rooms", HTMLElement), this.#roomsSheet];
    this.#roomBars = rooms.map((parent) => new RoomBar(parent, actions));
    const people = [find("people", HTMLElement), sheet("people-sheet", "show-people")];
    this.#peopleLists = people.map((parent) => new PeopleList(parent, actions.showPerson));
  }

  /**
   * @param {Room[]} rooms
   * @param {string} current
   */
  showRooms(rooms, current) {
    for (const bar of this.#roomBars) bar.showRooms(rooms, current);
    const unread = rooms.reduce((sum, one) => sum + (one.muted ? 0 : one.unread.count), 0);
    const { title = current, kind = "open" } = rooms.find(({ name }) => name === current) ?? {};
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${title === current ? "#" : ""}${title} · Webchat`;
    const icon = unread > 0 ? "static/icon-unread.svg" : "static/icon.svg";
    if (this.#icon.getAttribute("href") !== icon) this.#icon.setAttribute("href", icon);
    this.#roomsButton.classList.toggle("news", unread > 0);
    const label = unread > 0 ? `${say("rooms")}, ${say("unread", { n: unread })}` : say("rooms");
    this.#roomsButton.setAttribute("aria-label", label);
    setText(this.#roomName, title);
    this.#roomName.title = title === current ? title : `${title} (#${current})`;
    if (kind !== "open") this.#roomName.title = title;
    if (this.#roomSign.dataset.kind === kind) return;
    const sign = signOf(kind);
    sign.dataset.kind = kind;
    this.#roomSign.replaceWith(sign);
    this.#roomSign = sign;
  }

  /** @param {string} topic of the room on screen */
  showTopic(topic) {
    this.#roomTopic.hidden = topic === "";
    if (this.#roomTopic.title === topic) return;
    this.#roomTopic.title = topic;
    const whole = button(topic, () => {
      const open = this.#roomTopic.classList.toggle("whole");
      whole.setAttribute("aria-expanded", String(open));
    });
    whole.className = "topic";
    whole.dir = "auto";
    whole.setAttribute("aria-expanded", "false");
    this.#roomTopic.classList.remove("whole");
    this.#roomTopic.replaceChildren(whole);
  }

  /**
   * @param {import("../store/RoomStore.js").Members} members
   * @param {string} self our own id
   * @param {boolean} reachable something can be done about the others
   * @param {ReadonlyMap<string, Wire.Role>} roles by user
   */
  showPeople(members, self, reachable, roles) {
    for (const list of this.#peopleLists) list.show(members, self, reachable, roles);
    this.#peopleCount.textContent = String(members.count);
    this.#peopleButton.setAttribute("aria-label", say("whoIsHereCount", { n: members.count }));
  }

  /**
   * @param {Wire.User} user
   * @param {boolean} fixed the name cannot be changed
   */
  showUser(user, fixed) {
    for (const bar of this.#roomBars) bar.showUser(user, fixed);
  }

  closeRooms() {
    this.#roomsSheet.close();
  }
}

/** Valid room names. */
const pattern = "[a-z0-9][a-z0-9_\\-]{0,63}";

/**
 * @typedef {import("./RoomList.js").Room} Room
 * @typedef {{ go: (room: string) => void, editName: () => void, browse: () => void,
 *   showPerson: (user: Wire.User) => void }} Actions
 */

/** The rooms of the user with their unread messages, a field to join another, and the user's name. */
class RoomBar {
  #list = new RoomList();
  #me;

  /**
   * @param {HTMLElement} parent
   * @param {Actions} actions
   */
  constructor(parent, { go, editName, browse }) {
    const browsing = button(say("browseOffer"), browse, "new-room-button");
    this.#me = button("", editName, "me");
    const brand = element("p", { class: "brand", text: "Webchat" });
    const heading = element("h2", { text: say("rooms") });
    parent.append(brand, heading, this.#list.node, makeForm(go), browsing, this.#me);
  }

  /**
   * @param {Room[]} rooms
   * @param {string} current
   */
  showRooms(rooms, current) {
    this.#list.show(rooms, current);
  }

  /**
   * @param {Wire.User} user
   * @param {boolean} fixed
   */
  showUser(user, fixed) {
    this.#me.replaceChildren(avatar(user), named(user.name));
    if (!fixed) this.#me.append(element("span", { class: "hint", text: say("change") }));
    this.#me.setAttribute("aria-label", say(fixed ? "yourFixedName" : "yourName", { name: user.name }));
  }
}

/** @param {(room: string) => void} go */
function makeForm(go) {
  const field = element("input", {
    "aria-label": say("roomToJoin"),
    placeholder: say("joinRoom"),
    required: "",
    pattern,
    title: say("roomNameRule"),
    autocomplete: "off",
    autocapitalize: "none",
    enterkeyhint: "go",
    spellcheck: "false",
  });
  const submit = element("button", { type: "submit", text: say("join") });
  const form = element("form", { class: "join" }, field, submit);
  const tidy = () => {
    const invitation = invitationIn(field.value);
    if (invitation) {
      field.value = "";
      location.hash = invitation;
      return;
    }
    const name = nearestRoom(field.value, true);
    // Setting the value moves the caret.
    if (name !== "" && name !== field.value) field.value = name;
  };
  // Setting the value ends a composition.
  field.addEventListener("input", (event) => (event instanceof InputEvent && event.isComposing) || tidy());
  field.addEventListener("compositionend", tidy);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(field.value);
    field.value = "";
  });
  return form;
}

/** The members of the room: their number, and the names that the server sent. */
class PeopleList {
  #heading = element("h2");
  #list = element("ul", { class: "people-list" });
  #rest = element("p", { class: "hint" });
  /** On screen. */
  #members = /** @type {import("../store/RoomStore.js").Members | null} */ (null);
  #version = 0;
  #self = "";
  #reachable = false;
  #roles = /** @type {ReadonlyMap<string, Wire.Role>} */ (new Map());
  #showPerson;

  /**
   * @param {HTMLElement} parent
   * @param {(user: Wire.User) => void} showPerson
   */
  constructor(parent, showPerson) {
    this.#showPerson = showPerson;
    parent.append(this.#heading, this.#list, this.#rest);
  }

  /**
   * @param {import("../store/RoomStore.js").Members} members
   * @param {string} self our own id
   * @param {boolean} reachable
   * @param {ReadonlyMap<string, Wire.Role>} roles
   */
  show(members, self, reachable, roles) {
    const same = members === this.#members && members.version === this.#version && roles === this.#roles;
    if (same && self === this.#self && reachable === this.#reachable) return;
    this.#reachable = reachable;
    this.#roles = roles;
    this.#members = members;
    this.#version = members.version;
    this.#self = self;
    const { list, count } = members;
    this.#heading.textContent = say("here", { n: count });
    const focused = document.activeElement;
    const holder = focused instanceof HTMLElement && this.#list.contains(focused) ? focused.dataset.user : undefined;
    const rows = list.map((user) => {
      const role = roles.get(user.id);
      const mark = role === "owner" ? "roleOwner" : role === "moderator" ? "roleModerator" : null;
      const parts = [avatar(user), named(personName(user))];
      if (mark) parts.push(element("span", { class: "hint", text: say(mark) }));
      if (reachable && user.id !== self) return element("li", {}, this.#person(user, parts));
      const row = element("li", {}, ...parts);
      if (user.id === self) row.append(element("span", { class: "hint", text: say("you") }));
      return row;
    });
    this.#list.replaceChildren(...rows);
    for (const person of this.#list.querySelectorAll("button")) if (person.dataset.user === holder) person.focus();
    this.#rest.textContent = count > list.length && list.length > 0 ? say("andMore", { n: count - list.length }) : "";
  }

  /**
   * @param {Wire.User} user
   * @param {Node[]} parts
   */
  #person(user, parts) {
    const person = button("", () => this.#showPerson(user), "person");
    person.dataset.user = user.id;
    person.append(...parts);
    return person;
  }
}

/**
 * A part of the page that phones show as a sheet. Escape or a tap beside it closes it.
 * @param {string} dialog
 * @param {string} opener the id of the button that opens it
 */
function sheet(dialog, opener) {
  const made = find(dialog, HTMLDialogElement);
  find(opener, HTMLElement).addEventListener("click", () => made.showModal());
  made.addEventListener("click", ({ target }) => {
    const away = target instanceof Element && target.closest("a");
    if (away || target === made) made.close();
  });
  return made;
}

/**
 * Letters that do not decompose into a basic letter and marks.
 * @type {Record<string, string>}
 */
const letters = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

/**
 * The nearest valid room name, or "" if nothing of the text is left.
 * @param {string} text
 * @param {boolean} [goesOn] the user is still typing
 */
export function nearestRoom(text, goesOn = false) {
  if (MyRooms.isName(text)) return text;
  const name = text
    .slice(0, 256)
    .toLowerCase()
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[ßæœøłđðþı]/g, (letter) => letters[letter])
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[_-]+/, "")
    .slice(0, 64);
  return goesOn ? name : name.replace(/-+$/, "");
}

/**
 * The fragment of a link that invites; otherwise "".
 * @param {string} text
 */
export function invitationIn(text) {
  return text.trim().match(/#\/i\/[\x21-\x7e]{1,4096}$/)?.[0] ?? "";
}

/**
 * For operators: looks for a cluster page once, after everything that the chat needs, and adds a link to it below each list of rooms.
 * @param {import("../transport/Session.js").Session} session
 */
export function linkToCluster(session) {
  let asked = false;
  const look = () => {
    if (asked || !session.online || !forOperators()) return;
    asked = true;
    setTimeout(() => {
      asked = session.online;
      if (asked) void addClusterLink();
    }, 2_000);
  };
  session.changed.listen(look);
  look();
}

async function addClusterLink() {
  const question = { method: "HEAD", headers: { accept: "text/html" } };
  const answer = await fetch("cluster", question).catch(() => null);
  if (!answer?.ok || !answer.headers.get("content-type")?.startsWith("text/html")) return;
  for (const me of document.querySelectorAll(".me"))
    me.before(element("a", { class: "cluster-link hint", href: "cluster", text: say("cluster") }));
}
