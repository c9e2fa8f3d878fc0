import { compareIDs } from "./ids.js";
import { Stretch } from "./Stretch.js";
import { entriesOf, letGo, putBefore, unknownTo } from "./stretches.js";

/** What was said in a room, as far as it is known: stretches without a hole, and the gaps between them. */
export class Timeline {
  /** Never empty. */
  #stretches = [new Stretch(0, "0", [])];
  /** What is shown instead, from further up: see extras/Passage.js. */
  passage = /** @type {import("../extras/Passage.js").Passage | null} */ (null);
  /** The one whose beginning is being asked for. */
  #loading = /** @type {Stretch | null} */ (null);

  get entries() {
    return entriesOf(this.passage ? [this.passage] : this.#stretches);
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

  get #all() {
    return this.passage ? [this.passage, ...this.#stretches] : this.#stretches;
  }

  /** @param {string} id of a message that may be known */
  find(id) {
    return this.#all.map((one) => one.find(id)).find((found) => found);
  }

  /** The newest stretch, that everything new goes into. */
  get last() {
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
    this.last.epoch = epoch;
    for (const message of messages) this.last.insert(message);
    this.#apply(messages);
  }

  /**
   * Begins where nothing was known; what stands before the last gap, from a log that is gone, stays.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  beginAgain(epoch, messages) {
    const { serial, missing } = this.last;
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
    const { open, messages } = this.last;
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
    const serial = this.last.serial + 1;
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
   * The answer. From another log than the one that was asked for, it says that there is nothing more to be had.
   * @param {Wire.HistoryPage} page
   */
  prepend(page) {
    const stretch = this.#loading;
    if (!stretch) return;
    this.#loading = null;
    stretch.open = false;
    if (stretch.isFrom(page.epoch)) putBefore(this.#stretches, stretch, page);
  }

  /** Has the passage come to what is known from later on, it goes on there. */
  join() {
    const joined = this.passage?.joinedTo(this.#stretches);
    if (!joined) return;
    this.#stretches = joined;
    this.passage = null;
  }

  /**
   * Does to what is known what was done to it, in the order of the log.
   * @param {Wire.Message[]} entries
   */
  #apply(entries) {
    const { epoch } = this.last;
    for (const entry of entries)
      for (const stretch of entry.act ? this.#all : [])
        if (stretch.isFrom(epoch)) stretch.apply(entry);
  }

  /** @param {boolean} atEnd where the reader is */
  trim(atEnd) {
    if (!this.#loading) letGo(this.#stretches, atEnd);
  }
}
