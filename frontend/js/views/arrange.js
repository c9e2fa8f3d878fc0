/**
 * What the list of messages shows, from top to bottom.
 *
 * @typedef {import("../store/Outbox.js").Item} Item
 * @typedef {import("../store/Comings.js").Note} Note
 * @typedef {{ after: string, count: number }} Divider before what was not read when the reader came
 * @typedef {{ key: string, state: Item["state"], reason?: string }} Doing what is on its way to be done to a message
 * @typedef {{ kind: "day", key: string, at: number }} DayRow
 * @typedef {{ kind: "gap", key: string, serial: number, lost: number | null, open: boolean }} GapRow
 * @typedef {{ kind: "new", key: string, count: number }} NewRow
 * @typedef {{ kind: "comings", key: string } & Note} ComingsRow
 * @typedef {{ kind: "message", key: string, message: Wire.Message, own: boolean, continued: boolean,
 *   state: "sent" | Item["state"], reason?: string, act?: Doing, linked?: boolean }} MessageRow
 * @typedef {{ kind: "undone", key: string, href: string, act: Doing }} UndoneRow a failed act on what is not loaded
 * @typedef {DayRow | GapRow | NewRow | ComingsRow | MessageRow | UndoneRow} Row
 */

import { applied, entryOf } from "../store/acts.js";
import { compareIDs, numberOf } from "../store/ids.js";

const groupFor = 5 * 60_000;

/**
 * Puts separators between what was said, does to it what is on its way, and puts what waits in the outbox at the end; marks what continues the row before
 * it: same sender, same day, within five minutes. Of the one with a mark it is said again who said it.
 *
 * A message of our own keeps its key from the outbox to its place in the log, so that its row moves and is not made anew.
 * @param {import("../store/RoomStore.js").RoomStore} room
 * @param {Item[]} waiting
 * @param {Wire.User} self
 * @param {Divider | null} [divider]
 * @param {string} [linked] the id of a message that gets a mark
 * @returns {Row[]}
 */
export function arrange({ timeline, comings }, waiting, self, divider = null, linked = "") {
  /** @type {Row[]} */
  const rows = [];
  /** The day that is being shown. */
  let today = "";
  /**
   * How often a day came: clocks may go back between two stretches.
   * @type {Map<string, number>}
   */
  const days = new Map();
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
    const same = near && !row.linked && previous.from.id === row.message.from.id;
    const continued = same && previous.from.name === row.message.from.name;
    rows.push({ kind: "message", continued, ...row });
  };

  const acts = waiting.filter(({ act }) => act);
  const done = (/** @type {Wire.Message} */ message) => {
    const own = acts.filter(({ act }) => act?.target === message.id);
    const after = own
      .filter(({ state }) => state === "pending")
      .reduce((one, item) => applied(one, entryOf(item, self)), message);
    const { key, state, reason } = own.find((item) => item.state !== "pending") ?? own[0] ?? {};
    return { message: after, ...(key && state && { act: { key, state, reason } }) };
  };

  let dividing = divider;
  for (const entry of timeline.entries) {
    if (entry.kind === "gap") {
      const { missing, serial, open } = entry;
      const lost = missing ? numberOf(missing.to) - numberOf(missing.from) + 1 : null;
      rows.push({ kind: "gap", key: `gap ${serial}`, serial, lost, open });
      continue;
    }
    const { message, serial } = entry;
    const own = message.from.id === self.id;
    if (dividing && !own && compareIDs(message.id, dividing.after) > 0) {
      openDay(message.ts);
      rows.push({ kind: "new", key: "new", count: dividing.count });
      dividing = null;
    }
    const key = own && message.key ? `key ${message.key}` : `${serial} ${message.id}`;
    const mark = message.id === linked && { linked: true };
    add({ key, own, state: "sent", ...done(message), ...mark });
    const note = comings.after(message.id);
    if (note) rows.push({ kind: "comings", key: `comings ${serial} ${message.id}`, ...note });
  }
  // Further up in the history it is not yet the end.
  for (const item of timeline.passage ? [] : waiting) {
    const { key, room, state, reason, act } = item;
    if (!act) add({ key: `key ${key}`, message: entryOf(item, self), own: true, state, reason });
    else if (state !== "pending" && !timeline.find(act.target))
      rows.push({
        kind: "undone",
        key: `undone ${key}`,
        href: `#/r/${room}/m/${act.target}`,
        act: { key, state, reason },
      });
  }
  return rows;
}
