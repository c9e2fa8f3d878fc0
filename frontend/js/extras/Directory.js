import { MyRooms } from "../store/storage.js";
import { button, element, named } from "../views/dom.js";
import { momentOf } from "../views/events.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";
import { askForRooms } from "./listing.js";
import { linkParts } from "./MakeCards.js";

/** How many rooms are shown; the field finds the others. */
const mostShown = 100;
const touch = matchMedia("(pointer: coarse)");

/** The open rooms by activity, those that the user has hidden, and the way to a new one. */
class Directory {
  #page;
  #card;
  #field = element("input", {
    "aria-label": say("filterRooms"),
    placeholder: say("filterRooms"),
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  #status = element("p", { class: "hint", role: "status" });
  #list = element("ul", { class: "directory-list" });
  #rooms = /** @type {import("./listing.js").Listed[]} */ ([]);

  /**
   * @param {import("../main.js").Page} page
   * @param {import("../views/Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    const create = button(say("newRoomOffer"), () => void extras.makeRoom(), "primary");
    create.hidden = !page.chat.hasOwners;
    const hint = element("p", { class: "hint", text: say("browseHint") });
    this.#card = new Card(
      "directory",
      say("browse"),
      hint,
      this.#field,
      this.#status,
      this.#list,
      ...this.#hidden(),
      create,
    );
    this.#field.addEventListener("input", () => this.#show());
    this.#card.open();
    if (!touch.matches) this.#field.focus();
    void this.#load();
  }

  async #load() {
    const rooms = await askForRooms(this.#page.chat.session, this.#page.identity);
    if (!rooms) return void (this.#status.textContent = say("browseFailed"));
    this.#rooms = rooms;
    this.#show();
  }

  #show() {
    const part = this.#field.value.trim().toLowerCase();
    const found = this.#rooms.filter(
      ({ room }) => room.includes(part) || this.#titleOf(room).toLowerCase().includes(part),
    );
    this.#list.replaceChildren(...found.slice(0, mostShown).map((one) => this.#row(one)));
    const none = say(this.#rooms.length > 0 ? "noSuchRoom" : "browseEmpty");
    this.#status.textContent = found.length > 0 ? "" : none;
  }

  /** @param {string} room */
  #titleOf(room) {
    return this.#knows(room) ? this.#page.chat.room(room).rules.now.title : "";
  }

  /** @param {string} room */
  #knows(room) {
    return this.#page.chat.entered.includes(room);
  }

  /** @param {import("./listing.js").Listed} listed */
  #row({ room, lastActivity }) {
    const link = element("a", { href: `#/r/${room}` }, named(this.#titleOf(room) || `#${room}`));
    const facts = [say("activeAt", { time: momentOf(lastActivity) })];
    if (this.#knows(room)) {
      const { members, rules } = this.#page.chat.room(room);
      facts.unshift(say("people", { n: members.count }), say("joinedAlready"));
      if (rules.now.topic) link.append(named(rules.now.topic, "name topic-line hint"));
    }
    link.append(element("span", { class: "hint", text: facts.join(" · ") }));
    link.addEventListener("click", () => this.#card.node.close());
    return element("li", {}, link);
  }

  /** What these rooms are called is known only there. */
  #hidden() {
    const { navigation } = this.#page;
    if (navigation.closed.length === 0) return [];
    const rows = navigation.closed.map((room) => {
      const word = MyRooms.kindOf(room) === "direct" ? "directRoom" : "privateRoom";
      const link = element("a", { href: `#/r/${room}` }, named(say(word)));
      link.addEventListener("click", () => this.#card.node.close());
      return element("li", {}, link);
    });
    return [element("h3", { text: say("hiddenRooms") }), element("ul", { class: "directory-list" }, ...rows)];
  }
}

/**
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function browse(page, extras) {
  new Directory(page, extras);
}

/**
 * Passes on the address of the open room on screen: by the share sheet on phones, or else by the clipboard, which plain
 * http lacks.
 * @param {import("../main.js").Page} page
 */
export async function shareRoom({ conversation, navigation, toast }) {
  const { room } = conversation;
  const label = navigation.labelOf(room);
  const url = new URL(`${location.pathname}#/r/${room}`, location.href).href;
  if (touch.matches && "share" in navigator) return void navigator.share({ title: label, url }).catch(() => {});
  const copied = await navigator.clipboard?.writeText(url).then(
    () => true,
    () => false,
  );
  if (copied) return toast.show(say("linkCopied"));
  const title = say("inviteTo", { room: label });
  new Card("invite", title, element("div", { class: "made" }, ...linkParts(title, url))).open();
}
