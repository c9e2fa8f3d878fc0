import { listed, personName, say } from "../words/say.js";
import { inReply } from "./answers.js";
import { find } from "./dom.js";
import { filesNamed, gistOf } from "./gist.js";

/** If more messages than `readOut` arrive within this time, … */
const span = 3_000;
/** … a screen reader reads only their number. */
const readOut = 5;
const gatherFor = 400;
const longest = 200;

/** Announces messages of others to screen readers. Our own are not announced. */
export class Announcer {
  #line = find("announcer", HTMLElement);
  #room = "";
  /** @type {Wire.Message[]} */
  #waiting = [];
  #page;
  /** In the live region now. */
  #told = /** @type {Wire.Message[]} */ ([]);
  /** When the last messages arrived. */
  #times = /** @type {number[]} */ ([]);
  #telling = false;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    const { chat, conversation, navigation } = page;
    this.#page = page;
    chat.heard.listen((message) => message.room === conversation.room && this.#hear(message));
    chat.changed.listen((room) => {
      const { timeline } = chat.room(room);
      if (room === conversation.room) this.#keep(({ id }) => !timeline.find(id)?.deleted);
    });
    chat.erased.listen((room) => room === conversation.room && this.#keep(() => false));
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
    const lines = this.#told.map((message) => this.#lineOf(message));
    this.#line.textContent = n > readOut ? say("manyNew", { n }) : lines.join("\n");
    this.#waiting = [];
  }

  /** @param {Wire.Message} message */
  #lineOf(message) {
    const { text, files } = message;
    const name = this.#senderOf(message);
    if (files && text === "") return say("sentFiles", { name, what: filesNamed(files) });
    return `${name}: ${gistOf({ text: text.slice(0, longest), files })}`;
  }

  /** @param {Wire.Message} message */
  #senderOf({ from, re }) {
    const { chat, conversation, self } = this.#page;
    const target = re && chat.targets?.known(conversation.room, re);
    if (!target) return personName(from);
    return `${personName(from)}, ${inReply({ from: target.from, own: target.from.id === self.id })}`;
  }

  /**
   * Removes messages that were deleted or belong to another room.
   * @param {(message: Wire.Message) => boolean} stays
   */
  #keep(stays) {
    this.#waiting = this.#waiting.filter(stays);
    if (this.#told.every(stays)) return;
    this.#told = [];
    this.#line.textContent = "";
  }
}

/** In milliseconds between our own typing frames. */
const toldEvery = 3_200;
/** How long a typing frame of others is valid. */
const lifetime = 6_000;
const namesTold = 3;

/** Typing notifications, ours and those of others. Not announced: they would interrupt screen readers all the time. */
export class Typing {
  #line = find("typing", HTMLElement);
  #page;
  #room = "";
  #toldAt = -toldEvery;
  /** By user. */
  #people = /** @type {Map<string, { name: string, timer: ReturnType<typeof setTimeout> }>} */ (new Map());

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    const { chat, conversation, navigation } = page;
    chat.typing.listen(({ room, user }) => room === conversation.room && this.#add(user));
    chat.heard.listen(({ room, from }) => room === conversation.room && this.#remove(from.id));
    conversation.wrote.listen(() => this.#wrote());
    navigation.changed.listen(() => this.#open(conversation.room));
  }

  #wrote() {
    const now = performance.now();
    if (now - this.#toldAt < toldEvery) return;
    this.#toldAt = now;
    const { chat, conversation } = this.#page;
    chat.session.send({ type: "typing", room: conversation.room });
  }

  /** @param {Wire.User} user */
  #add(user) {
    const { id } = user;
    const name = personName(user);
    clearTimeout(this.#people.get(id)?.timer);
    this.#people.set(id, { name, timer: setTimeout(() => this.#remove(id), lifetime) });
    this.#show();
  }

  /** @param {string} user whose message has arrived, or who has stopped typing */
  #remove(user) {
    clearTimeout(this.#people.get(user)?.timer);
    if (this.#people.delete(user)) this.#show();
  }

  /** @param {string} room */
  #open(room) {
    if (room === this.#room) return;
    this.#room = room;
    this.#toldAt = -toldEvery;
    for (const user of this.#people.keys()) this.#remove(user);
  }

  #show() {
    const names = Array.from(this.#people.values(), ({ name }) => name);
    const few = names.length <= namesTold;
    const told = few ? say("typing", { n: names.length, names: listed(names) }) : say("manyTyping");
    this.#line.textContent = names.length > 0 ? told : "";
    this.#line.title = this.#line.textContent;
  }
}
