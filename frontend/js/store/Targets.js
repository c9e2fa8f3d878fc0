import { applied, compareIDs } from "../transport/frames.js";
import { HistoryRequests } from "./History.js";

/** How many messages that are not loaded are remembered. */
const most = 300;
/** How many wait to be asked for. */
const mostWanted = 50;
/** In milliseconds between two requests: each costs as much as a message. */
const pause = 400;

/** @typedef {{ room: string, id: string }} Place */

/**
 * The messages that others answer. Those that are not loaded are asked for one by one, and kept in their current state.
 */
export class Targets {
  #chat;
  /** By room and id; null: not in the log any more. */
  #found = /** @type {Map<string, Wire.Message | null>} */ (new Map());
  /** The next to ask for comes first. */
  #wanted = /** @type {Place[]} */ ([]);
  /** What has been asked for, or the pause after it. */
  #asking = false;
  /** Acts since the last request: its answer may be older. */
  #acts = /** @type {Wire.Message[]} */ ([]);
  #waiting = /** @type {{ place: Place, resolve: () => void }[]} */ ([]);

  /** @param {import("./Chat.js").Chat} chat */
  static of(chat) {
    chat.targets ??= new Targets(chat);
    return chat.targets;
  }

  /** @param {import("./Chat.js").Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    chat.session.frames.listen((frame) => this.#hear(frame));
    chat.session.changed.listen(() => this.#askNext());
    for (const gone of [chat.departed, chat.erased]) gone.listen((room) => this.#forget(room));
  }

  /**
   * @param {string} room
   * @param {string} id
   * @returns {Wire.Message | null | undefined} null: it is not in the log any more; undefined: it is not known
   */
  known(room, id) {
    return this.#chat.room(room).timeline.find(id) ?? this.#found.get(nameOf({ room, id }));
  }

  /**
   * The same, and asks for it if it is not known.
   * @param {string} room
   * @param {string} id
   */
  seek(room, id) {
    const known = this.known(room, id);
    const place = { room, id };
    if (known !== undefined || this.#wanted.length >= mostWanted || this.#wanted.some((one) => same(one, place)))
      return known;
    this.#wanted.push(place);
    this.#askNext();
    return undefined;
  }

  /**
   * The user sees answers to these: before all others.
   * @param {string} room
   * @param {string[]} ids
   */
  want(room, ids) {
    const places = ids.map((id) => ({ room, id }));
    const others = this.#wanted.filter((one) => !places.some((place) => same(one, place)));
    this.#wanted = [...places, ...others].slice(0, mostWanted);
    this.#askNext();
  }

  /**
   * @param {string} room
   * @param {string} id
   * @returns what `known` says once it has been asked for
   */
  async load(room, id) {
    if (this.seek(room, id) === undefined) {
      const place = { room, id };
      await new Promise((resolve) => this.#waiting.push({ place, resolve: () => resolve(undefined) }));
    }
    return this.known(room, id);
  }

  #askNext() {
    while (!this.#asking && this.#chat.session.online) {
      const place = this.#wanted.find(({ room }) => this.#chat.room(room).joined);
      if (!place) return;
      this.#wanted = this.#wanted.filter((one) => one !== place);
      if (this.known(place.room, place.id) === undefined) this.#ask(place);
      else this.#settle(place);
    }
  }

  /** @param {Place} place */
  #ask(place) {
    const { room, id } = place;
    const [time, number] = id.split("-");
    this.#asking = true;
    this.#acts = [];
    HistoryRequests.of(this.#chat).ask({
      room,
      before: `${time}-${Number(number) + 1}`,
      limit: 1,
      answered: (page) => this.#answered(place, page),
      failed: (wait) => {
        this.#rest(wait);
        this.#settle(place);
        // Where it is still wanted, it is asked for again.
        this.#chat.room(room).lookAgain(wait);
      },
    });
  }

  /**
   * @param {Place} place
   * @param {Wire.HistoryPage} page that ends with the message, if it is still there
   */
  #answered(place, { messages, head }) {
    const [last] = messages.slice(-1);
    const found = last?.id === place.id && !last.act ? last : null;
    const later = this.#acts.filter((act) => act.target === place.id && compareIDs(act.id, head) > 0);
    this.#found.set(nameOf(place), found && later.reduce(applied, found));
    const [oldest] = this.#found.keys();
    if (this.#found.size > most) this.#found.delete(oldest);
    this.#rest();
    this.#settle(place);
    this.#chat.room(place.room).changed.emit();
  }

  #rest(milliseconds = pause) {
    setTimeout(() => {
      this.#asking = false;
      this.#askNext();
    }, milliseconds);
  }

  /** @param {Place} place has been asked for, or will not be */
  #settle(place) {
    const over = this.#waiting.filter((one) => same(one.place, place));
    this.#waiting = this.#waiting.filter((one) => !over.includes(one));
    for (const { resolve } of over) resolve();
  }

  /** @param {Wire.Frame} frame */
  #hear(frame) {
    if (frame.type === "chat") this.#apply(frame.room, [frame]);
    if (frame.type === "resume") this.#apply(frame.room, frame.messages);
    if (frame.type !== "joined" && frame.type !== "reset") return;
    if (frame.recovered) this.#apply(frame.room, frame.messages);
    else this.#forget(frame.room, false);
    this.#askNext();
  }

  /**
   * @param {string} room
   * @param {Wire.Message[]} entries
   */
  #apply(room, entries) {
    for (const entry of entries) {
      if (!entry.act || !entry.target) continue;
      if (this.#asking) this.#acts.push(entry);
      const name = nameOf({ room, id: entry.target });
      const message = this.#found.get(name);
      if (message) this.#found.set(name, applied(message, entry));
    }
  }

  /**
   * @param {string} room
   * @param {boolean} [wanted] also what has not been asked for yet
   */
  #forget(room, wanted = true) {
    for (const name of this.#found.keys()) if (name.startsWith(`${room} `)) this.#found.delete(name);
    if (!wanted) return;
    const gone = this.#wanted.filter((one) => one.room === room);
    this.#wanted = this.#wanted.filter((one) => one.room !== room);
    for (const place of gone) this.#settle(place);
  }
}

const nameOf = (/** @type {Place} */ { room, id }) => `${room} ${id}`;
const same = (/** @type {Place} */ one, /** @type {Place} */ two) => one.room === two.room && one.id === two.id;
