import { button, element, find, setText } from "../views/dom.js";
import { copied, gistOf } from "../views/gist.js";
import { reactorsOf } from "../views/RowView.js";
import { shape } from "../views/shape.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";
import { showJourney } from "./JourneyCard.js";
import { RecentEmoji, quickCount } from "./recentEmoji.js";
import { isModerator, roleIn } from "./rooms.js";

const paths = {
  react:
    "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15M7 8.200v.1M13 8.200v.1M6.500 11.500c1.600 3 5.400 3 7 0",
  reply: "M8 5 3.500 9.500 8 14M3.500 9.500H11c3.500 0 5.500 2 5.500 5.500",
  quote: "M4.500 6h4v4.500c0 2-1.200 3-3 3.500M11.500 6h4v4.500c0 2-1.200 3-3 3.500",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.800-2.800a3 3 0 0 0-4.300-4.300l-1 1M11.500 8.500a3 3 0 0 0-4.300 0l-2.800 2.800a3 3 0 0 0 4.300 4.300l1-1",
  unread: "M3.500 5h13v10h-13zM3.500 5.500 10 10.500l6.500-5",
  edit: "m4 16 .8-3.600L13 4.200l2.800 2.800-8.200 8.200z",
  info: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15M10 6.200v.1M10 9.500v4.300",
  erase: "M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11",
};

/** @typedef {keyof typeof paths} Name */

const names = /** @type {Name[]} */ (Object.keys(paths));
/** For messages of the user only. */
const changes = new Set(["edit", "info"]);
/** Emoji in the sheet, where there is more room. */
const sheetCount = 5;

