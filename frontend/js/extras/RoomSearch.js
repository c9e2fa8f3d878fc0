import { Signal } from "../Signal.js";
import { applied } from "../store/acts.js";

/** How often a question is put again to a server that is too busy. */
const tries = 5;
const patience = 1_000;

/**
 * One question for what was said in a room, and what was found so far. Every frame of it has a key of its own, so that a
 * late answer to an earlier one is known. It is put again when the room is joined again, and goes on until it is answered.
 *
 * @typedef {"idle" | "searching" | "done" | "failed" | "impossible"} State `impossible`: the node does not know how
 */
export class RoomSearch {
  /** @type {Signal} */
  changed = new Signal();
  room = "";
  query = "";
  state = /** @type {State} */ ("idle");
  /** Newest first. */
  messages = /** @type {Wire.Message[]} */ ([]);
  /** How far back was looked: an id. */
  before = /** @type {string | undefined} */ (undefined);
  /** Whether there is more to look at. */
  more = false;
  #session;
  #clock;
  #epoch = "";
  #asked = 0;
  #left = tries;

  /**
   * @param {import("../transport/Session.js").Session} session
   * @param {Pick<import("../transport/Heartbeat.js").Clock, "after">} clock
   */
  constructor(session, clock) {
    this.#session = session;
    this.#clock = clock;
    session.frames.listen((frame) => this.#hear(frame));
    session.changed.listen(() => this.state === "searching" && this.changed.emit());
  }

  /**
   * Another room: what was found in the last one is forgotten.
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

  /** Goes on further back, or tries again. */
  searchOn() {
    if (this.state !== "searching") this.#start();
  }

  #start() {
    this.#left = tries;
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

  /** Offline it goes nowhere; once the room is joined again it is put again. */
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
    // The room's log has begun anew: what was found is not in it.
    if (this.#epoch !== "" && epoch !== this.#epoch) {
      this.#begin(this.room, this.query);
      return this.#start();
    }
    this.#epoch = epoch;
    this.messages = [...this.messages, ...[...messages].reverse()];
    this.before = before ?? this.before;
    this.more = more;
    this.state = "done";
    this.changed.emit();
  }

  /** @param {Wire.Refusal} refusal */
  #refused({ code, key, retryAfterMs }) {
    // The room will be joined again.
    if (code === "not_joined") return;
    const busy = code === "rate_limited" || code === "unavailable";
    if (busy && this.#left > 0) {
      this.#left -= 1;
      this.#clock.after(retryAfterMs ?? patience, () => key === this.#key && this.#ask());
      return;
    }
    this.state = code === "unknown_type" ? "impossible" : "failed";
    this.changed.emit();
  }

  /**
   * What was found changes, or goes, as the message does.
   * @param {Wire.Message} act
   */
  #apply(act) {
    if (!this.messages.some(({ id }) => id === act.target)) return;
    const messages = this.messages.map((one) => (one.id === act.target ? applied(one, act) : one));
    this.messages = messages.filter(({ deleted }) => !deleted);
    this.changed.emit();
  }
}
