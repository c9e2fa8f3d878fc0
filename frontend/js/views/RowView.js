import { safely } from "../runtime.js";
import { isolated, language, listed, personName, say } from "../words/say.js";
import { answeredLine, inReply } from "./answers.js";
import { button, element, named } from "./dom.js";
import { sentenceOf } from "./events.js";
import { gistOf } from "./gist.js";
import { avatar } from "./person.js";
import { roomsIn, textNodes } from "./textNodes.js";

/**
 * @typedef {import("./arrange.js").Row} Row
 * @typedef {import("./arrange.js").MessageRow} MessageRow
 * @typedef {{ retry: (key: string) => void, invite: () => void, discard: (key: string) => void,
 *   copy: (text: string) => Promise<boolean>, takeBack: (key: string) => void,
 *   rewrite: (key: string) => void, fill: (serial: number) => void,
 *   unfold: (key: string) => void, attachments: () => import("../extras/Attachments.js").Attachments | undefined,
 *   mention: () => RegExp | null, self: () => Wire.User, nameOf: (user: string) => string | undefined,
 *   isRoom: (name: string) => boolean, act: (act: import("../transport/frames.js").Act) => void,
 *   goTo: (id: string) => void }} Actions `mention` matches the user's name
 */

/** Above this, only the number of people is shown. */
const namesTold = 3;

/** A row of the list: a message, or a separator between messages. Keeps its element when its content changes. */
export class RowView {
  node;
  row;
  #actions;
  #shown = "";
  /** Those of a message. */
  #files = /** @type {HTMLElement | null} */ (null);

  /**
   * @param {Row} row
   * @param {Actions} actions
   */
  constructor(row, actions) {
    this.node = row.kind === "message" ? element("article", { tabindex: "-1" }) : element("div");
    this.row = row;
    this.#actions = actions;
  }

