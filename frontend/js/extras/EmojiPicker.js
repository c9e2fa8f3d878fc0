import { button, composes, element, find, isEnter } from "../views/dom.js";
import { isGerman, say } from "../words/say.js";
import { replaceIn } from "./Completion.js";
import { fitting } from "./completing.js";
import { emoji } from "./emoji.js";
import { RecentEmoji, typedEmoji } from "./recentEmoji.js";

/** In pixels, between the picker and what it belongs to or the edges of the window. */
const gap = 8;
const mostFound = 60;
const recentRows = 2;
const coarse = matchMedia("(pointer: coarse)");

const all = emoji(isGerman).map(({ text, title, names, group }) => ({
  key: text,
  title,
  label: names[0],
  insert: text,
  found: names.slice(1),
  group,
}));
const groups = [...new Set(all.map(({ group }) => group))];

/**
 * What is asked for: `anchor` is where the picker opens, `home` gets the focus when it closes, and `own` are marked.
 *
 * @typedef {{ anchor: HTMLElement, home: HTMLElement, own?: string[], choose: (emoji: string) => void }} Question
 */

/**
 * Chooses an emoji: a recent one, one of a category, one found by its name, or any that is pasted into the field. It opens
 * at what it belongs to, on phones as a sheet. The field is a combobox with a grid: arrow keys move in the grid while the
 * focus stays in the field.
 */
