import { compareIDs } from "./ids.js";
import { letGo, Stretch, unknownTo } from "./Stretch.js";

/**
 * @typedef {{ kind: "gap", serial: number, missing?: Wire.Missing, open: boolean }} Gap
 * @typedef {{ kind: "message", serial: number, message: Wire.Message }} Said
 */

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
      ...messages.flatMap((message) =>
        message.act ? [] : [/** @type {Said} */ ({ kind: "message", serial, message })],
      ),
    ]);
  }

  *newestFirst() {
    for (let one = this.#stretches.length - 1; one >= 0; one -= 1) {
      const { messages } = this.#stretches[one];
      for (let place = messages.length - 1; place >= 0; place -= 1)
        if (!messages[place].act) yield messages[place];
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
    this.#apply(messages);
  }

  /**
   * Begins where nothing was known; what stands before the last gap, from a log that is gone, stays.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  beginAgain(epoch, messages) {
    const { serial, missing } = this.#last;
    this.#stretches[this.#stretches.length - 1] = new Stretch(serial, epoch, messages, missing);
    this.#apply(messages);
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
    this.#apply(unknown);
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
   * The answer. From another log than the one that was asked for, it says that there is nothing more to be had. Its
   * messages are as they were at its head; what is before them may not have heard of its acts.
   * @param {Wire.HistoryPage} page
   */
  prepend({ epoch, head = "0-0", messages, more }) {
    const stretch = this.#loading;
    if (!stretch) return;
    this.#loading = null;
    stretch.open = false;
    if (!stretch.isFrom(epoch)) return;
    const before = this.#stretches.slice(0, this.#stretches.indexOf(stretch));
    const unknown = unknownTo(before, messages);
    for (const message of unknown) stretch.insert(message);
    stretch.open = more && unknown.length === messages.length;
    for (const act of stretch.acts) {
      if (compareIDs(act.id, head) > 0) stretch.apply(act);
      for (const earlier of before) if (earlier.isFrom(epoch)) earlier.apply(act);
    }
  }

  /**
   * Does to what is known what was done to it, in the order of the log.
   * @param {Wire.Message[]} entries
   */
  #apply(entries) {
    const { epoch } = this.#last;
    for (const entry of entries)
      for (const stretch of entry.act ? this.#stretches : [])
        if (stretch.isFrom(epoch)) stretch.apply(entry);
  }

  /** @param {boolean} atEnd where the reader is */
  trim(atEnd) {
    if (!this.#loading) letGo(this.#stretches, atEnd);
  }
}
