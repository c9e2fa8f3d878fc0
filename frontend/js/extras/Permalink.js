import { isolated, say } from "../words/say.js";
import { Passage } from "./Passage.js";

/** So many messages before and after the one that is wanted. */
const around = 25;
const patience = 1_000;

/** Shows the message that the address names, as soon as that can be, or says that it is gone. */
export class Permalink {
  #page;
  /** Where the address leads, until it is shown. */
  #wanted = /** @type {{ room: string, id: string } | null} */ (null);
  #asking = false;

  /** @param {import("../views/Page.js").Page} page */
  constructor(page) {
    this.#page = page;
    page.chat.changed.listen(() => this.#try());
    page.chat.session.changed.listen(() => this.#try());
  }

  /** The address was gone to. */
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
    // Who is writing goes on writing.
    if (conversation.composer.text === "") row?.focus({ preventScroll: true });
    else toast.show(say("linkShown", { name: isolated(from.name) }));
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
   * @returns what leads up to a message, with it, and what follows; nothing: it is not in the log; null: no answer
   */
  async #pagesAround({ room, id }) {
    const [time, number] = id.split("-");
    const before = `${time}-${Number(number) + 1}`;
    const upTo = await this.#ask({ room, before, limit: around + 1 });
    const found = upTo?.messages.at(-1);
    if (upTo && (found?.id !== id || found.act)) return [];
    const from = upTo && (await this.#ask({ room, after: id, limit: around }));
    return upTo && from && [upTo, from];
  }

  /**
   * @param {{ room: string, before?: string, after?: string, limit: number }} question
   * @returns {Promise<Wire.HistoryPage | null>} null: after a while it may be asked again
   */
  #ask(question) {
    return new Promise((resolve) =>
      this.#page.chat.history.ask({
        ...question,
        answered: resolve,
        failed: (wait = patience) => setTimeout(() => resolve(null), wait),
      }),
    );
  }
}
