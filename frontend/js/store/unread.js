import { mentionOf } from "./text.js";
import { compareIDs } from "./ids.js";

/**
 * What others said after a message.
 *
 * @typedef {{ count: number, mentions: number, more: boolean }} Unread `more`: and earlier ones that are not loaded
 */

/**
 * @param {import("./Timeline.js").Timeline} timeline
 * @param {string | null} read the last id that was read; null: nobody has been here yet, so nothing is news
 * @param {Wire.User} self
 * @returns {Unread}
 */
export function unreadIn(timeline, read, self) {
  const unread = { count: 0, mentions: 0, more: false };
  if (read === null) return unread;
  const mention = mentionOf(self.name);
  for (const { id, from, text, deleted } of timeline.newestFirst()) {
    if (compareIDs(id, read) <= 0) return unread;
    if (from.id === self.id || deleted) continue;
    unread.count += 1;
    if (mention && text.search(mention) >= 0) unread.mentions += 1;
  }
  unread.more = unread.count > 0 && timeline.open;
  return unread;
}
