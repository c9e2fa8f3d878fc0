import { applied, compareIDs, entryOf, lostIn } from "../transport/frames.js";
import { reasonOf } from "../words/say.js";
import { answered } from "./answers.js";

/**
 * The rows of the list of messages, from top to bottom.
 *
 * @typedef {import("../store/Outbox.js").Item} Item
 * @typedef {import("../store/Timeline.js").Note} Note
 * @typedef {{ after: string, count: number }} Divider before the messages that were unread when the user came
 * @typedef {{ key: string, state: Item["state"], reason?: string, kind?: Wire.ActKind, final?: boolean,
 *   text?: string }} Doing our act on a message; `final`: a retry would not help; `text`: of an edit
 * @typedef {{ kind: "day", key: string, at: number }} DayRow
 * @typedef {{ kind: "gap", key: string, serial: number, lost: number | null, open: boolean }} GapRow
 * @typedef {{ kind: "new", key: string, count: number }} NewRow
 * @typedef {{ kind: "comings", key: string } & Note} ComingsRow
 * @typedef {{ kind: "message", key: string, message: Wire.Message, own: boolean, continued: boolean,
 *   state: "sent" | Item["state"], reason?: string, act?: Doing, linked?: boolean, editing?: boolean,
 *   waits?: boolean, muted?: boolean, answered?: import("./answers.js").Answered }} MessageRow `editing`: its text is in
 *   the field; `waits`: the server does not have it; `muted`: its user; `answered`: of a reply
 * @typedef {{ kind: "undone", key: string, href: string, act: Doing }} UndoneRow a failed act on a message that is not loaded
 * @typedef {{ kind: "event", key: string, entry: Wire.Message, room: string, before?: Wire.Role }} EventRow `before`: the
 *   role that the member had
 * @typedef {{ kind: "muted", key: string, count: number, open: boolean }} MutedRow in place of messages of muted users, or
 *   before them
 * @typedef {{ label: string, isOpen: boolean, invites: boolean, unknown?: boolean }} Empty a room without messages: how
 *   it is called in a sentence, and whether the user can invite people; `unknown`: whether there are messages
 * @typedef {{ kind: "empty", key: string } & Empty} EmptyRow
 * @typedef {EmptyRow | DayRow | GapRow | NewRow | ComingsRow | MessageRow | UndoneRow | EventRow | MutedRow} Row
 * @typedef {{ room: string, muted: string[], open: Set<string>, editing?: string, empty?: Empty,
 *   find?: (id: string) => Wire.Message | null | undefined }} Folding `open`: keys of rows; `editing`: the id of the
 *   message being edited; `find`: a message that another one answers
 */

/** Refusals that a retry does not change. */
const finalCodes = ["not_found", "forbidden", "too_many_reactions", "too_long", "bad_request"];

const aboutRooms = ["not_found", "forbidden"];

/**
 * @param {Item} item
 * @returns {Doing}
 */
const doing = ({ key, state, code, reason, act, text }) => ({
  key,
  state,
  // For a message, these codes are about the room.
  reason: code ? reasonOf(!act && aboutRooms.includes(code) ? `${code}_room` : code, reason) : reason,
  ...(act && { kind: act.kind }),
  ...(act?.kind === "edit" && { text }),
  ...(code && finalCodes.includes(code) && { final: true }),
});

const groupFor = 5 * 60_000;

/** @type {Folding} */
const unfolded = { room: "", muted: [], open: new Set() };

/**
 * Arranges messages and separators, applies pending acts, and appends the outbox. A message continues the one before it
 * if it has the same sender and day and follows within five minutes; a linked one and a reply never do.
 *
 * The row of our own message keeps its key when the message moves from the outbox to the log, so its element moves too.
 * @param {import("../store/RoomStore.js").RoomStore} room
 * @param {Item[]} waiting
 * @param {Wire.User} self
 * @param {Divider | null} [divider]
 * @param {string} [linked] the id of a message to highlight
 * @param {Folding} [folding]
 * @returns {Row[]}
 */
