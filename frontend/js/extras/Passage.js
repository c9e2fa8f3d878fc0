import { compareIDs, numberOf } from "../store/ids.js";
import { Stretch } from "../store/Stretch.js";
import { putBefore } from "../store/stretches.js";

const pageSize = 50;

/**
 * What is read from further up in a room's history, without all that came later: a stretch that grows both ways, until
 * it meets what is known from later on and is a part of that. Live messages do not touch it, what is done to its
 * messages does. The log bounds it.
 */
export class Passage extends Stretch {
  /** Whether the server has more after the last message. */
  goesOn = true;
  #chat;
  #room;
  #asking = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {string} room
   * @param {Wire.HistoryPage[]} pages that follow one another
   */
  constructor(chat, room, pages) {
    const { timeline } = chat.room(room);
    // Its rows keep their names when it joins what comes later.
    super(timeline.last.serial, pages[0].epoch, []);
    this.#chat = chat;
    this.#room = room;
    for (const page of pages) this.#add(page);
    this.open = pages[0].more;
    this.goesOn = pages[pages.length - 1].more;
  }

  /** @param {"before" | "after"} side */
  load(side) {
    const { session, history } = this.#chat;
    const [first, last] = [this.messages[0], this.messages[this.messages.length - 1]];
    const wanted = side === "before" ? this.open : this.goesOn;
    if (!wanted || this.#asking || !session.online) return;
    this.#asking = true;
    history.ask({
      room: this.#room,
      ...(side === "before" ? { before: first.id } : { after: last.id }),
      limit: pageSize,
      answered: (page) => this.#answered(side, page),
      failed: (wait) => {
        this.#asking = false;
        this.#chat.room(this.#room).lookAgain(wait);
      },
    });
  }

  /**
   * @param {"before" | "after"} side
   * @param {Wire.HistoryPage} page
   */
  #answered(side, page) {
    const { timeline, changed } = this.#chat.room(this.#room);
    this.#asking = false;
    if (timeline.passage !== this) return;
    if (!this.#goesOnWith(side, page)) timeline.passage = null;
    else {
      this.#add(page);
      if (side === "before") this.open = page.more;
      else this.goesOn = page.more;
      timeline.join();
    }
    changed.emit();
  }

  /**
   * Whether a page is from the same log, which still has what follows: then there is no hole.
   * @param {"before" | "after"} side
   * @param {Wire.HistoryPage} page
   */
  #goesOnWith(side, { epoch, messages }) {
    const last = this.messages[this.messages.length - 1];
    const follows = side === "before" || messages.length === 0;
    return this.isFrom(epoch) && (follows || numberOf(messages[0].id) === numberOf(last.id) + 1);
  }

  /**
   * A page is as it was at its head; what was done since was heard.
   * @param {Wire.HistoryPage} page
   */
  #add({ messages, head }) {
    for (const message of messages) this.insert(message);
    const { last } = this.#chat.room(this.#room).timeline;
    for (const act of last.isFrom(this.epoch) ? last.acts : [])
      if (compareIDs(act.id, head) > 0) this.apply(act);
  }

  /**
   * All stretches with this in its place, once it has come to the one that it leads to. What stood between, from before
   * a gap, is in it, as far as the log has it.
   * @param {Stretch[]} stretches
   * @returns {Stretch[] | null} null: not yet
   */
  joinedTo(stretches) {
    const place = Math.max(
      0,
      stretches.findIndex(({ serial }) => serial === this.serial),
    );
    const next = stretches[place];
    const [first, last] = [this.messages[0], this.messages[this.messages.length - 1]];
    const met = next.messages.length > 0 && compareIDs(last.id, next.messages[0].id) >= 0;
    if (this.goesOn && !met) return null;
    const isEarlier = (/** @type {Stretch} */ one) =>
      !one.isFrom(this.epoch) || compareIDs(one.messages[0]?.id ?? "0-0", first.id) < 0;
    const joined = [...stretches.slice(0, place).filter(isEarlier), ...stretches.slice(place)];
    const { epoch, messages, open: more } = this;
    putBefore(joined, next, { epoch, head: last.id, messages, more });
    return joined;
  }
}
