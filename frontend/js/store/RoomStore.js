import { Signal } from "../Signal.js";
import { Members } from "./Members.js";
import { Stretch } from "./Stretch.js";
import { compareIDs } from "./order.js";

/**
 * @typedef {import("../transport/frames.js").Message} Message
 * @typedef {{ kind: "gap", serial: number, missing?: import("../transport/frames.js").Missing, open: boolean }} Gap
 * @typedef {{ kind: "message", serial: number, message: Message }} Said
 */

/** Beyond so many messages the oldest are let go; scrolling up brings them back. */
const limit = 600;
const kept = 300;

/**
 * One room as this browser knows it: what was said, how far it was read without a hole, and who is here.
 */
export class RoomStore {
  /** @type {Signal} */
  changed = new Signal();
  members = new Members();
  /** Where to resume: the last message the server delivered, not the newest known. */
  position = /** @type {import("../transport/Session.js").Position | null} */ (null);
  /** The first answer has come. */
  joined = false;
  /**
   * The stretch whose beginning is being asked for.
   *
   * @type {Stretch | null}
   */
  #loading = null;
  /** @type {Stretch[]} */
  #stretches = [new Stretch(0, [])];
  /** What the present pages of a rejoin began with. */
  #recovered = true;

  /** Whether the last join went on where we were. */
  get recovered() {
    return this.#recovered;
  }

  /** @returns {(Gap | Said)[]} */
  get entries() {
    return this.#stretches.flatMap(({ serial, missing, open, messages }, index) => [
      ...(index > 0 ? [/** @type {Gap} */ ({ kind: "gap", serial, missing, open })] : []),
      ...messages.map((message) => /** @type {Said} */ ({ kind: "message", serial, message })),
    ]);
  }

  /**
   * `joined` or `reset`: a new footing.
   *
   * @param {import("../transport/frames.js").CatchUp} answer
   */
  catchUp({ epoch, head, recovered, missing, messages }) {
    const first = this.position === null;
    this.#recovered = recovered && !first;
    this.#loading = null;
    if (first) this.#stretches = [new Stretch(0, messages)];
    else if (recovered && !missing) this.#append(messages);
    else this.#begin(messages, missing);
    if (!recovered) this.position = null;
    this.#moveTo(epoch, messages.at(-1)?.id ?? this.position?.id ?? head);
    this.joined = true;
    this.changed.emit();
  }

  /**
   * A page of what follows `catchUp`.
   *
   * @param {Message[]} messages
   */
  resume(messages) {
    this.#append(messages);
    const last = messages.at(-1);
    if (last && this.position) this.#moveTo(this.position.epoch, last.id);
    this.changed.emit();
  }

  /**
   * @param {string} epoch
   * @param {Message} message
   */
  hear(epoch, message) {
    this.#append([message]);
    this.#moveTo(epoch, message.id);
    this.changed.emit();
  }

  /**
   * One of our own that the log has, ahead of its delivery: it takes its place, the position stays.
   *
   * @param {Message} message
   */
  confirm(message) {
    this.#append([message]);
    this.changed.emit();
  }

  /**
   * @param {number} [serial] of the stretch whose earlier messages are wanted; without it the first one's
   * @returns {string | null} the id to ask before, or nothing to ask for
   */
  startLoading(serial) {
    const stretch =
      serial === undefined
        ? this.#stretches[0]
        : this.#stretches.find((one) => one.serial === serial);
    if (!this.joined || this.#loading || !stretch?.open) return null;
    this.#loading = stretch;
    return stretch.messages[0].id;
  }

  /** The answer will not come. */
  stopLoading() {
    this.#loading = null;
  }

  /**
   * @param {Message[]} messages
   * @param {boolean} more
   */
  addHistory(messages, more) {
    const stretch = this.#loading;
    if (!stretch) return;
    this.#loading = null;
    const before = this.#stretches.slice(0, this.#stretches.indexOf(stretch));
    const unknown = messages.filter((message) => !before.some((one) => one.has(message)));
    for (const message of unknown) stretch.insert(message);
    stretch.open = more && unknown.length === messages.length;
    this.changed.emit();
  }

  /** Lets the oldest go when there are very many. For a reader who is at the end. */
  trim() {
    let count = this.#stretches.reduce((sum, { messages }) => sum + messages.length, 0);
    if (count <= limit || this.#loading) return;
    while (count > kept) {
      const oldest = this.#stretches[0];
      const cut = oldest.messages.splice(0, count - kept).length;
      count -= cut;
      if (oldest.messages.length === 0) this.#stretches.shift();
    }
    this.#stretches[0].open = true;
  }

  /**
   * @param {Message[]} messages
   */
  #append(messages) {
    const last = this.#stretches[this.#stretches.length - 1];
    for (const message of messages) last.insert(message);
  }

  /**
   * @param {Message[]} messages
   * @param {import("../transport/frames.js").Missing} [missing]
   */
  #begin(messages, missing) {
    const unknown = messages.filter((message) => !this.#stretches.some((one) => one.has(message)));
    const serial = (this.#stretches.at(-1)?.serial ?? 0) + 1;
    const stretch = new Stretch(serial, unknown, missing);
    if (unknown.length < messages.length) stretch.open = false;
    this.#stretches.push(stretch);
  }

  /**
   * @param {string} epoch
   * @param {string} id
   */
  #moveTo(epoch, id) {
    if (epoch === "0") return;
    const { position } = this;
    if (position?.epoch === epoch && compareIDs(id, position.id) < 0) return;
    this.position = { epoch, id };
  }
}
