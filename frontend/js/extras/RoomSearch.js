import { Signal } from "../runtime.js";
import { applied } from "../transport/frames.js";

/** Retries when the server is too busy. */
const tries = 5;
const patience = 1_000;
/** Between automatic requests: they count towards the rate limit, which messages need, too. */
const pause = 1_000;

/**
 * A search in a room and its results. It goes back through the log until it finds something, the log ends, or the user
 * stops it. Each request has a key of its own, so late answers are ignored. It continues after a reconnect.
 *
 * @typedef {"idle" | "searching" | "done" | "stopped" | "failed" | "impossible"} State `impossible`: not supported
 *   by the node
 */
export class RoomSearch {
  changed = new Signal();
  room = "";
  query = "";
  state = /** @type {State} */ ("idle");
  /** Newest first. */
  messages = /** @type {Wire.Message[]} */ ([]);
  /** The id back to which the log has been searched. */
  before = /** @type {string | undefined} */ (undefined);
  /** Whether there is more to search. */
  more = false;
  #session;
  #clock;
  #epoch = "";
  #asked = 0;
  #left = tries;
  /** The number of results when it last continued. */
  #had = 0;

  /**
   * @param {import("../transport/Session.js").Session} session
   * @param {Pick<import("../runtime.js").Clock, "after">} clock
   */
  constructor(session, clock) {
    this.#session = session;
    this.#clock = clock;
    session.frames.listen((frame) => this.#hear(frame));
    session.changed.listen(() => this.state === "searching" && this.changed.emit());
  }

  /**
   * Drops the results of another room.
   * @param {string} room
   */
  enter(room) {
    if (room !== this.room) this.#begin(room, "");
  }

  /** @param {string} query */
  search(query) {
    this.#begin(this.room, query.trim());
    if (this.query !== "") this.searchOn();
  }

  /** Continues further back, or retries. */
  searchOn() {
    if (this.state !== "searching") this.#start();
  }

  /** Keeps the results and ignores an answer on its way. */
  stop() {
    if (this.state !== "searching") return;
    this.#asked += 1;
    this.state = "stopped";
    this.changed.emit();
  }

  #start() {
    this.#left = tries;
    this.#had = this.messages.length;
    this.state = "searching";
    this.#ask();
    this.changed.emit();
  }

  get waiting() {
    return this.state === "searching" && !this.#session.online;
  }

  /**
   * @param {string} room
   * @param {string} query
   */
  #begin(room, query) {
    this.room = room;
    this.query = query;
    this.state = "idle";
    this.messages = [];
    this.before = undefined;
    this.more = false;
    this.#epoch = "";
    this.#asked += 1;
    this.changed.emit();
  }

  get #key() {
    return `search-${this.#asked}`;
  }

  /** @param {number} ms */
  #askAfter(ms) {
    const key = this.#key;
    this.#clock.after(ms, () => key === this.#key && this.#ask());
  }

  /** Dropped while offline, and sent again once the room is joined. */
  #ask() {
    this.#asked += 1;
    const { room, query, before } = this;
    this.#session.send({
      type: "search",
      room,
      query,
      ...(before && { before }),
      key: this.#key,
    });
  }

  /** @param {Wire.Frame} frame */
  #hear(frame) {
    if (frame.type === "chat" && frame.room === this.room && frame.target) this.#apply(frame);
    if (this.state !== "searching") return;
    if (frame.type === "joined" && frame.room === this.room) this.#start();
    if (frame.type === "found" && frame.key === this.#key) this.#found(frame);
    if (frame.type === "error" && frame.key === this.#key) this.#refused(frame);
  }

  /** @param {Wire.Found} answer */
  #found({ epoch, messages, before, more }) {
    // The room has a new log, which does not contain the results.
    if (this.#epoch !== "" && epoch !== this.#epoch) {
      this.#begin(this.room, this.query);
      return this.#start();
    }
    this.#epoch = epoch;
    this.messages = [...this.messages, ...[...messages].reverse()];
    const goesBack = before !== undefined && before !== this.before;
    this.before = before ?? this.before;
    this.more = more;
    this.#left = tries;
    if (!more || !goesBack || this.messages.length > this.#had) this.state = "done";
    else this.#askAfter(pause);
    this.changed.emit();
  }

  /** @param {Wire.Refusal} refusal */
  #refused({ code, retryAfterMs }) {
    // The room will be joined again.
    if (code === "not_joined") return;
    const busy = code === "rate_limited" || code === "unavailable";
    if (busy && this.#left > 0) {
      this.#left -= 1;
      return this.#askAfter(retryAfterMs ?? patience);
    }
    this.state = code === "unknown_type" ? "impossible" : "failed";
    this.changed.emit();
  }

  /**
   * Edits or removes a result.
   * @param {Wire.Message} act
   */
  #apply(act) {
    if (!this.messages.some(({ id }) => id === act.target)) return;
    const messages = this.messages.map((one) => (one.id === act.target ? applied(one, act) : one));
    this.messages = messages.filter(({ deleted }) => !deleted);
    this.changed.emit();
  }
}
