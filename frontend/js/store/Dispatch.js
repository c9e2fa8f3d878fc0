const resendAfter = 5_000;
const patience = 10_000;
/** Who asks twice a second, and comes so late, was asleep. */
const slept = 3_000;

/**
 * Decides what of the outbox is sent when. At most one message of a room is in flight, so they arrive in order; it is
 * sent again, with its key, until it is acknowledged; without an answer while online it fails.
 */
export class Dispatch {
  #outbox;
  #now;
  /** Rooms that are joined and caught up: what was not found in them by now is not in their log. */
  #ready = /** @type {Set<string>} */ (new Set());
  /**
   * By room.
   * @type {Map<string, { key: string, since: number, resendAt: number }>}
   */
  #flights = new Map();
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
   * A room was joined and all of its pages are in.
   * @param {string} room
   * @param {{ recovered: boolean, user: string, dedupeSeconds: number }} how `recovered`: nothing was passed over
   */
  roomReady(room, { recovered, user, dedupeSeconds }) {
    this.#ready.add(room);
    if (recovered) return;
    for (const item of this.#outbox.itemsIn(room)) {
      // An act that is done twice is done.
      if (item.state !== "pending" || !item.firstSent || item.act) continue;
      const age = this.#now() - item.firstSent.at;
      // Before it was sent: the clock was put back, and nobody knows how old it is.
      const remembered = age >= 0 && age < dedupeSeconds * 1000;
      if (!remembered || item.firstSent.user !== user) this.#outbox.giveUp(item, "unsure");
    }
  }

  /**
   * What is in flight becomes pending again.
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
   * What is to be sent now, for the first time or again.
   * @param {string} user who sends
   */
  due(user) {
    this.#forgiveSleep();
    return [...this.#ready].flatMap((room) => {
      const now = this.#now();
      const flight = this.#flightIn(room);
      if (flight && now < flight.resendAt) return [];
      const item = flight ? this.#outbox.item(flight.key) : this.#outbox.nextIn(room);
      if (!item) return [];
      this.#flights.set(room, {
        key: item.key,
        since: flight?.since ?? now,
        resendAt: now + resendAfter,
      });
      this.#outbox.markSent(item, user);
      return [{ item, again: flight !== undefined }];
    });
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
    } else if (code !== "not_joined") {
      if (flight?.key === key) this.#flights.delete(item.room);
      this.#outbox.giveUp(item, "failed", message);
    }
  }

  /** While a computer sleeps no answer can come: that time does not count, nor does a clock that was put back. */
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
   * What is on its way in a room, if it is still to be waited for.
   * @param {string} room
   */
  #flightIn(room) {
    const flight = this.#flights.get(room);
    if (!flight) return undefined;
    const item = this.#outbox.item(flight.key);
    if (item?.state === "pending" && this.#now() - flight.since < patience) return flight;
    if (item?.state === "pending") this.#outbox.giveUp(item, "failed");
    this.#flights.delete(room);
    return undefined;
  }
}
