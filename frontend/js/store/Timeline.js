import { compareIDs } from "./ids.js";
import { Stretch } from "./Stretch.js";

/**
 * @typedef {{ kind: "gap", serial: number, missing?: Wire.Missing, open: boolean }} Gap
 * @typedef {{ kind: "message", serial: number, message: Wire.Message }} Said
 */

/** Beyond so many messages the older half is let go; scrolling up brings it back. */
const most = { atEnd: 600, furtherUp: 20_000 };

/** What was said in a room, as far as it is known: stretches without a hole, and the gaps between them. */
export class Timeline {
  /** Never empty. */
  #stretches = [new Stretch(0, "0", [])];
  /** The one whose beginning is being asked for. */
  #loading = /** @type {Stretch | null} */ (null);

  /** @returns {(Gap | Said)[]} */
  get entries() {
    return this.#stretches.flatMap(({ serial, missing, open, messages }, index) => [
      ...(index > 0 ? [/** @type {Gap} */ ({ kind: "gap", serial, missing, open })] : []),
      ...messages.map((message) => /** @type {Said} */ ({ kind: "message", serial, message })),
    ]);
  }

  *newestFirst() {
    for (let one = this.#stretches.length - 1; one >= 0; one -= 1) {
      const { messages } = this.#stretches[one];
      for (let place = messages.length - 1; place >= 0; place -= 1) yield messages[place];
    }
  }

  /** @returns {Wire.Message | undefined} */
  get newest() {
    const [newest] = this.newestFirst();
    return newest;
  }

  get #last() {
    return this.#stretches[this.#stretches.length - 1];
  }

  /** Whether the server may have more before the first message. */
  get open() {
    return this.#stretches[0].open;
  }

  /**
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  append(epoch, messages) {
    this.#last.epoch = epoch;
    for (const message of messages) this.#last.insert(message);
  }

  /**
   * Begins where nothing was known; what stands before the last gap, from a log that is gone, stays.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  beginAgain(epoch, messages) {
    const { serial, missing } = this.#last;
    this.#stretches[this.#stretches.length - 1] = new Stretch(serial, epoch, messages, missing);
  }

  /**
   * One of our own that the log has. A late answer may be about one from before what is shown: then history brings it,
   * with what stands between.
   * @param {string} epoch
   * @param {Wire.Message} message
   */
  confirm(epoch, message) {
    const { open, messages } = this.#last;
    const earlier = messages.length > 0 && compareIDs(message.id, messages[0].id) < 0;
    if (!open || !earlier) this.append(epoch, [message]);
  }

  /**
   * Goes on after a gap, with what of these is not known from before it.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   * @param {Wire.Missing} [missing]
   */
  goOnAfterGap(epoch, messages, missing) {
    const unknown = unknownTo(this.#stretches, messages);
    const serial = this.#last.serial + 1;
    const stretch = new Stretch(serial, epoch, unknown, missing);
    if (unknown.length < messages.length) stretch.open = false;
    this.#stretches.push(stretch);
  }

  /**
   * @param {number} [serial] of the stretch whose earlier messages are wanted; without it the first one's
   * @returns the id to ask before, or null: nothing to ask for
   */
  startLoading(serial = this.#stretches[0].serial) {
    const stretch = this.#stretches.find((one) => one.serial === serial);
    if (this.#loading || !stretch?.open) return null;
    this.#loading = stretch;
    return stretch.messages[0].id;
  }

  /** The answer will not come. */
  stopLoading() {
    this.#loading = null;
  }

  /**
   * The answer. From another log than the one that was asked for, it says that there is nothing more to be had.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   * @param {boolean} more
   */
  prepend(epoch, messages, more) {
    const stretch = this.#loading;
    if (!stretch) return;
    this.#loading = null;
    stretch.open = false;
    if (!stretch.isFrom(epoch)) return;
    const before = this.#stretches.slice(0, this.#stretches.indexOf(stretch));
    const unknown = unknownTo(before, messages);
    for (const message of unknown) stretch.insert(message);
    stretch.open = more && unknown.length === messages.length;
  }

  /** @param {boolean} atEnd where the reader is */
  trim(atEnd) {
    let count = this.#stretches.reduce((sum, { messages }) => sum + messages.length, 0);
    const limit = atEnd ? most.atEnd : most.furtherUp;
    const kept = limit / 2;
    if (count <= limit || this.#loading) return;
    while (count > kept) {
      const oldest = this.#stretches[0];
      count -= oldest.messages.splice(0, count - kept).length;
      if (oldest.messages.length === 0) this.#stretches.shift();
    }
    this.#stretches[0].open = true;
  }
}

/**
 * @param {Stretch[]} stretches
 * @param {Wire.Message[]} messages
 */
function unknownTo(stretches, messages) {
  return messages.filter((message) => !stretches.some((one) => one.has(message)));
}
