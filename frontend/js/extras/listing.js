// Which open rooms there are.

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
    (one) => MyRooms.isName(one?.room) && MyRooms.kindOf(one.room) === "open" && Number.isFinite(one.lastActivity),
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

/** At least so long, in milliseconds, between two lists that only texts ask for. */
const pause = 600_000;
/** All readers of a message would ask at once. */
const spread = 10_000;

/**
 * Lets names of open rooms in messages be links. For a name that is not known it asks for the list, seldom.
 * @param {import("../main.js").Page} page
 */
export function linkListed({ chat, conversation, identity }) {
  let asked = -Infinity;
  const ask = async () => {
    if (await askForRooms(chat.session, identity)) conversation.show();
  };
  conversation.isListed = (room) => {
    if (known.has(room)) return true;
    const now = performance.now();
    if (now - asked >= pause && chat.session.online) {
      asked = now;
      setTimeout(ask, Math.random() * spread);
    }
    return false;
  };
  conversation.show();
}
