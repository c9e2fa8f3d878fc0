import { Move } from "../store/measures.js";
import { lobby } from "../store/storage.js";
import { isolated, say } from "../words/say.js";
import { element } from "./dom.js";
import { momentOf } from "./events.js";
import { labelOf } from "./Navigation.js";
import { nearestRoom } from "./Surroundings.js";

/** The longest part of an invalid room name that is shown. */
const longest = 64;

/** As much of the name of a private room as is shown. */
const longestID = 16;

/** Private rooms whose role the user gives up: being removed from them is no news. */
export const leaving = /** @type {Set<string>} */ (new Set());

/** The rooms from which the user was banned since the page was loaded, with the end of each ban. */
const bans = /** @type {Map<string, number>} */ (new Map());

/**
 * Says that the user is banned from a room, and until when, as far as the page was told: the server answers as if a
 * private room did not exist, or an invitation had been used.
 * @param {string} room
 * @param {string} label
 */
export function banText(room, label) {
  const end = bans.get(room) ?? 0;
  if (end <= Date.now()) return "";
  return end === Infinity
    ? say("bannedFrom", { room: label })
    : say("bannedFromUntil", { room: label, time: momentOf(end) });
}

/** Another node after a reconnect, invalid addresses, rooms that the user may not enter, dropped or pasted files, and printing. */
export class DeadEnds {
  #page;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#takeFiles();
    this.#preparePaper();
    page.navigation.misled.listen(() => this.#correct());
    page.chat.expelled.listen(() => this.#tellExpulsions());
    page.chat.erased.listen((room) =>
      page.toast.ask(say("allDeleted", { room: page.navigation.labelOf(room) }), { [say("ok")]: () => {} }),
    );
    new Move(page.chat).finished.listen((moved) => this.#tellMove(moved));
    this.#correct();
    this.#tellExpulsions();
  }

  /** @param {import("../store/measures.js").Moved} moved */
  #tellMove({ from, to, lost, resumed }) {
    const word = lost === null ? "movedUnsure" : "movedAll";
    this.#page.toast.show(say(word, { from, to, n: resumed, lost: lost ?? "" }));
  }

  #tellExpulsions() {
    const { chat, navigation, toast } = this.#page;
    for (const { room, rules, why, until } of chat.expulsions.splice(0)) {
      const stays = room === lobby && navigation.rooms.every(({ name }) => name === room);
      if (stays) this.#lock(room);
      else navigation.drop(room, why !== "not_found");
      if (why === "banned" || why === "forbidden") bans.set(room, until ?? Infinity);
      const unsent = chat.outbox.itemsIn(room).filter(({ act, state }) => !act && state === "failed").length;
      const label = labelOf(room, rules);
      const text = leaving.delete(room) ? say("leftOwn", { room: label }) : textFor(room, label, rules, why);
      toast.ask(text, {
        ...(unsent > 0 && { [say("showUnsent", { n: unsent })]: () => this.#page.showUnsent(room) }),
        ...(stays && { [say("retry")]: () => navigation.go(room) }),
        [say("ok")]: () => {},
      });
    }
  }

  /**
   * There is no other room to go to. Opening it tries to join again; whoever can then gets its rules.
   * @param {string} room
   */
  #lock(room) {
    const store = this.#page.chat.room(room);
    store.rules.reset({ ...store.rules.now, role: "banned" }, "0-0");
    store.changed.emit();
  }

  /** The address has no valid room: says so and offers the nearest name. */
  #correct() {
    const { navigation, toast } = this.#page;
    if (!navigation.wrong) return;
    const { name, message } = navigation.wrong;
    navigation.wrong = null;
    const nearest = nearestRoom(name);
    const shown = [...name].length > longest ? `${[...name].slice(0, longest).join("")}…` : name;
    const go = () => navigation.go(nearest, message);
    toast.ask(say("noRoomName", { name: isolated(shown) }), {
      ...(nearest && { [say("goTo", { room: `#${nearest}` })]: go }),
      [say("ok")]: () => {},
    });
  }

  /** Not every server takes files, and the browser would navigate to a dropped link. */
  #takeFiles() {
    const { chat, conversation, toast } = this.#page;
    const take = (/** @type {Event} */ event, /** @type {FileList} */ files) => {
      event.preventDefault();
      const { welcome } = chat.session;
      if (welcome?.files) conversation.given.emit([...files]);
      else toast.show(say(welcome ? "filesRefused" : "notLoaded"));
    };
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer || event.dataTransfer.types.includes("Files") || isField(event.target)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
    document.addEventListener("drop", (event) => {
      if (event.dataTransfer?.types.includes("Files")) take(event, event.dataTransfer.files);
      else if (!isField(event.target)) event.preventDefault();
    });
    document.addEventListener("paste", (event) => {
      const data = event.clipboardData;
      // Office programs add an image of copied text.
      if (data && data.files.length > 0 && !data.types.includes("text/plain")) take(event, data.files);
    });
  }

  /** Prints all loaded messages, not only those in the page. */
  #preparePaper() {
    const { conversation } = this.#page;
    document.head.append(element("link", { rel: "stylesheet", media: "print", href: "static/print.css" }));
    addEventListener("beforeprint", () => conversation.list?.showAll(true));
    addEventListener("afterprint", () => conversation.list?.showAll(false));
  }
}

/**
 * @param {string} room
 * @param {string} label
 * @param {Wire.Rules} rules
 * @param {import("../store/Chat.js").Expulsion["why"]} why
 */
function textFor(room, label, rules, why) {
  if (why === "deleted") return say("roomDeleted", { room: label });
  if (why === "removed") return say("removedFrom", { room: label });
  const ban = banText(room, label);
  if (why !== "not_found" || ban) return ban || say("bannedFrom", { room: label });
  if (rules.title || rules.with) return say("noLongerIn", { room: label });
  return say("noPrivateRoom", { name: isolated(`${room.slice(0, longestID)}…`) });
}

/** @param {EventTarget | null} target */
function isField(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
