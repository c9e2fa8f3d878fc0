import { compareIDs } from "./ids.js";

/**
 * What can be done to a message afterwards (docs/protocol.md, section 10).
 *
 * @typedef {{ kind: Wire.ActKind, target: string, emoji?: string, on?: boolean }} Act
 * @typedef {import("./Outbox.js").Item} Item
 */

/**
 * A message after an act. Applying one again changes nothing in the end.
 * @param {Wire.Message} message
 * @param {Wire.Message} act without an id it is our own and on its way
 * @returns {Wire.Message}
 */
export function applied(message, act) {
  if (message.deleted) return message;
  const { id, from, ts, key, edited } = message;
  if (act.act === "delete") return { id, from, text: "", ts, key, deleted: true };
  if (act.act === "react") return { ...message, reactions: reacted(message.reactions ?? [], act) };
  const newer = !act.id || !edited || compareIDs(act.id, edited) > 0;
  return newer ? { ...message, text: act.text, edited: act.id || edited } : message;
}

/**
 * @param {Wire.Reaction[]} reactions
 * @param {Wire.Message} act
 */
function reacted(reactions, { emoji = "", on, from }) {
  const known = reactions.find((one) => one.emoji === emoji);
  if (on && !known) return [...reactions, { emoji, users: [from.id] }];
  if (on && known?.users.includes(from.id)) return reactions;
  return reactions
    .map((one) => {
      if (one !== known) return one;
      const others = one.users.filter((id) => id !== from.id);
      return { emoji, users: on ? [...others, from.id] : others };
    })
    .filter(({ users }) => users.length > 0);
}

/**
 * What of the outbox is said, as an entry of the log.
 * @param {Item} item
 * @param {Wire.User} from
 * @param {string} [id] once it is in the log
 * @returns {Wire.Message}
 */
export function entryOf({ key, text, createdAt, act }, from, id = "") {
  const ts = id ? Number(id.split("-")[0]) : createdAt;
  const { kind, ...rest } = act ?? {};
  return { id, key, ts, text, from, ...(kind && { act: kind, ...rest }) };
}

/**
 * What of the outbox is said, to the server.
 * @param {Item} item
 */
export function frameOf({ key, room, text, act }) {
  if (!act) return { type: "chat", room, text, key };
  const { kind, target, emoji, on } = act;
  const what = kind === "edit" ? { text } : kind === "react" ? { emoji, on } : {};
  return { type: kind, room, id: target, key, ...what };
}
