import { MyRooms } from "../store/storage.js";
import { mentionOf } from "../store/text.js";
import { element } from "../views/dom.js";
import { say } from "../words/say.js";

/**
 * What the user wants to be told of a room.
 *
 * @typedef {"all" | "mentions" | "nothing"} Level
 */

const words = /** @type {const} */ ({ all: "levelAll", mentions: "levelMentions", nothing: "levelNothing" });
const levels = /** @type {Level[]} */ (Object.keys(words));

/**
 * By default mentions; of a conversation of two everything.
 * @param {import("../store/RoomStore.js").RoomNotes} notes
 * @param {string} room
 * @returns {Level}
 */
export function levelOf(notes, room) {
  const stored = notes.note("level", room);
  const chosen = levels.find((level) => level === stored);
  return chosen ?? (MyRooms.kindOf(room) === "direct" ? "all" : "mentions");
}

/**
 * Whether the user wants to be told of a message.
 * @param {import("../store/RoomStore.js").RoomNotes} notes
 * @param {{ room: string, text: string }} message
 * @param {string} self the user's name
 * @param {boolean} [answers] whether it answers a message of the user
 */
export function isWanted(notes, { room, text }, self, answers = false) {
  const level = levelOf(notes, room);
  const mention = mentionOf(self);
  return level === "all" || (level === "mentions" && (answers || (mention !== null && text.search(mention) >= 0)));
}

/** In the menu of a room: what to be told of it. */
export class LevelChoice {
  node = element("fieldset", { class: "levels" }, element("legend", { class: "hint", text: say("levelOf") }));
  #fields = /** @type {Map<Level, HTMLInputElement>} */ (new Map());
  #notes;
  #room = "";

  /** @param {import("../store/RoomStore.js").RoomNotes} notes */
  constructor(notes) {
    this.#notes = notes;
    for (const level of levels) {
      const field = element("input", { type: "radio", name: "level", value: level });
      field.addEventListener("change", () => this.#notes.setNote("level", this.#room, level));
      this.#fields.set(level, field);
      this.node.append(element("label", {}, field, element("span", { text: say(words[level]) })));
    }
  }

  /** @param {string} room */
  show(room) {
    this.#room = room;
    const field = this.#fields.get(levelOf(this.#notes, room));
    if (field) field.checked = true;
  }
}
