import { compareIDs, numberOf } from "./order.js";

/**
 * @typedef {import("../transport/frames.js").Message} Message
 * @typedef {import("../transport/frames.js").Missing} Missing
 */

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
   *
   * @type {Missing | undefined}
   */
  missing;
  /** Whether the server may have more before the first message. */
  open = false;
  /** @type {Message[]} */
  messages = [];

  /**
   * @param {number} serial
   * @param {string} epoch
   * @param {Message[]} messages
   * @param {Missing} [missing]
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
   *
   * @param {Message} message
   */
  insert(message) {
    let place = this.messages.length;
    while (place > 0 && compareIDs(this.messages[place - 1].id, message.id) >= 0) place -= 1;
    const same = this.messages[place]?.id === message.id;
    this.messages.splice(place, same ? 1 : 0, message);
  }

  /**
   * Whether an epoch's log is the one this is from: a failover changes the epoch, not the log.
   *
   * @param {string} epoch
   */
  isFrom(epoch) {
    return epoch.split(".")[0] === this.epoch.split(".")[0];
  }

  /**
   * @param {Message} message
   */
  has({ id, from, text }) {
    return this.messages.some(
      (other) => other.id === id && other.from.id === from.id && other.text === text,
    );
  }
}