export function arrange({ timeline, comings }, waiting, self, divider = null, linked = "", folding = unfolded) {
  const { find = (/** @type {string} */ id) => timeline.find(id) } = folding;
  /** @type {Row[]} */
  const rows = [];
  /** The day of the last row. */
  let today = "";
  /** How often a day occurs: a server's clock may go back. */
  const days = /** @type {Map<string, number>} */ (new Map());
  /** @param {number} time */
  const openDay = (time) => {
    const name = new Date(time).toDateString();
    if (name === today) return;
    today = name;
    const count = (days.get(name) ?? 0) + 1;
    days.set(name, count);
    rows.push({ kind: "day", key: `day ${name} ${count}`, at: time });
  };
  /** @param {Omit<MessageRow, "continued" | "kind">} row */
  const add = (row) => {
    openDay(row.message.ts);
    const before = rows.at(-1);
    const previous = before?.kind === "message" ? before.message : null;
    const near = previous !== null && Math.abs(row.message.ts - previous.ts) < groupFor;
    const { from, re } = row.message;
    const same = near && !row.linked && !re && previous.from.id === from.id;
    const continued = same && previous.from.name === from.name;
    const reply = re && { answered: answered(re, find(re), self.id, folding.muted) };
    rows.push({ kind: "message", continued, ...row, ...reply });
  };

  const acts = waiting.filter(({ act }) => act);
  const done = (/** @type {Wire.Message} */ message) => {
    const own = acts.filter(({ act }) => act?.target === message.id);
    const after = own
      .filter(({ state }) => state === "pending")
      .reduce((one, item) => applied(one, entryOf(item, self)), message);
    const item = own.find(({ state }) => state !== "pending") ?? own[0];
    return { message: after, ...(item && { act: doing(item) }) };
  };

  /** By user, as far as the known entries tell. */
  const roles = /** @type {Map<string, Wire.Role>} */ (new Map());
  /** Those who gave a role to themselves since the last message: they accepted an invitation, or made the room. */
  const came = /** @type {Set<string>} */ (new Set());
  /** @param {import("../store/Timeline.js").Said} said */
  const tell = ({ message: entry, serial }) => {
    openDay(entry.ts);
    const { member = "", role } = entry;
    const before = roles.get(member);
    if (role) roles.set(member, role);
    if (role && member === entry.from.id) came.add(member);
    rows.push({ kind: "event", key: `event ${serial} ${entry.id}`, entry, room: folding.room, before });
  };

  let fold = /** @type {MutedRow | null} */ (null);
  /**
   * @param {import("../store/Timeline.js").Said} said by a muted user
   * @returns {boolean} the message is not shown
   */
  const hide = ({ message, serial }) => {
    const count = rows.length;
    openDay(message.ts);
    if (!fold || rows.length > count) {
      const key = `muted ${serial} ${message.id}`;
      fold = { kind: "muted", key, count: 0, open: folding.open.has(key) };
      rows.push(fold);
    }
    fold.count += 1;
    return !fold.open;
  };

  /** @param {import("../store/Timeline.js").Said} said before them */
  const tellComings = ({ message: { id }, serial }) => {
    const note = comings.after(id);
    // That is told already.
    const joined = note?.joined.filter((user) => !came.has(user.id)) ?? [];
    if (note && joined.length + note.left.length > 0)
      rows.push({ kind: "comings", key: `comings ${serial} ${id}`, left: note.left, joined });
  };

  let dividing = divider;
  for (const entry of timeline.entries) {
    const muted = entry.kind === "message" && folding.muted.includes(entry.message.from.id);
    if (!muted || entry.message.id === linked) fold = null;
    if (entry.kind === "event") {
      tell(entry);
      tellComings(entry);
      continue;
    }
    if (entry.kind === "gap") {
      const { missing, serial, open } = entry;
      rows.push({ kind: "gap", key: `gap ${serial}`, serial, lost: lostIn(missing), open });
      continue;
    }
    came.clear();
    const { message, serial } = entry;
    const own = message.from.id === self.id;
    if (muted && message.id !== linked && hide(entry)) continue;
    if (dividing && !own && compareIDs(message.id, dividing.after) > 0) {
      openDay(message.ts);
      rows.push({ kind: "new", key: "new", count: dividing.count });
      dividing = null;
    }
    const key = own && message.key ? `key ${message.key}` : `${serial} ${message.id}`;
    const mark = message.id === linked && { linked: true };
    const edited = own && message.id === folding.editing && { editing: true };
    add({ key, own, state: "sent", ...done(message), ...mark, ...edited, ...(muted && { muted }) });
    tellComings(entry);
  }
  // A passage does not reach the end of the room.
  for (const item of timeline.passage ? [] : waiting) {
    const { key, room, state, act, firstSent, waits } = item;
    const { reason } = doing(item);
    const free = state === "pending" && (!firstSent || waits === true) && { waits: true };
    if (!act) add({ key: `key ${key}`, message: entryOf(item, self), own: true, state, reason, ...free });
    else if (state !== "pending" && !timeline.find(act.target))
      rows.push({
        kind: "undone",
        key: `undone ${key}`,
        href: `#/r/${room}/m/${act.target}`,
        act: doing(item),
      });
  }
  const { empty } = folding;
  const isEmpty = !timeline.open && !rows.some(({ kind }) => kind === "message" || kind === "muted");
  // What waits to be sent comes after it.
  if (empty?.unknown && timeline.entries.length === 0) rows.unshift({ kind: "empty", key: "empty", ...empty });
  else if (empty && !empty.unknown && isEmpty) rows.push({ kind: "empty", key: "empty", ...empty });
  return rows;
}
