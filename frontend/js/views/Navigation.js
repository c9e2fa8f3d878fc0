import { Signal } from "../runtime.js";
import { MyRooms, lobby } from "../store/storage.js";
import { properName } from "../store/text.js";
import { isolated, personName, reasonOf, say } from "../words/say.js";
import { find } from "./dom.js";

const invitationKey = "webchat.invitation";

/**
 * What a room is called: by the other user of a direct room, by its title, or by its name.
 * @param {string} room
 * @param {Wire.Rules} rules
 */
export function titleOf(room, { title, with: other }) {
  const kind = MyRooms.kindOf(room);
  return (
    (other && personName(other)) ||
    title ||
    (kind === "open" ? room : say(kind === "direct" ? "directRoom" : "privateRoom"))
  );
}

/**
 * The same inside a sentence: names of rooms are marked as such.
 * @param {string} room
 * @param {Wire.Rules} rules
 */
export function labelOf(room, rules) {
  const title = titleOf(room, rules);
  return title === room ? `#${room}` : isolated(title);
}

/** The rooms of the user, and the one on screen: the address names it. */
export class Navigation {
  /** Another room is shown, or the list of rooms has changed. */
  changed = new Signal();
  /** The user went to the address, perhaps again. */
  addressed = new Signal();
  /** The address has no valid room: see `wrong`. */
  misled = new Signal();
  /** The address was an invitation: see `invitation`. */
  invited = new Signal();
  /** The address was a link to a user: see `link`. */
  linked = new Signal();
  /** @type {{ token: string, room: string, others: string[] } | null} until it is followed */
  link = null;
  /** @type {{ name: string, message: string } | null} */
  wrong = null;
  #page;
  #rooms;
  #notes;
  #visit;

  /**
   * @param {import("../main.js").Page} page
   * @param {MyRooms} rooms
   * @param {import("../store/RoomStore.js").RoomNotes} notes
   * @param {import("../store/storage.js").MemoryStorage} visit lasts as long as the tab
   */
  constructor(page, rooms, notes, visit) {
    this.#visit = visit;
    this.#page = page;
    this.#rooms = rooms;
    this.#notes = notes;
    rooms.changed.listen(() => this.#followOtherTabs());
    // Not hashchange: following the same link again counts, too.
    addEventListener("popstate", () => this.#open());
  }

  begin() {
    this.#page.chat.beIn(this.#rooms.list);
    this.#open();
  }

  /** The rooms of the user, with their unread messages. */
  get rooms() {
    const { chat, conversation } = this.#page;
    return this.#rooms.list.map((name) => {
      const { rules } = chat.room(name);
      const unread = conversation.reading?.unreadOf(name) ?? { count: 0, mentions: 0, more: false };
      const muted = this.#notes.note("level", name) === "nothing";
      return { name, title: titleOf(name, rules.now), kind: MyRooms.kindOf(name), muted, unread };
    });
  }

  /** The id of the message that the address names, or "". */
  get message() {
    return MyRooms.messageInAddress(location.hash);
  }

  /**
   * @param {string} room
   * @param {string} [message]
   */
  go(room, message) {
    const hash = `#/r/${room}${message ? `/m/${message}` : ""}`;
    if (hash === location.hash) this.#open();
    else location.hash = hash;
  }

  /**
   * What a room is called in a sentence.
   * @param {string} room
   */
  labelOf(room) {
    return labelOf(room, this.#page.chat.room(room).rules.now);
  }

  /** The private rooms that the user has closed in this browser. */
  get closed() {
    return this.#rooms.closed;
  }

  /** The token of an invitation that is not answered yet, or "". It outlives signing in on another page. */
  get invitation() {
    return this.#visit.getItem(invitationKey) ?? "";
  }

  /** @param {string} token */
  set invitation(token) {
    if (token) this.#visit.setItem(invitationKey, token);
    else this.#visit.removeItem(invitationKey);
  }

  /**
   * Enters a room without going there.
   * @param {string} room
   * @param {boolean} [news] all of its messages are unread
   * @returns {boolean} false: the limit is reached
   */
  include(room, news = false) {
    if (!this.#rooms.add(room)) return false;
    if (news && this.#notes.read(room) === null) this.#notes.setRead(room, "0-0");
    this.#page.chat.enter(room);
    return true;
  }

  /** Leaves the room on screen, unless it is the only one. */
  leave() {
    const { room } = this.#page.conversation;
    const next = this.#neighbor(room) ?? lobby;
    if (next === room) return this.#page.toast.show(say("onlyRoom"));
    this.#rooms.remove(room);
    this.#notes.forget(room);
    this.#page.chat.leave(room);
    this.go(next);
  }

  #followOtherTabs() {
    const rooms = this.#rooms.list;
    this.#page.chat.beIn(rooms);
    const left = this.#page.conversation.room;
    if (!rooms.includes(left)) this.#leaveAsElsewhere(left, rooms[0] ?? lobby);
    this.changed.emit();
  }

  /**
   * Another tab has left the room on screen.
   * @param {string} left
   * @param {string} next
   */
  #leaveAsElsewhere(left, next) {
    this.#moveAway(next);
    const room = this.labelOf(left);
    this.#page.toast.ask(say("leftElsewhere", { room }), {
      [say("goTo", { room })]: () => this.go(left),
      [say("ok")]: () => {},
    });
  }

  /**
   * Takes a room from the list that the user may not enter.
   * @param {string} room
   * @param {boolean} [forGood] false: what is read there still counts when the user signs in again
   */
  drop(room, forGood = true) {
    const { conversation } = this.#page;
    const next = this.#neighbor(room) ?? lobby;
    this.#rooms.remove(room, false);
    if (forGood) this.#notes.forget(room);
    if (room === conversation.room) this.#moveAway(next);
    this.changed.emit();
  }

  /** @param {string} room */
  #neighbor(room) {
    const rooms = this.#rooms.list;
    const place = rooms.indexOf(room);
    return rooms[place + 1] ?? rooms[place - 1];
  }

  /**
   * Shows another room. The text in the field stays a draft, and the field loses the focus, so that nothing is typed into
   * the wrong room.
   * @param {string} next
   */
  #moveAway(next) {
    const { composer } = this.#page.conversation;
    composer.keepDraft();
    this.#setAddress(next);
    this.#open();
    composer.blur();
  }

  /**
   * Corrects the address without navigating.
   * @param {string} room
   */
  #setAddress(room) {
    history.replaceState(history.state, "", `#/r/${room}`);
  }

  #open() {
    const { chat, conversation, toast } = this.#page;
    const invitation = MyRooms.invitationInAddress(location.hash);
    if (invitation) {
      // Whoever sees the address later must not be able to use it.
      this.invitation = invitation;
      this.#setAddress(conversation.room || this.#rooms.list[0] || lobby);
      this.#open();
      return this.invited.emit();
    }
    const link = MyRooms.linkInAddress(location.hash);
    if (link) {
      this.link = link;
      this.#setAddress(conversation.room || this.#rooms.list[0] || lobby);
      this.#open();
      return this.linked.emit();
    }
    const wrong = MyRooms.wrongInAddress(location.hash);
    if (wrong) {
      this.wrong = { name: wrong, message: this.message };
      this.#setAddress(conversation.room || this.#rooms.list[0] || lobby);
      this.#open();
      return this.misled.emit();
    }
    const room = MyRooms.inAddress(location.hash);
    // The rest of the address means nothing.
    if (location.hash && !this.message) this.#setAddress(room);
    if (room === conversation.room && chat.entered.includes(room)) {
      if (conversation.linked && !this.message) conversation.toLatest();
      return this.addressed.emit();
    }
    if (!this.#rooms.add(room)) {
      toast.show(say("tooManyRooms"));
      return this.go(conversation.room || this.#rooms.list[0]);
    }
    chat.enter(room);
    toast.withdraw();
    conversation.open(room);
    this.changed.emit();
    this.addressed.emit();
  }
}

