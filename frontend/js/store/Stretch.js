import { applied } from "./acts.js";
import { compareIDs, numberOf } from "./ids.js";

/**
 * A stretch of a room's history without a hole, by id. A room has one; a second one begins where the server could not
 * give what lies between.
 */
export class Stretch {
  /** Unique in the room; stays the same. */
  serial;
  /** The epoch of its newest messages. */
  epoch;
  /**
   * What is known to be lost before it.
   * @type {Wire.Missing | undefined}
   */
  missing;
  /** Whether the server may have more before the first message. */
  open = false;
  /** @type {Wire.Message[]} */
  messages = [];

  /**
   * @param {number} serial
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   * @param {Wire.Missing} [missing]
   */
  constructor(serial, epoch, messages, missing) {
    this.serial = serial;
    this.epoch = epoch;
    this.missing = missing;
    for (const message of messages) this.insert(message);
    const first = this.messages.at(0);
    this.open =
      first !== undefined && numberOf(first.id) > (missing ? numberOf(missing.to) : 0) + 1;
  }

  /**
   * Puts a message in its place, or in the place of the same one.
   * @param {Wire.Message} message
   */
  insert(message) {
    const place = this.#placeOf(message.id);
    const same = this.messages[place]?.id === message.id;
    this.messages.splice(place, same ? 1 : 0, message);
  }

  get acts() {
    return this.messages.filter(({ act }) => act);
  }

  /** @param {string} id of a message */
  find(id) {
    const message = this.messages[this.#placeOf(id)];
    return message?.id === id && !message.act ? message : undefined;
  }

  /** @param {Wire.Message} act */
  apply(act) {
    const { target = "" } = act;
    const place = this.#placeOf(target);
    const message = this.messages[place];
    if (message?.id === target) this.messages[place] = applied(message, act);
  }

  /**
   * Where a message is, or would be.
   * @param {string} id
   */
  #placeOf(id) {
    let place = 0;
    let end = this.messages.length;
    // Most come at the end.
    if (end > 0 && compareIDs(this.messages[end - 1].id, id) < 0) place = end;
    while (place < end) {
      const middle = (place + end) >> 1;
      if (compareIDs(this.messages[middle].id, id) < 0) place = middle + 1;
      else end = middle;
    }
    return place;
  }

  /**
   * Whether an epoch's log is the one this is from: a failover changes the epoch, not the log.
   * @param {string} epoch
   */
  isFrom(epoch) {
    return epoch.split(".")[0] === this.epoch.split(".")[0];
  }

  /** @param {Wire.Message} message */
  has({ id, from, text, edited, deleted }) {
    return this.messages.some(
      (other) =>
        other.id === id &&
        other.from.id === from.id &&
        (other.text === text || edited || deleted || other.edited || other.deleted),
    );
  }
}
