import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";
import { wordsOf } from "./folding.js";
import { foundLink } from "./foundLink.js";
import { RoomSearch } from "./RoomSearch.js";
import { tell } from "./searchStatus.js";

const clock = {
  after: (/** @type {number} */ ms, /** @type {() => void} */ run) => setTimeout(run, ms),
};

/** Search in a room: a field, and what was found, newest first. What was found is still there when one comes back. */
export class SearchPanel {
  /** @type {RoomSearch | undefined} It goes on while no panel is open. */
  static #kept;
  /** @type {SearchPanel | undefined} */
  static #last;
  #search;
  #navigation;
  #card;
  #field = element("input", { id: "search-field", "aria-describedby": "search-hint" });
  #status = element("p", { class: "status", role: "status" });
  #list = element("ul", { class: "found" });
  #further;
  /** What of the search is in the list. */
  #shown = /** @type {Wire.Message[]} */ ([]);

  /**
   * @param {import("../views/Page.js").Page} page
   * @param {string} query what to look for at once
   */
  static show(page, query) {
    if (!SearchPanel.#kept) {
      SearchPanel.#kept = new RoomSearch(page.chat.session, clock);
      SearchPanel.#kept.changed.listen(() => SearchPanel.#last && SearchPanel.#last.#show());
    }
    const search = SearchPanel.#kept;
    search.enter(page.conversation.room);
    const panel = new SearchPanel(search, page.navigation);
    SearchPanel.#last = panel;
    if (!query) return;
    panel.#field.value = query;
    search.search(query);
  }

  /**
   * @param {RoomSearch} search
   * @param {import("../views/Navigation.js").Navigation} navigation
   */
  constructor(search, navigation) {
    this.#search = search;
    this.#navigation = navigation;
    this.#field.maxLength = 100;
    this.#field.autocomplete = "off";
    this.#field.enterKeyHint = "search";
    const submit = element("button", { class: "primary", text: say("search") });
    const label = element("label", { for: "search-field", text: say("searchWords") });
    const row = element("div", { class: "row" }, this.#field, submit);
    const hint = element("p", { id: "search-hint", class: "hint", text: say("searchHint") });
    const form = element("form", { role: "search" }, label, row, hint);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      search.search(this.#field.value);
    });
    this.#further = button(say("searchFurther"), () => search.searchOn(), "further");
    const title = say("searchIn", { room: search.room });
    this.#card = new Card(title, form, this.#status, this.#list, this.#further);
    this.#card.node.classList.add("search");
    this.#card.node.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#field.value = search.query;
    this.#show();
    this.#card.open();
    this.#field.select();
    this.#field.focus();
  }

  #show() {
    const { state, more, before } = this.#search;
    const holder = document.activeElement;
    const place = this.#links.findIndex((link) => link === holder);
    this.#status.textContent = tell(this.#search);
    this.#status.classList.toggle("problem", state === "failed" || state === "impossible");
    const goesOn = state === "failed" || (more && before !== undefined && state !== "impossible");
    this.#further.hidden = !goesOn;
    this.#further.textContent = say(state === "failed" ? "retry" : "searchFurther");
    this.#showMessages();
    const links = this.#links;
    // Whoever had the keyboard may be gone.
    if (place >= 0 && !holder?.isConnected)
      (links[Math.min(place, links.length - 1)] ?? this.#field).focus();
    if (holder === this.#further && !goesOn) (links.at(-1) ?? this.#field).focus();
  }

  get #links() {
    return [...this.#list.querySelectorAll("a")];
  }

  #showMessages() {
    const { query, messages } = this.#search;
    if (messages === this.#shown) return;
    const words = wordsOf(query);
    const goesOn = this.#shown.length > 0 && this.#shown.every((one, at) => one === messages[at]);
    if (!goesOn) this.#list.replaceChildren();
    const fresh = goesOn ? messages.slice(this.#shown.length) : messages;
    this.#list.append(...fresh.map((message) => this.#row(message, words)));
    this.#shown = messages;
  }

  /**
   * @param {Wire.Message} message
   * @param {string[]} words
   */
  #row(message, words) {
    const link = foundLink(message, this.#search.room, words);
    link.addEventListener("click", (event) => this.#go(event, message.id));
    return element("li", {}, link);
  }

  /**
   * @param {MouseEvent} event
   * @param {string} id
   */
  #go(event, id) {
    // Another tab shows it without us.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#card.node.close();
    this.#navigation.go(this.#search.room, id);
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.isComposing) return;
    const stops = [this.#field, ...this.#links];
    const here = stops.findIndex((stop) => stop === document.activeElement);
    if (here < 0) return;
    event.preventDefault();
    stops[here + by]?.focus();
  }
}
