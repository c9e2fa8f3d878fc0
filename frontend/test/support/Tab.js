import { FileBytes } from "../../js/extras/FileBytes.js";
import { Uploads } from "../../js/extras/Uploads.js";
import { MemoryStorage } from "../../js/store/storage.js";
import { TestServer } from "./TestServer.js";

/** What the server takes. */
export const files = { bytes: 1_000, perMessage: 4, types: ["image/png"] };
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A database in memory. */
export const shelfOf = (kept = new Map()) => ({
  put: async (id, value) => void kept.set(id, value),
  get: async (id) => kept.get(id),
  delete: async (id) => void kept.delete(id),
  all: async () => Array.from(kept, ([id, { at }]) => [id, at]),
});

/** A page with an outbox whose files are uploaded, in a browser. `puts` are under way. */
export class Tab {
  puts = [];

  constructor(browser, keys = 0) {
    this.server = new TestServer(browser.storage ?? new MemoryStorage(browser.entries), undefined, keys);
    this.server.clock.time = browser.time ?? 1_000_000;
    this.bytes = new FileBytes(Promise.resolve(shelfOf(browser.kept)), this.server.clock.now);
    const put = (address, headers, bytes, progress, signal) =>
      new Promise((resolve) => {
        const one = { address, headers, bytes, progress, resolve };
        this.puts.push(one);
        const done = (answer) => {
          this.puts = this.puts.filter((other) => other !== one);
          resolve(answer);
        };
        one.answer = (status, retryAfter) => done({ status, retryAfter });
        signal.addEventListener("abort", () => done({ status: 0 }));
      });
    const { clock, chat } = this.server;
    this.uploads = new Uploads(chat, this.bytes, put, {
      clock,
      now: clock.now,
      random: () => 0.5,
      locks: browser.locks,
    });
  }

  async enter(fields = { files }) {
    this.server.chat.enter("lobby");
    await this.server.open();
    this.server.welcome("n1", fields);
    this.server.joined();
  }

  async say(text, ...names) {
    const chosen = names.map((name) => ({ local: name, name, type: "image/png", bytes: 10, width: 2, height: 1 }));
    for (const name of names) await this.bytes.put(name, new Blob([name]));
    this.server.chat.say("lobby", text, undefined, undefined, chosen);
    await this.tick(0);
  }

  /** Time passes as the page sees it. */
  async tick(ms) {
    for (let step = 0; step <= ms; step += 500) {
      this.server.clock.advance(step > 0 ? 500 : 0);
      const { online } = this.server.session;
      if (online && this.server.sent("ping").length > 0) this.server.say({ type: "pong" });
      this.server.chat.flush();
      await settled();
    }
  }

  /** Until the next upload is asked for. */
  async untilAsked() {
    const { length } = this.server.sent("upload");
    for (let wait = 0; wait < 50 && this.server.sent("upload").length === length; wait += 1) await this.tick(500);
  }

  async grant(fields = {}) {
    const { key } = this.server.sent("upload").at(-1);
    const put = { url: `/files/lobby/${key}`, headers: { Authorization: `Bearer ${key}` } };
    this.server.say({ type: "upload", room: "lobby", key, file: `ticket ${key}`, put, expiresIn: 86_400, ...fields });
    await settled();
  }

  async answerPut(status, retryAfter) {
    this.puts[0].answer(status, retryAfter);
    await settled();
  }

  get chats() {
    return this.server.sent("chat").map(({ text, files: tickets }) => [text, tickets]);
  }

  get states() {
    return this.server.outbox.itemsIn("lobby").map(({ state, code }) => code ?? state);
  }
}
