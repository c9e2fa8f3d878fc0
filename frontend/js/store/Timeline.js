import { applied, compareIDs, numberOf } from "../transport/frames.js";

/**
 * @typedef {{ kind: "gap", serial: number, missing?: Wire.Missing, open: boolean }} Gap
 * @typedef {{ kind: "message" | "event", serial: number, message: Wire.Message }} Said `event`: happened to the room
 */

/** Above this number of messages the older half is dropped; scrolling up loads it again. */
const most = { atEnd: 600, furtherUp: 20_000 };

/** The known messages of a room: stretches without a hole, and the gaps between them. */
export class Timeline {
  /** Never empty. */
  #stretches = [new Stretch(0, "0", [])];
  /** Shown instead of the end of the room: see extras/Permalink.js. */
  passage = /** @type {import("../extras/Permalink.js").Passage | null} */ (null);
  /** The stretch whose earlier messages are requested. */
  #loading = /** @type {Stretch | null} */ (null);

  /** @returns {(Gap | Said)[]} */
  get entries() {
    const stretches = this.passage ? [this.passage] : this.#stretches;
    return stretches.flatMap(({ serial, missing, open, messages }, index) => [
      ...(index > 0 ? [/** @type {Gap} */ ({ kind: "gap", serial, missing, open })] : []),
      ...messages.flatMap((message) => {
        const event = message.act === "role" || message.act === "policy";
        if (message.act && !event) return [];
        return [/** @type {Said} */ ({ kind: event ? "event" : "message", serial, message })];
      }),
    ]);
  }

  *newestFirst() {
    for (let one = this.#stretches.length - 1; one >= 0; one -= 1) {
      const { messages } = this.#stretches[one];
      for (let place = messages.length - 1; place >= 0; place -= 1) if (!messages[place].act) yield messages[place];
    }
  }

  /** @returns {Wire.Message | undefined} */
  get newest() {
    const [newest] = this.newestFirst();
    return newest;
  }

  /** The newest message or event. */
  get end() {
    return this.last.messages.filter(({ act = "role" }) => act === "role" || act === "policy").at(-1);
  }

  get #all() {
    return this.passage ? [this.passage, ...this.#stretches] : this.#stretches;
  }

  /** @param {string} id */
  find(id) {
    return this.#all.map((one) => one.find(id)).find((found) => found);
  }

  /** The newest stretch: new messages go here. */
  get last() {
    return this.#stretches[this.#stretches.length - 1];
  }

  /** Whether the server may have more before the first message. */
  get open() {
    return this.#stretches[0].open;
  }

