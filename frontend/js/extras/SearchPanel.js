import { clock } from "../runtime.js";
import { button, composes, element, named } from "../views/dom.js";
import { filesNamed } from "../views/gist.js";
import { nameOfDay, timeOfDay } from "../views/RowView.js";
import { language, personName, say } from "../words/say.js";
import { Card } from "./Card.js";
import { pieces, wordsOf } from "./folding.js";
import { RoomSearch } from "./RoomSearch.js";

/** Search in a room: a field and the results, newest first. Reopened, it still has the results. */
export class SearchPanel {
  /** @type {RoomSearch | undefined} Its results outlive the panel. */
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
  /** The results in the list. */
  #shown = /** @type {Wire.Message[]} */ ([]);

  /**
   * @param {import("../main.js").Page} page
   * @param {string} query to start with, or ""
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
    const label = element("label", {
      class: "hint",
      for: "search-field",
      text: say("searchWords"),
    });
    const row = element("div", { class: "row" }, this.#field, submit);
    const hint = element("p", { id: "search-hint", class: "hint", text: say("searchHint") });
    const form = element("form", { role: "search" }, label, row, hint);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      search.search(this.#field.value);
    });
    const goOn = () => (search.state === "searching" ? search.stop() : search.searchOn());
    this.#further = button("", goOn, "further");
    const title = say("searchIn", { room: navigation.labelOf(search.room) });
    this.#card = new Card("search", title, form, this.#status, this.#list, this.#further);
    this.#card.heading.className = "name";
    this.#card.heading.title = title;
    this.#card.node.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#card.node.addEventListener("close", () => search.stop());
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
    const further = more && before !== undefined && state !== "impossible";
    const goesOn = state === "failed" || state === "searching" || state === "stopped" || further;
    const words = /** @type {const} */ ({ failed: "retry", searching: "stopSearch" });
    this.#further.hidden = !goesOn;
    this.#further.textContent = say(words[/** @type {"failed"} */ (state)] ?? "searchFurther");
    this.#showMessages();
    const links = this.#links;
    // The focused result may be gone.
    if (place >= 0 && !holder?.isConnected) (links[Math.min(place, links.length - 1)] ?? this.#field).focus();
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
   * A result: sender, time, and the text with its matches marked, as a link to the message.
   * @param {Wire.Message} message
   * @param {string[]} words folded
   */
  #row({ id, from, text, ts, files }, words) {
    const shown = pieces(text, words).map((piece) =>
      piece.match ? element("mark", { text: piece.text }) : new Text(piece.text),
    );
    const link = element(
      "a",
      { href: `#/r/${this.#search.room}/m/${id}` },
      named(personName(from), "name sender"),
      element("span", { class: "when hint" }, new Text(`${nameOfDay(ts)}, `), timeOfDay(ts)),
      element("span", { class: "what", dir: "auto" }, ...shown),
      ...(files ? [element("span", { class: "what hint", text: filesNamed(files) })] : []),
    );
    link.addEventListener("click", (event) => this.#go(event, id));
    return element("li", {}, link);
  }

  /**
   * @param {MouseEvent} event
   * @param {string} id
   */
  #go(event, id) {
    // The browser opens it in another tab.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#card.node.close();
    this.#navigation.go(this.#search.room, id);
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || composes(event)) return;
    const stops = [this.#field, ...this.#links];
    const here = stops.findIndex((stop) => stop === document.activeElement);
    if (here < 0) return;
    event.preventDefault();
    stops[here + by]?.focus();
  }
}

const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/**
 * The state of a search, in a line.
 * @param {import("./RoomSearch.js").RoomSearch} search
 */
export function tell({ state, waiting, messages, more, before }) {
  if (state === "idle") return "";
  if (state === "failed") return say("notSearched");
  if (state === "impossible") return say("cannotSearch");
  // An id starts with the time.
  const date = before ? moment.format(Number(before.split("-")[0])) : "";
  const back = date ? say("searchedBack", { date }) : "";
  const n = messages.length;
  const some = n > 0 ? say("found", { n: more || state !== "done" ? `${n}+` : n }) : "";
  const joined = (/** @type {string[]} */ ...sentences) => sentences.filter(Boolean).join(" ");
  if (state === "searching") return joined(say(waiting ? "searchWaits" : "searching"), some, back);
  if (state === "stopped") return joined(say("searchStopped"), some, back);
  return joined(some || say("nothingFound"), (more && back) || say("searchedAll"));
}
