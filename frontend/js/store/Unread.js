import { compareIDs, isID, numberOf } from "../transport/frames.js";
import { mentionOf } from "./text.js";

/** How many stretches are remembered; the oldest make way: they are unread again. */
const mostParts = 40;

/**
 * What the user has read of a room: everything up to an id, and stretches of messages after it.
 *
 * @typedef {{ after: string, upTo: string }} Part without `after` itself
 */
export class ReadMark {
  upTo;
  /** Ordered, apart from each other and from `upTo`. */
  #parts = /** @type {Part[]} */ ([]);

  /**
   * @param {string} upTo everything up to this id is read
   * @param {string} [stored] the parts after it, as `parts` returned them; anything else is ignored
   */
  constructor(upTo, stored = "") {
    this.upTo = upTo;
    for (const text of stored.slice(0, 10_000).split(" ")) {
      const [after, end, ...rest] = text.split(":");
      if (isID(after) && isID(end) && rest.length === 0 && compareIDs(after, end) < 0) this.add(after, end);
    }
  }

  /** The stretches after `upTo`, to be stored. */
  get parts() {
    return this.#parts.map(({ after, upTo }) => `${after}:${upTo}`).join(" ");
  }

  /** @param {string} id */
  has(id) {
    if (compareIDs(id, this.upTo) <= 0) return true;
    return this.#parts.some(({ after, upTo }) => compareIDs(id, after) > 0 && compareIDs(id, upTo) <= 0);
  }

  /**
   * Everything after one id, up to another, has been read.
   * @param {string} after
   * @param {string} upTo
   */
  add(after, upTo) {
    let joined = { after, upTo };
    const apart = this.#parts.filter((part) => {
      if (compareIDs(part.upTo, joined.after) < 0 || compareIDs(part.after, joined.upTo) > 0) return true;
      joined = { after: least(part.after, joined.after), upTo: greatest(part.upTo, joined.upTo) };
      return false;
    });
    this.#parts = [...apart, joined].sort((one, two) => compareIDs(one.after, two.after));
    while (this.#parts.length > 0 && compareIDs(this.#parts[0].after, this.upTo) <= 0)
      this.upTo = greatest(this.upTo, this.#parts.splice(0, 1)[0].upTo);
    this.#parts = this.#parts.slice(-mostParts);
  }
}

const least = (/** @type {string} */ one, /** @type {string} */ two) => (compareIDs(one, two) < 0 ? one : two);
const greatest = (/** @type {string} */ one, /** @type {string} */ two) => (compareIDs(one, two) < 0 ? two : one);

/**
 * The id before the one given: no message is between them.
 * @param {string} id
 */
export function idBefore(id) {
  const [time, number] = id.split("-").map(Number);
  if (number > 0) return `${time}-${number - 1}`;
  return time > 0 ? `${time - 1}-999999999999999` : "0-0";
}

/**
 * @typedef {{ count: number, mentions: number, more: boolean }} Unread `more`: there are earlier ones that are not loaded
 * @typedef {{ id: string, mentions: boolean }} News an unread message
 */

/**
 * The messages of others that are not read, newest first.
 * @param {import("./Timeline.js").Timeline} timeline
 * @param {ReadMark} mark
 * @param {Wire.User} self
 * @param {string[]} [muted] ids of users whose messages do not count
 * @param {(id: string) => Wire.Message | null | undefined} [find] a message that one of them answers
 * @returns {News[]}
 */
export function newsIn(timeline, mark, self, muted = [], find = (id) => timeline.find(id)) {
  const mention = mentionOf(self.name);
  const news = [];
  for (const { id, from, text, deleted, re } of knownFrom(timeline, mark.upTo)) {
    if (from.id === self.id || deleted || muted.includes(from.id) || mark.has(id)) continue;
    const names = mention !== null && text.search(mention) >= 0;
    // An answer to the user counts as a mention.
    news.push({ id, mentions: names || (re !== undefined && find(re)?.from.id === self.id) });
  }
  return news;
}

/**
 * @param {import("./Timeline.js").Timeline} timeline
 * @param {string | ReadMark | null} read null: the room is new, so nothing is unread
 * @param {Wire.User} self
 * @param {string[]} [muted]
 * @returns {Unread}
 */
export function unreadIn(timeline, read, self, muted) {
  if (read === null) return { count: 0, mentions: 0, more: false };
  const mark = read instanceof ReadMark ? read : new ReadMark(read);
  const news = newsIn(timeline, mark, self, muted);
  const mentions = news.filter((one) => one.mentions).length;
  return { count: news.length, mentions, more: goesFurtherBack(timeline, mark) };
}

/**
 * Whether messages that are not loaded may be unread.
 * @param {import("./Timeline.js").Timeline} timeline
 * @param {ReadMark} mark
 */
export function goesFurtherBack(timeline, mark) {
  const { oldest, open } = timeline;
  if (!oldest || !open) return false;
  // Numbers are consecutive.
  return compareIDs(oldest.id, mark.upTo) > 0 && numberOf(oldest.id) !== numberOf(mark.upTo) + 1;
}

/**
 * Whether so many messages are loaded.
 * @param {import("./Timeline.js").Timeline} timeline
 * @param {number} count
 */
export function holds(timeline, count) {
  let found = 0;
  for (const _ of timeline.newestFirst()) if ((found += 1) >= count) return true;
  return false;
}

/**
 * The known messages after an id, newest first: those at the end of the room, and those that are shown instead.
 * @param {import("./Timeline.js").Timeline} timeline
 * @param {string} id
 */
function* knownFrom(timeline, id) {
  const known = new Set();
  for (const message of timeline.newestFirst()) {
    if (compareIDs(message.id, id) <= 0) break;
    known.add(message.id);
    yield message;
  }
  for (const message of [...(timeline.passage?.messages ?? [])].reverse())
    if (!message.act && !known.has(message.id) && compareIDs(message.id, id) > 0) yield message;
}