  /** The first known entry. */
  get oldest() {
    return this.#stretches[0].messages.at(0);
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
   * The first messages of a log. What precedes the last gap, from a log that is gone, stays.
   * @param {string} epoch
   * @param {Wire.Message[]} messages
   */
  beginAgain(epoch, messages) {
    const { serial, missing } = this.last;
    this.#stretches[this.#stretches.length - 1] = new Stretch(serial, epoch, messages, missing);
    this.#apply(messages);
  }

  /**
   * Our own message is in the log. A late answer may be about one before the known messages: then history brings it.
   * @param {string} epoch
   * @param {Wire.Message} message
   */
  confirm(epoch, message) {
    const { open, messages } = this.last;
    const earlier = messages.length > 0 && compareIDs(message.id, messages[0].id) < 0;
    if (!open || !earlier) this.append(epoch, [message]);
  }

  /**
   * Adds the messages after a gap, without those known from before it.
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
   * @param {number} [serial] of the stretch whose earlier messages are wanted; by default the first
   * @returns the id to load before; null: there is nothing to load
   */
  startLoading(serial = this.#stretches[0].serial) {
    const stretch = this.#stretches.find((one) => one.serial === serial);
    if (this.#loading || !stretch?.open) return null;
    this.#loading = stretch;
    return stretch.messages[0].id;
  }

  /** No answer will arrive. */
  stopLoading() {
    this.#loading = null;
  }

  /**
   * The answer. If it is from another log, there is nothing more to load.
   * @param {Wire.HistoryPage} page
   */
  prepend(page) {
    const stretch = this.#loading;
    if (!stretch) return;
    this.#loading = null;
    stretch.open = false;
    if (stretch.isFrom(page.epoch)) putBefore(this.#stretches, stretch, page);
  }

  /** Joins the passage with the stretches once they meet. */
  join() {
    const joined = this.passage?.joinedTo(this.#stretches);
    if (!joined) return;
    this.#stretches = joined;
    this.passage = null;
  }

  /**
   * Applies acts to the known messages, in the order of the log.
   * @param {Wire.Message[]} entries
   */
  #apply(entries) {
    const { epoch } = this.last;
    for (const entry of entries)
      for (const stretch of entry.act ? this.#all : []) if (stretch.isFrom(epoch)) stretch.apply(entry);
  }

  /**
   * Drops the oldest messages if there are too many.
   * @param {boolean} atEnd where the reader is
   */
  trim(atEnd) {
    if (this.#loading) return;
    let count = this.#stretches.reduce((sum, { messages }) => sum + messages.length, 0);
    const limit = atEnd ? most.atEnd : most.furtherUp;
    const kept = limit / 2;
    if (count <= limit) return;
    while (count > kept) {
      const [oldest] = this.#stretches;
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

/**
 * Puts a page of history before the messages of a stretch. The page has the state at its head, so later acts are applied
 * to it; its own acts are applied to what precedes it.
 * @param {Stretch[]} stretches
 * @param {Stretch} stretch one of them
 * @param {Omit<Wire.HistoryPage, "room">} page
 */
export function putBefore(stretches, stretch, { epoch, head = "0-0", messages, more }) {
  const before = stretches.slice(0, stretches.indexOf(stretch));
  const unknown = unknownTo(before, messages);
  for (const message of unknown) stretch.insert(message);
  stretch.open = more && unknown.length === messages.length;
  for (const act of stretch.acts) {
    if (compareIDs(act.id, head) > 0) stretch.apply(act);
    for (const earlier of before) if (earlier.isFrom(epoch)) earlier.apply(act);
  }
}

/** A part of a room's history without a hole, ordered by id. A second one begins where messages may be missing. */
export class Stretch {
  /** Unique in the room. */
  serial;
  /** The epoch of its newest messages. */
  epoch;
  /** The messages known to be lost before it. */
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
    this.open = first !== undefined && numberOf(first.id) > (missing ? numberOf(missing.to) : 0) + 1;
  }

  /**
   * Inserts a message in order, or replaces it.
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
    // The usual case: at the end.
    if (end > 0 && compareIDs(this.messages[end - 1].id, id) < 0) place = end;
    while (place < end) {
      const middle = (place + end) >> 1;
      if (compareIDs(this.messages[middle].id, id) < 0) place = middle + 1;
      else end = middle;
    }
    return place;
  }

  /**
   * Whether an epoch belongs to the log of this stretch: a failover changes the epoch, not the log.
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

const mostNotes = 50;

/**
 * Joins and leaves between two messages, folded into one note. A join and a leave of one user cancel out.
 *
 * @typedef {{ joined: Wire.User[], left: Wire.User[] }} Note
 */
export class Comings {
  /** By the id of the message or event before them, and by user. */
  #notes = /** @type {Map<string, Map<string, { name: string, here: boolean }>>} */ (new Map());

  /**
   * @param {string} after the id of the message or event before
   * @param {Wire.User[]} joined
   * @param {Wire.User[]} left
   */
  add(after, joined, left) {
    const note = this.#notes.get(after) ?? new Map();
    const change = (/** @type {Wire.User} */ { id, name }, /** @type {boolean} */ here) => {
      const before = note.get(id);
      if (before && before.here !== here) note.delete(id);
      else note.set(id, { name, here });
    };
    for (const user of left) change(user, false);
    for (const user of joined) change(user, true);
    this.#notes.delete(after);
    if (note.size > 0) this.#notes.set(after, note);
    if (this.#notes.size > mostNotes) this.#notes.delete([...this.#notes.keys()][0]);
  }

  /**
   * @param {string} id of a message or event
   * @returns {Note | null} what follows it
   */
  after(id) {
    const people = Array.from(this.#notes.get(id) ?? [], ([user, { name, here }]) => ({ id: user, name, here }));
    if (people.length === 0) return null;
    const those = (/** @type {boolean} */ wanted) =>
      people.filter(({ here }) => here === wanted).map(({ id: user, name }) => ({ id: user, name }));
    return { joined: those(true), left: those(false) };
  }
}
