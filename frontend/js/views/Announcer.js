import { say } from "../words/say.js";
import { find } from "./dom.js";

/** Within this time… */
const span = 3_000;
/** …so many messages are read out; of more only their number. */
const readOut = 5;
const gatherFor = 400;
const longest = 200;

/** Tells a screen reader what others say, in one line of the page that is replaced. Our own echo is not told. */
export class Announcer {
  #line = find("announcer", HTMLElement);
  #room = "";
  /** @type {Wire.Message[]} */
  #waiting = [];
  /** What stands in the line. */
  #told = /** @type {Wire.Message[]} */ ([]);
  /** When the last ones came. */
  #times = /** @type {number[]} */ ([]);
  #telling = false;

  /** @param {import("./Page.js").Page} page */
  constructor({ chat, conversation, navigation }) {
    chat.heard.listen((message) => message.room === conversation.room && this.#hear(message));
    chat.changed.listen((room) => {
      const { timeline } = chat.room(room);
      if (room === conversation.room) this.#keep(({ id }) => !timeline.find(id)?.deleted);
    });
    navigation.changed.listen(() => this.#open(conversation.room));
  }

  /** @param {string} room */
  #open(room) {
    if (room !== this.#room) this.#keep(() => false);
    this.#room = room;
  }

  /** @param {Wire.Message} message */
  #hear(message) {
    const now = performance.now();
    this.#times = [...this.#times.filter((time) => now - time < span), now].slice(-readOut - 1);
    this.#waiting.push(message);
    const wait = this.#times.length > readOut ? span : gatherFor;
    if (!this.#telling) setTimeout(() => this.#tell(), wait);
    this.#telling = true;
  }

  #tell() {
    this.#telling = false;
    const n = this.#waiting.length;
    this.#told = n > readOut ? [] : this.#waiting;
    const lines = this.#told.map(({ from, text }) => `${from.name}: ${text.slice(0, longest)}`);
    this.#line.textContent = n > readOut ? say("manyNew", { n }) : lines.join("\n");
    this.#waiting = [];
  }

  /**
   * Takes back what was deleted or belongs to another room.
   * @param {(message: Wire.Message) => boolean} stays
   */
  #keep(stays) {
    this.#waiting = this.#waiting.filter(stays);
    if (this.#told.every(stays)) return;
    this.#told = [];
    this.#line.textContent = "";
  }
}
