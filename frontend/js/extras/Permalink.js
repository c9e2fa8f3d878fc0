import { HistoryRequests } from "../store/History.js";
import { Stretch, putBefore } from "../store/Timeline.js";
import { compareIDs, numberOf } from "../transport/frames.js";
import { isolated, personName, say } from "../words/say.js";

/** How many messages to load before and after the linked one. */
const around = 25;

/** Shows the message of the address once it is loaded, or says that it is gone. */
export class Permalink {
  #page;
  /** The target, until it is shown. */
  #wanted = /** @type {{ room: string, id: string } | null} */ (null);
  #asking = false;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    page.chat.changed.listen(() => this.#try());
    page.chat.session.changed.listen(() => this.#try());
  }

  /** The user went to the address. */
  follow() {
    const { conversation, navigation } = this.#page;
    this.#wanted = { room: conversation.room, id: navigation.message };
    this.#try();
  }

  #try() {
    const wanted = this.#wanted;
    if (!wanted) return;
    const { chat, conversation, navigation } = this.#page;
    const { room, id } = wanted;
    if (room !== conversation.room || id !== navigation.message) return void (this.#wanted = null);
    const { joined, timeline } = chat.room(room);
    const message = timeline.find(id);
    if (message) this.#show(message);
    else if (joined && chat.session.online && !this.#asking) void this.#load(wanted);
  }

  /** @param {Wire.Message} message */
  #show({ id, from, deleted }) {
    if (deleted) return this.#giveUp("linkDeleted");
    this.#wanted = null;
    const { conversation, toast } = this.#page;
    const row = conversation.reveal(id);
    // The focus stays in the composer while the user is writing.
    if (conversation.composer.text === "") row?.focus({ preventScroll: true });
    else toast.show(say("linkShown", { name: isolated(personName(from)) }));
  }

  /** @param {"linkGone" | "linkDeleted"} word */
  #giveUp(word) {
    this.#wanted = null;
    const { conversation, toast } = this.#page;
    history.replaceState(null, "", `#/r/${conversation.room}`);
    conversation.toLatest();
    toast.show(say(word));
  }

  /** @param {{ room: string, id: string }} wanted */
  async #load(wanted) {
    this.#asking = true;
    const pages = await this.#pagesAround(wanted);
    this.#asking = false;
    if (this.#wanted !== wanted || !pages) return this.#try();
    if (pages.length === 0) return this.#giveUp("linkGone");
    const { timeline } = this.#page.chat.room(wanted.room);
    timeline.passage = new Passage(this.#page.chat, wanted.room, pages);
    timeline.join();
    this.#try();
  }

  /**
   * @param {{ room: string, id: string }} wanted
   * @returns the page that ends with the message and the next one; empty: it is not in the log; null: no answer
   */
  async #pagesAround({ room, id }) {
    const [time, number] = id.split("-");
    const before = `${time}-${Number(number) + 1}`;
    const history = HistoryRequests.of(this.#page.chat);
    const upTo = await historyPage(history, { room, before, limit: around + 1 });
    const found = upTo?.messages.at(-1);
    if (upTo && (found?.id !== id || found.act)) return [];
    const from = upTo && (await historyPage(history, { room, after: id, limit: around }));
    return upTo && from && [upTo, from];
  }
}

/**
 * @param {import("../store/History.js").HistoryRequests} history
 * @param {{ room: string, before?: string, after?: string, limit: number }} question
 * @returns {Promise<Wire.HistoryPage | null>} null: failed, may be tried again now
 */
export function historyPage(history, question) {
  return new Promise((resolve) =>
    history.ask({
      ...question,
      answered: resolve,
      failed: (wait = 1_000) => setTimeout(() => resolve(null), wait),
    }),
  );
}

const pageSize = 50;

/**
 * A part of the history around a linked message. It grows both ways until it meets the known messages and joins them.
 * New messages are not added to it, but acts apply to it. The log bounds its size.
 */
export class Passage extends Stretch {
  /** Whether the log has more after the last message. */
  goesOn = true;
  #chat;
  #room;
  #asking = false;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {string} room
   * @param {Wire.HistoryPage[]} pages consecutive
   */
  constructor(chat, room, pages) {
    const { timeline } = chat.room(room);
    // Rows are keyed by serial: they stay when the passage joins the last stretch.
    super(timeline.last.serial, pages[0].epoch, []);
    this.#chat = chat;
    this.#room = room;
    for (const page of pages) this.#add(page);
    this.open = pages[0].more;
    this.goesOn = pages[pages.length - 1].more;
  }

  /** @param {"before" | "after"} side */
  load(side) {
    const { session } = this.#chat;
    const [first, last] = [this.messages[0], this.messages[this.messages.length - 1]];
    const wanted = side === "before" ? this.open : this.goesOn;
    if (!wanted || this.#asking || !session.online) return;
    this.#asking = true;
    HistoryRequests.of(this.#chat).ask({
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
   * Whether a page follows without a hole: same log, and nothing trimmed in between.
   * @param {"before" | "after"} side
   * @param {Wire.HistoryPage} page
   */
  #goesOnWith(side, { epoch, messages }) {
    const last = this.messages[this.messages.length - 1];
    const follows = side === "before" || messages.length === 0;
    return this.isFrom(epoch) && (follows || numberOf(messages[0].id) === numberOf(last.id) + 1);
  }

  /**
   * A page has the state at its head: later acts are applied to it.
   * @param {Wire.HistoryPage} page
   */
  #add({ messages, head }) {
    for (const message of messages) this.insert(message);
    const { last } = this.#chat.room(this.#room).timeline;
    for (const act of last.isFrom(this.epoch) ? last.acts : []) if (compareIDs(act.id, head) > 0) this.apply(act);
  }

  /**
   * The stretches with this one joined, once it has met the stretch that it leads to. Stretches from before a gap that
   * the passage covers are dropped.
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
