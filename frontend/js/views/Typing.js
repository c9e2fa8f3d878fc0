import { listed, say } from "../words/say.js";
import { find } from "./dom.js";

/** That we write is told at most so often. */
const toldEvery = 3_200;
/** That others do counts for so long. */
const lifetime = 6_000;
const namesTold = 3;

/**
 * Who is writing in the shown room, and telling them that we do. Never announced: it would interrupt a screen reader
 * all the time.
 */
export class Typing {
  #line = find("typing", HTMLElement);
  #page;
  #room = "";
  #toldAt = -toldEvery;
  /**
   * By user.
   * @type {Map<string, { name: string, timer: ReturnType<typeof setTimeout> }>}
   */
  #people = new Map();

  /** @param {import("./Page.js").Page} page */
  constructor(page) {
    this.#page = page;
    const { chat, conversation, navigation } = page;
    chat.typing.listen(({ room, user }) => room === conversation.room && this.#add(user));
    chat.heard.listen(({ room, from }) => room === conversation.room && this.#remove(from.id));
    conversation.wrote.listen(() => this.#wrote());
    navigation.changed.listen(() => this.#open(conversation.room));
  }

  /** We have pressed a key. */
  #wrote() {
    const now = performance.now();
    if (now - this.#toldAt < toldEvery) return;
    this.#toldAt = now;
    const { chat, conversation } = this.#page;
    chat.session.send({ type: "typing", room: conversation.room });
  }

  /** @param {Wire.User} user */
  #add({ id, name }) {
    clearTimeout(this.#people.get(id)?.timer);
    this.#people.set(id, { name, timer: setTimeout(() => this.#remove(id), lifetime) });
    this.#show();
  }

  /** @param {string} user who has said it, or says nothing more */
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
  }
}