/** The name of the user: asked for at the first visit, changed on request, refused by the server if it is invalid. */
export class Naming {
  changed = new Signal();
  #dialog = new NameDialog();
  #page;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** The user; the id is empty before the first welcome. */
  get self() {
    const { chat, identity } = this.#page;
    const { welcome, nameFixed } = chat.session;
    const name = nameFixed ? welcome?.user.name : identity.name;
    return { id: welcome?.user.id ?? "", name: name ?? "" };
  }

  /** @param {() => void} ready the user has a name */
  begin(ready) {
    if (this.self.name) return ready();
    this.#dialog.ask(null, (name) => {
      this.confirmed(name);
      ready();
    });
  }

  /** @param {string} [problem] why the last name was refused */
  edit(problem) {
    if (this.#page.chat.session.nameFixed) return this.#page.toast.show(say("nameOfAccount"));
    this.#dialog.ask(this.self.name, (name) => this.rename(name), problem);
  }

  /** @param {string} name */
  rename(name) {
    if (this.#page.chat.session.nameFixed) return this.edit();
    this.#page.chat.session.rename(name);
    this.changed.emit();
  }

  /** @param {string} name */
  confirmed(name) {
    // The name of an account is not that of the guest.
    if (!this.#page.chat.session.nameFixed) this.#page.identity.name = name;
    this.changed.emit();
  }

  /** @param {Wire.Refusal} refusal */
  refused({ code, message, retryAfterMs = 1000, room }) {
    if (code === "forbidden" && !room) this.edit();
    if (code === "bad_name") this.edit(reasonOf(code, message));
    if (code !== "rate_limited" || room || this.#page.chat.session.renaming === null) return;
    const n = Math.ceil(retryAfterMs / 1000);
    this.#page.toast.show(say("nameTooOften", { name: isolated(this.self.name), n }));
  }
}

/** Asks for a name at the first visit, and when the user wants to change it. */
class NameDialog {
  #dialog = find("name-dialog", HTMLDialogElement);
  #field = find("name-input", HTMLInputElement);
  #problem = find("name-problem", HTMLElement);
  #mandatory = false;
  /** @type {(name: string) => void} */
  #done = () => {};

  constructor() {
    this.#dialog.addEventListener("close", () => this.#mandatory && this.#takeAny());
    this.#field.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /**
   * @param {string | null} name the present one; null: suggests one, and Escape accepts it
   * @param {(name: string) => void} done
   * @param {string} [problem] why the last name was refused
   */
  ask(name, done, problem = "") {
    this.#done = done;
    this.#field.value = name ?? suggestion();
    this.#problem.textContent = problem;
    this.#mandatory = name === null;
    for (const other of document.querySelectorAll("dialog")) if (other !== this.#dialog) other.close();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#field.select();
  }

  /** The dialog was closed by Escape or by another one. There is no chat without a name. */
  #takeAny() {
    if (!this.#name) this.#field.value = suggestion();
    this.#submit();
  }

  get #name() {
    return properName(this.#field.value);
  }

  #submit() {
    const name = this.#name;
    if (!name) {
      this.#problem.textContent = say("error_bad_name");
      return;
    }
    this.#mandatory = false;
    this.#dialog.close();
    this.#done(name);
  }
}

function suggestion() {
  const pick = (/** @type {string[]} */ words) => words[Math.floor(Math.random() * words.length)];
  return `${pick(say("adjectives").split(" "))} ${pick(say("animals").split(" "))}`;
}
