import { button, element, find } from "../views/dom.js";
import { say } from "../words/say.js";
import { Exporter } from "./Exporter.js";
import { Notifier } from "./Notifier.js";

/** What one does seldom: a small list under a button of the header. It closes by Escape, or when one goes elsewhere. */
export class RoomMenu {
  #page;
  #opener = find("more", HTMLButtonElement);
  #node = element("div", {
    class: "menu",
    popover: "auto",
    role: "group",
    "aria-label": say("more"),
  });
  #notify;

  /**
   * @param {import("../views/Page.js").Page} page
   * @param {import("../views/Extras.js").Extras} extras
   */
  constructor(page, extras) {
    this.#page = page;
    this.#notify = this.#item("", () => this.#toggleNotifications());
    const exporter = new Exporter(page.chat, page.toast);
    const room = () => page.conversation.room;
    this.#node.append(
      this.#item(say("searchRoom"), () => extras.search()),
      this.#item(say("switchRoom"), () => extras.switchRoom()),
      ...(Notifier.possible ? [this.#notify] : []),
      this.#item(say("exportJSON"), () => exporter.export(room(), "json")),
      this.#item(say("exportText"), () => exporter.export(room(), "txt")),
      this.#item(say("help"), () => extras.showHelp()),
      this.#item(say("leaveRoom"), () => page.navigation.leave()),
    );
    this.#opener.after(this.#node);
    this.#opener.popoverTargetElement = this.#node;
    this.#node.addEventListener("beforetoggle", () => this.#willToggle());
    this.#node.addEventListener("toggle", () => this.#didToggle());
    // It would lie above what the keyboard comes to next.
    this.#node.addEventListener("focusout", ({ relatedTarget: next }) => {
      const stays = next === this.#opener || (next instanceof Node && this.#node.contains(next));
      if (next && !stays) this.#node.hidePopover();
    });
  }

  show() {
    this.#node.showPopover();
  }

  #prepare() {
    this.#notify.textContent = say(Notifier.of(this.#page).on ? "notifyOff" : "notifyOn");
    const { bottom, left, right } = this.#opener.getBoundingClientRect();
    const toLeft = getComputedStyle(this.#opener).direction === "rtl";
    this.#node.style.insetBlockStart = `${bottom}px`;
    this.#node.style.insetInlineEnd = `${toLeft ? left : innerWidth - right}px`;
  }

  /**
   * @param {string} label
   * @param {() => unknown} act
   */
  #item(label, act) {
    return button(
      label,
      () => {
        this.#node.hidePopover();
        act();
      },
      "menu-item",
    );
  }

  #willToggle() {
    const opens = !this.#node.matches(":popover-open");
    this.#opener.setAttribute("aria-expanded", String(opens));
    if (opens) this.#prepare();
  }

  #didToggle() {
    if (this.#node.matches(":popover-open")) this.#node.querySelector("button")?.focus();
  }

  async #toggleNotifications() {
    const notifier = Notifier.of(this.#page);
    await notifier.set(!notifier.on);
    this.#page.toast.show(
      say(notifier.on ? "notifying" : notifier.denied ? "notifyDenied" : "notNotifying"),
    );
  }
}
