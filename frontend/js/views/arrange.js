/**
 * What the list of messages shows, from top to bottom.
 *
 * @typedef {import("../transport/frames.js").Message} Message
 * @typedef {import("../store/Outbox.js").Item} Item
 * @typedef {{ kind: "day", key: string, at: number }} DayRow
 * @typedef {{ kind: "gap", key: string, serial: number, lost: number | null, open: boolean }} GapRow
 * @typedef {{ kind: "message", key: string, message: Message, own: boolean, continued: boolean,
 *   state: "sent" | Item["state"], reason?: string }} MessageRow
 * @typedef {DayRow | GapRow | MessageRow} Row
 */

import { numberOf } from "../store/order.js";

const groupFor = 5 * 60_000;

/**
 * Puts day separators between what was said, and what waits in the outbox at the end; marks what continues the row
 * before it: same sender, same day, within five minutes.
 *
 * A message of our own keeps its key from the outbox to its place in the log, so that its row moves and is not made anew.
 *
 * @param {import("../store/Timeline.js").Timeline["entries"]} entries
 * @param {Item[]} waiting
 * @param {import("../transport/frames.js").User} self
 * @returns {Row[]}
 */
export function arrange(entries, waiting, self) {
  /** @type {Row[]} */
  const rows = [];
  /**
   * How often a day came: clocks may go back between two stretches.
   *
   * @type {Map<string, number>}
   */
  const days = new Map();
  /** @param {number} time */
  const dayKey = (time) => {
    const name = day(time);
    const count = (days.get(name) ?? 0) + 1;
    days.set(name, count);
    return `day ${name} ${count}`;
  };
  /** @param {Omit<MessageRow, "continued" | "kind">} row */
  const add = (row) => {
    const before = rows.at(-1);
    const previous = before?.kind === "message" ? before.message : null;
    const newDay = day(row.message.ts) !== day(previous?.ts ?? lastTime(rows));
    if (newDay) rows.push({ kind: "day", key: dayKey(row.message.ts), at: row.message.ts });
    const near = previous !== null && Math.abs(row.message.ts - previous.ts) < groupFor;
    const continued = !newDay && near && previous.from.id === row.message.from.id;
    rows.push({
      kind: "message",
      continued: continued && previous.from.name === row.message.from.name,
      ...row,
    });
  };

  for (const entry of entries) {
    if (entry.kind === "gap") {
      const { missing, serial, open } = entry;
      const lost = missing ? numberOf(missing.to) - numberOf(missing.from) + 1 : null;
      rows.push({ kind: "gap", key: `gap ${serial}`, serial, lost, open });
    } else {
      const { message, serial } = entry;
      const own = message.from.id === self.id;
      const key = own && message.key ? `key ${message.key}` : `${serial} ${message.id}`;
      add({ key, message, own, state: "sent" });
    }
  }
  for (const { key, text, createdAt, state, reason } of waiting) {
    const message = { id: "", from: self, text, ts: createdAt, key };
    add({ key: `key ${key}`, message, own: true, state, reason });
  }
  return rows;
}

/**
 * The day that is being shown at the end of the rows.
 *
 * @param {Row[]} rows
 */
function lastTime(rows) {
  for (const row of rows.slice(-2).reverse()) {
    if (row.kind === "message") return row.message.ts;
  }
  return undefined;
}

/**
 * @param {number | undefined} time
 */
function day(time) {
  return time === undefined ? "" : new Date(time).toDateString();
}
