import { element, find } from "../views/dom.js";
import { say } from "../words/say.js";
import { MessageActions } from "./MessageActions.js";

/** @typedef {"react" | "reply" | "link" | "edit" | "info" | "erase"} Name */

const paths = {
  react:
    "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15M7 8.200v.1M13 8.200v.1M6.500 11.500c1.600 3 5.400 3 7 0",
  reply: "M8 5 3.500 9.500 8 14M3.500 9.500H11c3.500 0 5.500 2 5.500 5.500",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l2.800-2.800a3 3 0 0 0-4.300-4.300l-1 1M11.500 8.500a3 3 0 0 0-4.300 0l-2.800 2.800a3 3 0 0 0 4.300 4.300l1-1",
  edit: "m4 16 .8-3.600L13 4.200l2.800 2.800-8.200 8.200z",
  info: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15M10 6.200v.1M10 9.500v4.300",
  erase: "M4 5.500h12M8 5.500V3.500h4v2M5.500 5.500l.7 11h7.600l.7-11",
};

const touch = matchMedia("(pointer: coarse)");

/** The tools of the message that the pointer or the keyboard is on: one set of them, which goes from row to row. */
export class MessageBar {
  #page;
  #node = element("div", { class: "tools", role: "group", "aria-label": say("messageTools") });
  #buttons = /** @type {Map<Name, HTMLButtonElement>} */ (new Map());

  /** @param {import("../views/Page.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#add("react", say("react"));
    this.#add("reply", say("reply"));
    this.#add("link", say("link"));
    this.#add("edit", say("edit"));
    this.#add("info", say("info"));
    this.#add("erase", say("delete"));
    find("log", HTMLElement).addEventListener("focusout", ({ relatedTarget }) => {
      const message = this.#node.parentElement;
      this.#reach(relatedTarget instanceof Node && message?.contains(relatedTarget) === true);
    });
  }

  /** @param {HTMLElement} message */
  show(message) {
    // Who leaves the tools stays at their message; that shows them there once more.
    const left = this.#node.contains(document.activeElement) && !message.contains(this.#node);
    if (left) this.#node.closest("article")?.focus();
    const { mayReact, mayChange } = new MessageActions(this.#page, message);
    const allowed = {
      react: mayReact,
      reply: mayReact,
      link: mayReact,
      edit: mayChange,
      info: mayChange,
      erase: mayChange,
    };
    for (const [name, tool] of this.#buttons) tool.hidden = !allowed[name];
    this.#reach(message.contains(document.activeElement));
    if (this.#node.parentElement === message && mayReact) return;
    this.#node.remove();
    if (mayReact) message.append(this.#node);
    if (touch.matches) message.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} here whether Tab stops at the tools: only where the keyboard is already */
  #reach(here) {
    for (const tool of this.#buttons.values()) tool.tabIndex = here ? 0 : -1;
  }

  /**
   * @param {Name} name
   * @param {string} label
   */
  #add(name, label) {
    const tool = element(
      "button",
      { type: "button", "aria-label": label, title: label },
      icon(paths[name]),
    );
    tool.addEventListener("click", () => {
      const message = this.#node.closest("article");
      if (message) new MessageActions(this.#page, message)[name]();
    });
    this.#buttons.set(name, tool);
    this.#node.append(tool);
  }
}

/** @param {string} path */
function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  drawing.setAttribute("viewBox", "0 0 20 20");
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}