  /** @param {Row} row */
  show(row) {
    this.row = row;
    const title = titleOf(row);
    const reactions = row.kind === "message" ? (row.message.reactions ?? []) : [];
    const names = reactions.map(({ users }) => users.map(this.#actions.nameOf));
    const rooms = row.kind === "message" ? roomsIn(row.message.text).filter(this.#actions.isRoom) : [];
    const drawsFiles = row.kind === "message" && row.message.files && this.#actions.attachments() !== undefined;
    const shown = JSON.stringify([row, title, names, rooms, drawsFiles]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    safely(() => {
      try {
        this.#draw(row, title);
      } catch (error) {
        // Still shows the text, and all other rows.
        if (row.kind === "message") this.node.textContent = `${personName(row.message.from)}: ${gistOf(row.message)}`;
        throw error;
      }
    });
  }

  /**
   * @param {Row} row
   * @param {string} title of a day, or what happened
   */
  #draw(row, title) {
    if (row.kind === "message") this.#showMessage(row);
    else if (row.kind === "day") this.#showSeparator("day", title);
    else if (row.kind === "new") this.#showSeparator("new", say("newMessages", { n: row.count }));
    else if (row.kind === "comings") this.#showSeparator("comings", comings(row));
    else if (row.kind === "event") this.#showEvent(row, title);
    else if (row.kind === "empty") this.#showEmpty(row);
    else if (row.kind === "muted") this.#showMuted(row);
    else if (row.kind === "gap") this.#showGap(row);
    else this.#showUndone(row);
  }

  /** @param {MessageRow} row */
  #showMessage(row) {
    const { message, own, continued, state, act, answered } = row;
    const mention = own ? null : this.#actions.mention();
    const isNamed = mention !== null && message.text.search(mention) >= 0;
    const mentioned = isNamed || (answered?.own && !own) ? " mentioned" : "";
    const failed = act && act.state !== "pending" ? " failed" : "";
    const files =
      message.files && !message.deleted ? (this.#actions.attachments()?.draw(row, this.#files) ?? null) : null;
    const kind = `${own ? " own" : ""}${answered ? " reply" : ""}${files ? " with-files" : ""}`;
    const marks = `${kind}${row.editing ? " in-field" : ""}${row.waits ? " waits" : ""}`;
    this.node.className = `message ${state}${marks}${failed}${continued ? " continued" : ""}${mentioned}`;
    const time = timeOfDay(message.ts);
    const sender = personName(message.from);
    const text = message.deleted ? say("deleted") : message.text;
    this.node.ariaCurrent = row.linked ? "true" : null;
    const who = answered ? `${isolated(sender)}, ${inReply(answered)}` : isolated(sender);
    const gist = message.deleted ? text : gistOf(message);
    this.node.setAttribute("aria-label", `${who}, ${time.textContent}: ${isolated(gist)}`);
    const body = element("div", { class: "text", dir: "auto" });
    if (message.deleted) body.append(element("em", { class: "gone", text }));
    else body.append(...textNodes(text, mention));
    this.#linkRooms(body);
    const kept = this.#files === files && files?.contains(document.activeElement) ? document.activeElement : null;
    const focused = document.activeElement?.closest(".message > .answered, .message > :not(.tools, .files) *");
    const holder = focused && this.node.contains(focused) ? focused.textContent : null;
    // The tools of extras/MessageBar.js stay: they may have the focus.
    for (const child of this.node.querySelectorAll(":scope > :not(.tools)")) child.remove();
    this.node.prepend(
      avatar(message.from),
      element("header", {}, named(sender, "name sender"), time),
      ...(answered ? [answeredLine(answered, this.#actions.goTo)] : []),
      body,
      ...(files ? [files] : []),
      ...aftermath(row, this.#actions),
      ...stateOf(row, this.#actions),
    );
    setReach(this.node, this.node.tabIndex);
    this.#files = files;
    if (kept instanceof HTMLElement) kept.focus();
    if (holder !== null) this.#focusAgain(holder);
    if (message.deleted) this.node.querySelector(".tools")?.remove();
  }

  /** @param {HTMLElement} body */
  #linkRooms(body) {
    for (const sign of body.querySelectorAll(".room:not(a *)")) {
      const text = sign.textContent ?? "";
      if (this.#actions.isRoom(text.slice(1)))
        sign.replaceWith(element("a", { class: "room", href: `#/r/${text.slice(1)}`, text }));
    }
  }

  /** @param {string | null} holder the text of the focused link or button: its successor gets the focus, or else the row */
  #focusAgain(holder) {
    // The rest of a reaction is its count.
    const word = holder?.split(" ")[0];
    const all = [...this.node.querySelectorAll("a, button")];
    const same = all.find((one) => one.textContent?.split(" ")[0] === word) ?? this.node;
    if (same instanceof HTMLElement) same.focus();
  }

  /**
   * @param {string} className
   * @param {string} text
   */
  #showSeparator(className, text) {
    this.node.className = `separator ${className}`;
    this.node.replaceChildren(element("span", { title: text, text }));
    this.node.hidden = text === "";
  }

  /**
   * @param {import("./arrange.js").EventRow} row
   * @param {string} title
   */
  #showEvent({ entry }, title) {
    this.#showSeparator("comings event", title);
    this.node.append(timeOfDay(entry.ts));
  }

  /** @param {import("./arrange.js").EmptyRow} row */
  #showEmpty({ label, isOpen, invites, unknown }) {
    this.node.className = "empty-room";
    const name = element("p", { class: "empty-name", text: label });
    if (unknown) return this.node.replaceChildren(name, element("p", { text: say("notReached", { room: label }) }));
    this.node.replaceChildren(
      name,
      element("p", { text: say(isOpen ? "emptyRoom" : "emptyPrivate", { room: label }) }),
      ...(invites ? [button(say("invitePeopleOffer"), () => this.#actions.invite(), "primary")] : []),
      element("p", { class: "sample", text: say("formattingHint") }),
    );
  }

  /** @param {import("./arrange.js").MutedRow} row */
  #showMuted({ key, count, open }) {
    const focused = this.node.contains(document.activeElement);
    const unfold = button(say("mutedMessages", { n: count }), () => this.#actions.unfold(key));
    unfold.setAttribute("aria-expanded", String(open));
    this.node.className = "separator muted";
    this.node.replaceChildren(unfold);
    if (focused) unfold.focus();
  }

  /** @param {import("./arrange.js").GapRow} row */
  #showGap({ lost, open, serial }) {
    this.#showSeparator("gap", lost === null ? say("gapUnknown") : say("gapLost", { n: lost }));
    if (open) this.node.append(button(say("fillGap"), () => this.#actions.fill(serial)));
  }

  /** @param {import("./arrange.js").UndoneRow} row */
  #showUndone({ href, act }) {
    this.node.className = "separator gap";
    const message = element("a", { class: "link", href, text: say("earlierMessage") });
    this.node.replaceChildren(...failure(act, this.#actions), message);
  }
}

/** @param {Row} row */
function titleOf(row) {
  if (row.kind === "day") return nameOfDay(row.at);
  return row.kind === "event" ? sentenceOf(row.entry, row.room, row.before) : "";
}

/**
 * Sets whether Tab stops at a message, what it answers, its links and its reactions.
 * @param {HTMLElement} row
 * @param {number} tabIndex
 */
export function setReach(row, tabIndex) {
  row.tabIndex = tabIndex;
  for (const part of row.querySelectorAll(".chip, button.answered, :is(.text, .files) :is(a, button)"))
    if (part instanceof HTMLElement) part.tabIndex = tabIndex;
}

/** @param {import("../store/Timeline.js").Note} note */
function comings({ joined, left }) {
  const names = (/** @type {Wire.User[]} */ list) =>
    list.length > namesTold ? say("people", { n: list.length }) : listed(list.map(personName));
  return [
    ...(joined.length > 0 ? [say("joined", { n: joined.length, names: names(joined) })] : []),
    ...(left.length > 0 ? [say("leftRoom", { n: left.length, names: names(left) })] : []),
  ].join(" · ");
}

/**
 * The state of our own message, or of our act on a message, until it is sent.
 * @param {MessageRow} row
 * @param {Actions} actions
 * @returns {Node[]}
 */
function stateOf({ state, reason, message, act, editing, waits }, actions) {
  const { key = "" } = message;
  const doing = act ?? { key, state, reason };
  const line = (/** @type {Node[]} */ ...parts) => [element("p", { class: "state hint" }, ...parts)];
  if (waits) return line(waiting(key, actions));
  if (doing.state === "pending") return line(element("span", { class: "sending", text: say("sending") }));
  if (doing.state !== "sent") return line(...failure(doing, actions));
  return editing ? line(element("span", { class: "editing-mark", text: say("inField") })) : [];
}

/**
 * A message that the server does not have can be taken back.
 * @param {string} key
 * @param {Actions} actions
 */
function waiting(key, { takeBack, rewrite }) {
  return element(
    "span",
    { class: "sending" },
    element("span", { text: say("sending") }),
    button(say("edit"), () => rewrite(key)),
    button(say("delete"), () => takeBack(key)),
  );
}

const words = /** @type {const} */ ({
  edit: "editNotDone",
  delete: "deletionNotDone",
  react: "reactionNotDone",
});

/**
 * Why a message or an act failed, and the buttons to retry or discard it.
 * @param {Omit<import("./arrange.js").Doing, "state"> & { state: string }} what without a kind: a message
 * @param {Actions} actions
 */
function failure({ key, state, reason, kind, final, text: edit }, { retry, discard, copy }) {
  const unsure = state === "unsure";
  const word = kind ? words[kind] : "notSent";
  const text = unsure ? say("unsure") : say(word, { reason: reason ?? say("notConfirmed") });
  return [
    element("span", { class: "problem", text }),
    ...(kind && final ? [] : [button(say(unsure ? "sendAgain" : "retry"), () => retry(key))]),
    ...(edit === undefined ? [] : [copyButton(() => copy(edit))]),
    button(say(kind ? "giveUp" : "delete"), () => discard(key)),
  ];
}

/** @param {() => Promise<boolean>} copy */
function copyButton(copy) {
  const made = button(say("copy"), async () => {
    if (await copy()) made.textContent = say("copied");
  });
  return made;
}

/**
 * Whether a message was edited, and its reactions.
 * @param {MessageRow} row
 * @param {Actions} actions
 * @returns {Node[]}
 */
function aftermath({ message }, { self, nameOf, act }) {
  const { id, edited, reactions = [] } = message;
  if (!edited && reactions.length === 0) return [];
  const shown = element("footer", { class: "aftermath" });
  if (edited) shown.append(element("span", { class: "edited", text: say("edited") }));
  for (const { emoji, users } of reactions) {
    const own = users.includes(self().id);
    const people = reactorsOf(users, nameOf);
    const chip = button(`${emoji} ${users.length}`, () => act({ kind: "react", target: id, emoji, on: !own }), "chip");
    chip.setAttribute("aria-pressed", String(own));
    chip.setAttribute("aria-label", say("reaction", { emoji, names: people }));
    chip.title = people;
    shown.append(chip);
  }
  return [shown];
}

/**
 * Who reacted, as far as their names are known here.
 * @param {string[]} users
 * @param {(user: string) => string | undefined} nameOf
 */
export function reactorsOf(users, nameOf) {
  const known = users.map((id) => ({ id, name: nameOf(id) ?? "" }));
  const names = known.filter(({ name }) => name).map(personName);
  const others = users.length - names.length;
  return listed(others > 0 ? [...names, say("people", { n: others })] : names);
}

const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });
const dayNear = new Intl.DateTimeFormat(language, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const dayFar = new Intl.DateTimeFormat(language, { dateStyle: "long" });

/**
 * A time of day in the user's zone, with the full date in the tooltip.
 * @param {number} milliseconds
 */
export function timeOfDay(milliseconds) {
  const date = dateOf(milliseconds);
  return element("time", {
    datetime: date.toISOString(),
    title: full.format(date),
    text: clock.format(date),
  });
}

/**
 * "Today", "Yesterday", or the date.
 * @param {number} milliseconds
 * @param {Date} [now]
 */
export function nameOfDay(milliseconds, now = new Date()) {
  const date = dateOf(milliseconds);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return say("today");
  if (date.toDateString() === yesterday.toDateString()) return say("yesterday");
  return (date.getFullYear() === now.getFullYear() ? dayNear : dayFar).format(date);
}

/**
 * Clamped: formatting a time outside the range of `Date` would throw.
 * @param {number} milliseconds
 */
function dateOf(milliseconds) {
  return new Date(Math.max(-8.64e15, Math.min(milliseconds, 8.64e15)) || 0);
}
