import { element, find, setText } from "../views/dom.js";
import { spanOf } from "../views/events.js";
import { say } from "../words/say.js";

/** Above the composer: how long the next message has to wait in slow mode. Not announced: it changes every second. */
export class SlowMode {
  #page;
  #line = element("p", { class: "notice hint" });
  /** By room, on the monotonic clock: when the user may send again. */
  #free = /** @type {Map<string, number>} */ (new Map());
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {import("../main.js").Page} page */
  constructor(page) {
    this.#page = page;
    find("composer", HTMLElement).prepend(this.#line);
    const { chat, navigation } = page;
    chat.session.frames.listen((frame) => this.#hear(frame));
    chat.changed.listen((room) => room === page.conversation.room && this.#show());
    navigation.changed.listen(() => this.#show());
    for (const { name } of navigation.rooms) this.#lookBack(name);
    this.#show();
  }

  /**
   * The user may have sent something before this was loaded, by another clock.
   * @param {string} name of a room
   */
  #lookBack(name) {
    const { timeline, rules } = this.#page.chat.room(name);
    for (const { from, ts } of timeline.newestFirst()) {
      if (from.id !== this.#page.self.id) continue;
      const age = Math.max(0, Date.now() - ts);
      this.#free.set(name, performance.now() + rules.now.slow * 1_000 - age);
      return;
    }
  }

  /** @param {Wire.Frame} frame */
  #hear(frame) {
    const { chat, self } = this.#page;
    if (frame.type === "joined") this.#lookBack(frame.room);
    if (frame.type === "chat" && frame.from.id === self.id && !frame.act) {
      const { slow } = chat.room(frame.room).rules.now;
      this.#free.set(frame.room, performance.now() + slow * 1_000);
    }
    if (frame.type !== "error" || frame.code !== "rate_limited" || !frame.key || !frame.retryAfterMs) return;
    const item = chat.outbox.item(frame.key);
    if (item && !item.act) this.#free.set(item.room, performance.now() + frame.retryAfterMs);
    this.#show();
  }

  #show() {
    const { chat, conversation } = this.#page;
    const { rules } = chat.room(conversation.room);
    const slow = rules.now.slow > 0 && !rules.isModerator && rules.maySpeak;
    const left = Math.ceil(((this.#free.get(conversation.room) ?? 0) - performance.now()) / 1_000);
    const waits = slow && left > 0;
    // Minutes are rounded up: the last of them is counted in seconds.
    const time = spanOf(left > 90 ? Math.ceil(left / 60) * 60 : left);
    setText(this.#line, waits ? say("slowWait", { time }) : "");
    clearInterval(this.#timer);
    this.#timer = waits ? setInterval(() => this.#show(), 1_000) : undefined;
  }
}