export class EmojiPicker {
  #question;
  #recent = RecentEmoji.ours;
  #field = element("input", {
    role: "combobox",
    "aria-label": say("emojiSearch"),
    placeholder: say("emojiSearch"),
    "aria-autocomplete": "list",
    "aria-haspopup": "grid",
    "aria-expanded": "true",
    "aria-controls": "emoji-grid",
    autocomplete: "off",
    autocapitalize: "none",
    enterkeyhint: "done",
    spellcheck: "false",
  });
  #groups = element("div", { class: "emoji-groups", role: "toolbar", "aria-label": say("emojiGroups") });
  #grid = element("div", { id: "emoji-grid", role: "grid", tabindex: "0", "aria-label": say("emoji") });
  #status = element("p", { class: "hint", role: "status" });
  #node;
  #columns;
  /** The emoji as they are shown. */
  #rows = /** @type {HTMLElement[][]} */ ([]);
  /** The rows with which categories begin. */
  #starts = /** @type {number[]} */ ([]);
  #row = 0;
  #column = 0;

  /** @param {Question} question */
  constructor(question) {
    this.#question = question;
    this.#columns = coarse.matches ? Math.floor((Math.min(innerWidth, 512) - 2 * gap) / 44) : 9;
    const close = button("✕", () => this.#close(), "close");
    close.setAttribute("aria-label", say("close"));
    this.#node = element(
      "div",
      { class: "emoji-picker raised", popover: "auto", role: "dialog", "aria-label": say("emoji"), tabindex: "-1" },
      element("div", { class: "emoji-head" }, this.#field, close),
      this.#status,
      this.#groups,
      this.#grid,
    );
    this.#node.style.setProperty("--columns", String(this.#columns));
    for (const [place, group] of groups.entries()) this.#groups.append(this.#groupButton(group, place));
    this.#field.addEventListener("input", () => this.#show());
    this.#node.addEventListener("keydown", (event) => this.#keyDown(event));
    this.#grid.addEventListener("click", ({ target }) => this.#take(target));
    // It would cover the element that gets the focus.
    this.#node.addEventListener("focusout", ({ relatedTarget: next }) => {
      const stays = next === question.anchor || (next instanceof Node && this.#node.contains(next));
      if (next && !stays) this.#node.hidePopover();
    });
    this.#node.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#didClose();
    });
    this.#show();
    this.#open();
  }

  #open() {
    const { anchor } = this.#question;
    document.body.append(this.#node);
    // The browser opens it, and closes it if its button is clicked again.
    if (anchor instanceof HTMLButtonElement && anchor.ariaExpanded) {
      anchor.popoverTargetElement = this.#node;
      anchor.ariaExpanded = "true";
    }
    this.#node.showPopover();
    this.#place(anchor.getBoundingClientRect());
    // On touch screens, the keyboard would cover the half of it.
    if (coarse.matches) this.#grid.focus();
    else this.#field.focus();
  }

  /**
   * Below or above what it belongs to, within the window. Phones ignore it.
   * @param {DOMRect} anchor
   */
  #place({ top, bottom, right }) {
    const { offsetWidth: width, offsetHeight: height, style } = this.#node;
    const lowest = innerHeight - height - gap;
    const above = top - height - gap;
    const y = bottom + gap > lowest && above >= gap ? above : Math.max(gap, Math.min(bottom + gap, lowest));
    style.setProperty("--x", `${Math.max(gap, Math.min(right, innerWidth - gap) - width)}px`);
    style.setProperty("--y", `${y}px`);
  }

  #close() {
    this.#node.hidePopover();
    this.#question.home.focus();
  }

  #didClose() {
    const { anchor } = this.#question;
    // Not any more once it is out of the page.
    if (anchor instanceof HTMLButtonElement && anchor.popoverTargetElement === this.#node) {
      anchor.popoverTargetElement = null;
      anchor.ariaExpanded = "false";
    }
    this.#node.remove();
  }

  /**
   * @param {string} group
   * @param {number} place
   */
  #groupButton(group, place) {
    const sign = all.find((one) => one.group === group)?.insert ?? "";
    const made = button(sign, () => this.#goTo(this.#starts[place + 1]), "emoji");
    made.setAttribute("aria-label", group);
    made.title = group;
    // Tab stops at the first; arrow keys go to the others.
    made.tabIndex = place === 0 ? 0 : -1;
    return made;
  }

  /** @param {number} row the first one of a category */
  #goTo(row) {
    const group = this.#rows[row][0].closest("[role=rowgroup]");
    this.#choose(row, 0);
    group?.scrollIntoView({ block: "start" });
  }

  /** What the field says: nothing, an emoji, or a part of a name. */
  #show() {
    const query = this.#field.value.trim();
    const pasted = query && typedEmoji(query);
    const named =
      query && !pasted ? fitting(all, query.replace(/\s+/g, "_"), mostFound).map(({ insert }) => insert) : [];
    const found = pasted ? [pasted] : named;
    this.#groups.hidden = query !== "";
    this.#rows = [];
    this.#starts = [];
    this.#grid.replaceChildren();
    if (query === "") {
      this.#add(say("emojiRecent"), this.#recent.latest(recentRows * this.#columns));
      for (const name of groups)
        this.#add(
          name,
          all.filter(({ group }) => group === name).map(({ insert }) => insert),
        );
    } else if (found.length > 0) this.#add(say("suggested", { n: found.length }), found);
    this.#status.textContent =
      query === "" ? "" : found.length > 0 ? say("suggested", { n: found.length }) : say("nothingFound");
    this.#status.classList.toggle("unseen", found.length > 0 || query === "");
    this.#grid.scrollTop = 0;
    // A finger needs no mark.
    if (coarse.matches && query === "") this.#unmark();
    else this.#choose(0, 0);
  }

  /**
   * @param {string} title
   * @param {string[]} emojis
   */
  #add(title, emojis) {
    this.#starts.push(this.#rows.length);
    const heading = element("p", { class: "hint", "aria-hidden": "true", text: title });
    const group = element("div", { role: "rowgroup", "aria-label": title }, heading);
    for (let start = 0; start < emojis.length; start += this.#columns) {
      const cells = emojis.slice(start, start + this.#columns).map((one, column) => this.#cell(one, column));
      this.#rows.push(cells);
      group.append(element("div", { role: "row" }, ...cells));
    }
    this.#grid.append(group);
  }

  /**
   * @param {string} text
   * @param {number} column
   */
  #cell(text, column) {
    const name = all.find(({ insert }) => insert === text)?.title ?? text;
    const own = this.#question.own?.includes(text);
    const cell = element("span", {
      id: `emoji-${this.#rows.length}-${column}`,
      role: "gridcell",
      class: own ? "emoji own" : "emoji",
      "aria-label": own ? say("emojiOwn", { emoji: name }) : name,
      "aria-selected": "false",
      title: name,
      text,
    });
    cell.dataset.emoji = text;
    return cell;
  }

  get #chosen() {
    return this.#rows[this.#row]?.[this.#column];
  }

  #unmark() {
    this.#chosen?.setAttribute("aria-selected", "false");
    for (const one of [this.#field, this.#grid]) one.removeAttribute("aria-activedescendant");
    this.#row = -1;
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  #choose(row, column) {
    this.#unmark();
    this.#row = Math.max(0, Math.min(row, this.#rows.length - 1));
    this.#column = Math.max(0, Math.min(column, (this.#rows[this.#row]?.length ?? 0) - 1));
    const chosen = this.#chosen;
    if (!chosen) return;
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    for (const one of [this.#field, this.#grid]) one.setAttribute("aria-activedescendant", chosen.id);
  }

  /** @param {KeyboardEvent} event */
  #keyDown(event) {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    // The shortcuts of the page are for what is behind.
    event.stopPropagation();
    if (composes(event) || ctrlKey || metaKey || altKey || shiftKey) return;
    if (key === "Escape") this.#close();
    else if (target instanceof HTMLButtonElement) {
      const { nextElementSibling: next, previousElementSibling: previous } = target;
      const other = key === "ArrowRight" ? next : key === "ArrowLeft" ? previous : null;
      if (!(other instanceof HTMLButtonElement) || !this.#groups.contains(target)) return;
      other.focus();
    } else if (isEnter(event) || (key === " " && target === this.#grid)) this.#take(this.#chosen ?? null);
    else if (!this.#move(key, target === this.#grid)) {
      // What is typed is looked for.
      if (key.length === 1) this.#field.focus();
      return;
    }
    event.preventDefault();
  }

  /**
   * @param {string} key
   * @param {boolean} inGrid in the field, Home and End move its caret
   * @returns whether the key moves in the grid
   */
  #move(key, inGrid) {
    const [row, column, length] = [this.#row, this.#column, this.#rows[this.#row]?.length ?? 0];
    const later = this.#starts.find((start) => start > row) ?? row;
    const earlier = this.#starts.filter((start) => start < row).at(-1) ?? row;
    /** @type {Record<string, [number, number]>} */
    const places = {
      ArrowRight: column + 1 < length || row + 1 >= this.#rows.length ? [row, column + 1] : [row + 1, 0],
      ArrowLeft: column > 0 || row <= 0 ? [row, column - 1] : [row - 1, this.#columns],
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      PageDown: [later, 0],
      PageUp: [earlier, 0],
      ...(inGrid && { Home: [row, 0], End: [row, this.#columns] }),
    };
    if (!Object.hasOwn(places, key)) return false;
    this.#choose(...places[key]);
    return true;
  }

  /** @param {EventTarget | null} target */
  #take(target) {
    const { emoji: chosen } = (target instanceof HTMLElement && target.dataset) || {};
    if (!chosen) return;
    this.#recent.note(chosen);
    this.#close();
    this.#question.choose(chosen);
  }
}

/**
 * Types an emoji into the field to write in, at the caret.
 * @param {HTMLButtonElement} anchor
 */
export function writeEmoji(anchor) {
  const field = find("composer-text", HTMLTextAreaElement);
  new EmojiPicker({
    anchor,
    home: anchor,
    choose: (chosen) => {
      field.focus();
      if (!field.readOnly) replaceIn(field, field.selectionStart, field.selectionEnd, chosen);
    },
  });
}
