import { Signal } from "../runtime.js";

const resendAfter = 5_000;
const patience = 10_000;
/** `due` is called twice a second: a gap this long means that the computer was asleep. */
const slept = 3_000;

/**
 * @typedef {{ key: string, since: number, resendAt: number, doubtful: boolean }} Flight `doubtful`: it was sent before,
 *   without an answer, and may have arrived
 */

/**
 * Decides when the outbox is sent. One message of a room is in flight at a time, so they arrive in order. It is resent
 * with its key until it is acknowledged, and fails if no answer comes while online and it has not arrived either.
 */
export class Dispatch {
  /** The next message of a room, which waits for its files. */
  incomplete = /** @type {Signal<import("./Outbox.js").Item>} */ (new Signal());
  #outbox;
  #now;
  /** Rooms that are joined and caught up: their log has none of the messages still in the outbox. */
  #ready = /** @type {Set<string>} */ (new Set());
  /** By room. */
  #flights = /** @type {Map<string, Flight>} */ (new Map());
  #lastAsked;

  /**
   * @param {import("./Outbox.js").Outbox} outbox
   * @param {() => number} now
   */
  constructor(outbox, now) {
    this.#outbox = outbox;
    this.#now = now;
    this.#lastAsked = now();
  }

  /**
   * A room is joined and caught up.
   * @param {string} room
   * @param {{ recovered: boolean, user: string, dedupeSeconds: number }} how `recovered`: without a gap
   */
  roomReady(room, { recovered, user, dedupeSeconds }) {
    this.#ready.add(room);
    if (recovered) return;
    for (const item of this.#outbox.itemsIn(room)) {
      // Acts are idempotent.
      if (item.state !== "pending" || !item.firstSent || item.act) continue;
      const age = this.#now() - item.firstSent.at;
      // Negative: the system clock was set back, so the age is unknown.
      const remembered = age >= 0 && age < dedupeSeconds * 1000;
      if (!remembered || item.firstSent.user !== user) this.#outbox.giveUp(item, "unsure");
    }
  }

  /**
   * Messages in flight become pending again.
   * @param {string} room
   */
  roomLost(room) {
    this.#ready.delete(room);
    this.#flights.delete(room);
  }

  connectionLost() {
    this.#ready.clear();
    this.#flights.clear();
  }

  /**
   * What to send now, for the first time or again.
   * @param {string} user the sender
   */
  due(user) {
    this.#forgiveSleep();
    return [...this.#ready].flatMap((room) => {
      const now = this.#now();
      const flight = this.#flightIn(room);
      if (flight && now < flight.resendAt) return [];
      const item = flight ? this.#outbox.item(flight.key) : this.#nextIn(room, user);
      if (!item) return [];
      if (!flight && !isComplete(item, now)) {
        this.incomplete.emit(item);
        return [];
      }
      this.#flights.set(room, {
        key: item.key,
        since: flight?.since ?? now,
        resendAt: now + resendAfter,
        doubtful: item.firstSent !== undefined && !item.waits,
      });
      this.#outbox.setWaits(item, false);
      this.#outbox.markSent(item, user);
      return [{ item, again: flight !== undefined }];
    });
  }

  /**
   * A message that the user sent under another identity may have arrived, and its key would not prevent a second one.
   * @param {string} room
   * @param {string} user
   */
  #nextIn(room, user) {
    for (;;) {
      const item = this.#outbox.nextIn(room);
      if (!item?.firstSent || item.act || item.firstSent.user === user) return item;
      this.#outbox.giveUp(item, "unsure");
    }
  }

  /** @param {Wire.Refusal & { key: string }} refusal */
  refused({ key, code, message, retryAfterMs }) {
    const item = this.#outbox.item(key);
    if (!item) return;
    const flight = this.#flights.get(item.room);
    if (code === "unavailable" || code === "rate_limited") {
      if (flight?.key !== key) return;
      flight.resendAt = this.#now() + (retryAfterMs ?? resendAfter);
      if (code === "rate_limited") flight.since = flight.resendAt;
      this.#outbox.setWaits(item, code === "rate_limited" && !flight.doubtful);
    } else if (code !== "not_joined") {
      if (flight?.key === key) this.#flights.delete(item.room);
      if (code === "bad_request" && renews(item)) this.#outbox.save(item);
      else this.#outbox.giveUp(item, "failed", { code, message });
    }
  }

  /** Does not count time asleep, when no answer can arrive, nor a system clock that was set back. */
  #forgiveSleep() {
    const gap = this.#now() - this.#lastAsked;
    this.#lastAsked = this.#now();
    if (gap >= 0 && gap < slept) return;
    for (const flight of this.#flights.values()) {
      flight.since += gap;
      flight.resendAt += gap;
    }
  }

  /**
   * The message in flight, unless it has timed out.
   * @param {string} room
   */
  #flightIn(room) {
    const flight = this.#flights.get(room);
    if (!flight) return undefined;
    const item = this.#outbox.item(flight.key);
    const inTime = this.#now() - flight.since < patience || this.#outbox.hasArrived(flight.key);
    if (item?.state === "pending" && inTime) return flight;
    if (item?.state === "pending") this.#outbox.giveUp(item, "failed");
    this.#flights.delete(room);
    return undefined;
  }
}

/**
 * Whether the server has the files of a message.
 * @param {import("./Outbox.js").Item} item
 * @param {number} now
 */
export function isComplete({ files = [] }, now) {
  return files.every(({ ticket, until = 0 }) => ticket && until > now);
}

/**
 * Tickets may have ended, or be those of another identity: once, the files are uploaded again.
 * @param {import("./Outbox.js").Item} item that the server does not have
 */
function renews(item) {
  if (!item.files || item.renewed) return false;
  item.renewed = true;
  delete item.firstSent;
  for (const file of item.files) delete file.ticket;
  return true;
}