/** The tools of the message under the pointer or the focus: one toolbar that moves from row to row. */
export class MessageBar {
  #page;
  #extras;
  #quick = Array.from({ length: quickCount }, () => this.#quickButton());
  #node = element("div", {
    class: "tools raised",
    role: "group",
    "aria-label": say("messageTools"),
  });
  #buttons = /** @type {Map<Name, HTMLButtonElement>} */ (new Map());

  /**
   * @param {import("../main.js").Page} page
   * @param {import("../views/Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    this.#extras = extras;
    this.#node.append(...this.#quick);
    for (const name of names)
      this.#add(name, say(name === "erase" ? "delete" : name === "unread" ? "markUnread" : name));
    const log = find("log", HTMLElement);
    log.addEventListener("pointerleave", () => this.hide());
    log.addEventListener("focusout", ({ relatedTarget }) => {
      const message = this.#node.parentElement;
      this.#reach(relatedTarget instanceof Node && message?.contains(relatedTarget) === true);
    });
  }

  /** @param {HTMLElement} message */
  show(message) {
    // The focus must not vanish with the tools: their message gets it, and with it the tools again.
    const left = this.#node.contains(document.activeElement) && !message.contains(this.#node);
    if (left) this.#node.closest("article")?.focus();
    const mayReact = this.#offer(message);
    this.#reach(message.contains(document.activeElement));
    if (this.#node.parentElement === message && mayReact) return;
    this.#node.remove();
    if (mayReact) message.append(this.#node);
  }

  /** The pointer is elsewhere. The tools stay at the message with the focus. */
  hide() {
    if (!this.#node.parentElement?.contains(document.activeElement)) this.#node.remove();
  }

  /**
   * On touch screens: the tools in a sheet, and who reacted.
   * @param {HTMLElement} message
   */
  openSheet(message) {
    const { chat, conversation } = this.#page;
    const said = conversation.list?.messageRow(message)?.message;
    if (!said || !this.#offer(message)) return;
    const { reactions = [] } = said;
    const actions = new MessageActions(this.#page, message, this.#extras);
    const list = element("div", { class: "actions" });
    /**
     * @param {string} label
     * @param {() => void} act
     */
    const item = (label, act, className = "menu-item") =>
      button(
        label,
        () => {
          card.node.close();
          act();
        },
        className,
      );
    /**
     * @param {string} label
     * @param {() => void} act
     */
    const add = (label, act) => list.append(item(label, act));
    const quick = RecentEmoji.ours.latest(sheetCount).map((emoji) => {
      const one = item(emoji, () => actions.toggle(emoji), "emoji");
      showQuick(one, emoji, actions.own);
      return one;
    });
    for (const [name, tool] of this.#buttons) if (!tool.hidden) add(tool.title, () => actions[name]());
    if (navigator.clipboard) add(say("copyText"), () => actions.copy());
    const { members } = chat.room(conversation.room);
    const who = reactions.map(({ emoji, users }) => {
      const names = reactorsOf(users, (user) => members.nameOf(user));
      return element("li", {}, element("span", { text: emoji }), element("span", { text: names }));
    });
    const told =
      who.length > 0 ? [element("h3", { text: say("whoReacted") }), element("ul", { class: "reactors" }, ...who)] : [];
    const quoted = element("blockquote", { class: "quoted", dir: "auto", text: gistOf(said) });
    const reacting = element("div", { class: "quick" }, ...quick);
    const card = new Card("message-sheet", say("messageTools"), quoted, reacting, list, ...told);
    card.open();
  }

  /**
   * Shows the tools that a message has.
   * @param {HTMLElement} message
   * @returns whether it has any
   */
  #offer(message) {
    const { mayReact, mayReply, mayChange, mayErase, own } = new MessageActions(this.#page, message, this.#extras);
    const latest = RecentEmoji.ours.latest(quickCount);
    for (const [place, one] of this.#quick.entries()) showQuick(one, latest[place], own);
    const special = new Map([
      ["erase", mayErase],
      ["reply", mayReply],
    ]);
    for (const [name, tool] of this.#buttons)
      tool.hidden = !(special.get(name) ?? (changes.has(name) ? mayChange : mayReact));
    return mayReact;
  }

  /** @param {boolean} here Tab stops at the tools only if their message has the focus */
  #reach(here) {
    for (const tool of [...this.#quick, ...this.#buttons.values()]) tool.tabIndex = here ? 0 : -1;
  }

  #quickButton() {
    const one = button("", () => this.#actions?.toggle(one.textContent ?? ""), "quick emoji");
    return one;
  }

  get #actions() {
    const message = this.#node.closest("article");
    return message && new MessageActions(this.#page, message, this.#extras);
  }

  /**
   * @param {Name} name
   * @param {string} label
   */
  #add(name, label) {
    const line = shape("path", { d: paths[name] });
    const icon = shape("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, line);
    const tool = element("button", { type: "button", "aria-label": label, title: label }, icon);
    tool.addEventListener("click", () => {
      if (name === "react") this.#actions?.react(tool);
      else this.#actions?.[name]();
    });
    this.#buttons.set(name, tool);
    this.#node.append(tool);
  }
}

/**
 * @param {HTMLButtonElement} node
 * @param {string} emoji
 * @param {string[]} own the user's reactions: choosing one again removes it
 */
function showQuick(node, emoji, own) {
  setText(node, emoji);
  node.setAttribute("aria-label", say("reactWith", { emoji }));
  node.setAttribute("aria-pressed", String(own.includes(emoji)));
}

/** What the user can do with a message, by keys or tools. */
class MessageActions {
  #page;
  #node;
  #extras;
  #row;
  #room;

  /**
   * @param {import("../main.js").Page} page
   * @param {HTMLElement} node its row
   * @param {import("../views/Extras.js").Extras} extras
   */
  constructor(page, node, extras) {
    this.#page = page;
    this.#node = node;
    this.#extras = extras;
    this.#row = page.conversation.list?.messageRow(node);
    this.#room = page.conversation.room;
  }

  /** The message is in the log and not deleted. */
  get mayReact() {
    const { id = "", deleted } = this.#row?.message ?? {};
    return id !== "" && !deleted;
  }

  get mayReply() {
    const { chat, conversation } = this.#page;
    return this.mayReact && chat.hasReplies && chat.room(conversation.room).rules.maySpeak;
  }

  get mayChange() {
    return this.mayReact && this.#row?.own === true;
  }

  /** Owners and moderators delete anybody's messages. */
  get mayErase() {
    const { chat, conversation } = this.#page;
    return this.mayChange || (this.mayReact && chat.hasOwners && isModerator(roleIn(chat, conversation.room)));
  }

  get #message() {
    return /** @type {Wire.Message} */ (this.#row?.message);
  }

  edit() {
    this.#page.conversation.composer.edit(this.#message.id, this.#message.text);
  }

  /** Asks first, as it cannot be undone. */
  erase() {
    const { id: target } = this.#message;
    const erase = button(
      say("deleteForAll"),
      () => {
        card.node.close();
        this.#page.conversation.act({ kind: "delete", target });
      },
      "primary danger",
    );
    const quoted = element("blockquote", { class: "quoted", dir: "auto", text: gistOf(this.#message) });
    const card = new Card("deletion", say("deleteQuestion"), quoted, erase);
    card.open();
  }

  /** The user's reactions. */
  get own() {
    const reactions = this.#row?.message.reactions ?? [];
    return reactions.filter(({ users }) => users.includes(this.#page.self.id)).map(({ emoji }) => emoji);
  }

  /** @param {HTMLElement} [anchor] where the picker opens */
  react(anchor = this.#node) {
    const { own } = this;
    void this.#extras.pickEmoji({ anchor, home: this.#node, own, choose: (emoji) => this.toggle(emoji) });
  }

  /** @param {string} emoji of a reaction: choosing an own one removes it */
  toggle(emoji) {
    const { chat } = this.#page;
    const on = !this.own.includes(emoji);
    RecentEmoji.ours.note(emoji);
    chat.say(this.#room, "", { kind: "react", target: this.#message.id, emoji, on });
  }

  reply() {
    this.#page.conversation.composer.answer(this.#message.id);
  }

  /** What is selected of the message, or all of it. */
  quote() {
    const { composer } = this.#page.conversation;
    const quote = (selectedIn(this.#node) || gistOf(this.#message)).replace(/^/gm, "> ");
    composer.write(`${quote}\n@${this.#message.from.name} ${composer.text}`);
  }

  /** Plain http has no clipboard: then the link goes to the address bar. */
  async link() {
    const { conversation, navigation, toast } = this.#page;
    const { room } = conversation;
    const { id } = this.#message;
    const address = new URL(`#/r/${room}/m/${id}`, location.href).href;
    try {
      await navigator.clipboard.writeText(address);
      toast.show(say("linkCopied"));
    } catch {
      navigation.go(room, id);
      toast.show(say("linkInAddress"));
    }
  }

  /** This message and those after it. */
  unread() {
    this.#page.conversation.reading?.markFrom(this.#message.id);
    this.#page.toast.show(say("markedUnread"));
  }

  info() {
    const { chat, conversation } = this.#page;
    void showJourney(chat, conversation.room, this.#message.id);
  }

  copy() {
    const message = this.#row?.message;
    if (message && !message.deleted) void navigator.clipboard?.writeText(copied(message));
  }
}

/** @param {HTMLElement} node of a message */
function selectedIn(node) {
  const selection = getSelection();
  const body = node.querySelector(".text");
  const isInside = body?.contains(selection?.anchorNode ?? null) && body.contains(selection?.focusNode ?? null);
  return isInside ? String(selection).trim() : "";
}

/**
 * Handles a key on the focused message: arrows move the focus, letters act on the message.
 * @param {string} key
 * @param {HTMLElement} node
 * @param {import("../main.js").Page} page
 * @param {import("../views/Extras.js").Extras} extras
 */
export function press(key, node, page, extras) {
  const all = [...find("log", HTMLElement).getElementsByTagName("article")];
  const place = all.indexOf(node);
  const actions = new MessageActions(page, node, extras);
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowUp: () => all[place - 1]?.focus(),
    ArrowDown: () => all[place + 1]?.focus(),
    Home: () => all[0].focus(),
    End: () => toEnd(page.conversation),
    Delete: () => actions.mayErase && actions.erase(),
    r: () => actions.mayReply && actions.reply(),
    q: () => actions.mayReact && actions.quote(),
    c: () => actions.copy(),
    l: () => actions.mayReact && void actions.link(),
    e: () => actions.mayChange && actions.edit(),
    i: () => actions.mayChange && actions.info(),
    u: () => actions.mayReact && actions.unread(),
    "+": () => actions.mayReact && actions.react(),
    "?": () => void extras.showHelp(),
  };
  keys[key]?.();
}

/** @param {import("../views/Conversation.js").Conversation} conversation */
function toEnd(conversation) {
  conversation.markRead();
  const messages = find("log", HTMLElement).getElementsByTagName("article");
  messages[messages.length - 1].focus();
}
