// Which open rooms there are.

import { clock } from "../runtime.js";
import { MyRooms } from "../store/storage.js";

/** All that were listed since the page was loaded. */
const known = /** @type {Set<string>} */ (new Set());

/**
 * An open room, as `GET /rooms` lists it.
 *
 * @typedef {{ room: string, lastActivity: number }} Listed
 */

/**
 * @param {unknown} answer of `GET /rooms`
 * @returns {Listed[] | null} the latest first; null: not such an answer
 */
export function listedIn(answer) {
  const rooms = /** @type {{ rooms?: unknown } | null} */ (answer)?.rooms;
  if (!Array.isArray(rooms)) return null;
  const valid = rooms.filter(
    (one) =>
      typeof one?.room === "string" &&
      MyRooms.isName(one.room) &&
      MyRooms.kindOf(one.room) === "open" &&
      Number.isFinite(one.lastActivity),
  );
  return valid.sort((one, two) => two.lastActivity - one.lastActivity);
}

/**
 * @param {import("../transport/Session.js").Session} session
 * @param {import("../store/storage.js").Identity} identity
 */
export async function askForRooms({ userToken }, identity) {
  const token = userToken ?? identity.token;
  const headers = { accept: "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  try {
    const answer = await fetch("rooms", { headers, cache: "no-store" });
    const rooms = answer.ok ? listedIn(await answer.json()) : null;
    for (const { room } of rooms ?? []) known.add(room);
    return rooms;
  } catch (error) {
    console.warn(error);
    return null;
  }
}

/** In milliseconds: names that come together are asked for together. */
const patience = 1_000;
/** At least so long between two lists. */
const shortest = 20_000;
/** So long until a name is asked for again that no room has. */
const longest = 600_000;
/** For each person in the room, as all of them would ask. */
const perPerson = 20;
/** How many names without a room are remembered. */
const mostNames = 1_000;

/** When to ask for the list because of names in messages: soon after a new one, and seldom for those that no room has. */
export class Inquiry {
  #clock;
  #ask;
  #random;
  /** When a name is worth asking for again, and how long the pause before was. */
  #names = /** @type {Map<string, { at: number, pause: number }>} */ (new Map());
  #earliest = -Infinity;
  #waiting = false;

  /**
   * @param {() => Promise<unknown>} ask
   * @param {import("../runtime.js").Clock} clock
   * @param {() => number} [random] in [0, 1)
   */
  constructor(ask, clock, random = Math.random) {
    this.#ask = ask;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * @param {string} name that a message has and no known room
   * @param {number} people who see it
   */
  want(name, people) {
    const now = this.#clock.now();
    const { at, pause } = this.#names.get(name) ?? { at: now, pause: shortest / 2 };
    if (now < at) return;
    this.#names.delete(name);
    this.#names.set(name, { at: now + pause * 2, pause: Math.min(pause * 2, longest / 2) });
    for (const [oldest] of this.#names) {
      if (this.#names.size <= mostNames) break;
      this.#names.delete(oldest);
    }
    if (this.#waiting) return;
    this.#waiting = true;
    const spread = this.#random() * people * perPerson;
    this.#clock.after(Math.max(patience + spread, this.#earliest - now), () => {
      this.#waiting = false;
      this.#earliest = this.#clock.now() + Math.max(shortest, people * perPerson);
      void this.#ask();
    });
  }
}

/**
 * Lets names of open rooms in messages be links. For names that are not known it asks for the list.
 * @param {import("../main.js").Page} page
 */
export function linkListed({ chat, conversation, identity }) {
  const inquiry = new Inquiry(async () => {
    if (await askForRooms(chat.session, identity)) conversation.show();
  }, clock);
  conversation.isListed = (room) => {
    if (known.has(room)) return true;
    if (chat.session.online) inquiry.want(room, chat.room(conversation.room).members.count);
    return false;
  };
  conversation.show();
}
