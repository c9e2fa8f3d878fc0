import { element } from "../views/dom.js";
import { language, say } from "../words/say.js";

const pageSize = 200;
/** How often a page is asked for again, when the server was too busy. */
const tries = 5;

/** Saves all that the server still has of a room as a file. */
export class Exporter {
  #chat;
  #toast;

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {import("../views/Toast.js").Toast} toast
   */
  constructor(chat, toast) {
    this.#chat = chat;
    this.#toast = toast;
  }

  /**
   * @param {string} room
   * @param {"json" | "txt"} format
   */
  async export(room, format) {
    try {
      const messages = await this.#collect(room);
      const content = format === "json" ? asJSON(room, messages) : asText(messages);
      save(`${room}.${format}`, content);
      this.#toast.show(say("exported", { n: messages.length }));
    } catch (error) {
      console.warn(error);
      this.#toast.show(say("notExported"));
    }
  }

  /** @param {string} room */
  async #collect(room) {
    /** @type {Wire.Message[][]} */
    const pages = [];
    let count = 0;
    for (let more = true; more;) {
      const page = await this.#page(room, pages[0]?.[0]?.id);
      pages.unshift(page.messages);
      count += page.messages.length;
      more = page.more && page.messages.length > 0;
      if (more) this.#toast.show(say("exporting", { n: count }));
    }
    return pages.flat().filter(({ act, deleted }) => !act && !deleted);
  }

  /**
   * @param {string} room
   * @param {string | undefined} before
   * @returns {Promise<Wire.Page>}
   */
  async #page(room, before) {
    for (let left = tries; ; left -= 1) {
      if (!this.#chat.session.online || left === 0) throw new Error("no page of the history");
      const { page, wait } = await this.#ask(room, before);
      if (page) return page;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /**
   * @param {string} room
   * @param {string | undefined} before
   * @returns {Promise<{ page?: Wire.Page, wait?: number }>}
   */
  #ask(room, before) {
    return new Promise((resolve) =>
      this.#chat.history.ask({
        room,
        before,
        limit: pageSize,
        answered: (page) => resolve({ page }),
        failed: (wait = 1_000) => resolve({ wait }),
      }),
    );
  }
}

/**
 * @param {string} room
 * @param {Wire.Message[]} messages
 */
function asJSON(room, messages) {
  const said = messages.map(({ id, from, text, ts }) => ({
    id,
    at: new Date(ts).toISOString(),
    from,
    text,
  }));
  return JSON.stringify({ room, exportedAt: new Date().toISOString(), messages: said }, null, 2);
}

/** @param {Wire.Message[]} messages */
function asText(messages) {
  const time = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
  const lines = messages.map(
    ({ from, text, ts }) => `[${time.format(ts)}] ${from.name}: ${text.replaceAll("\n", "\n    ")}`,
  );
  return `${lines.join("\n")}\n`;
}

/**
 * @param {string} name
 * @param {string} content
 */
function save(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: "text/plain" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
