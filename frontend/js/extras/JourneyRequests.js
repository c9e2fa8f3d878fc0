import { makeKey } from "../store/ids.js";

/** The server waits one second for its nodes. */
const patience = 5_000;

/**
 * Asks the server which way messages took.
 *
 * @typedef {{ journey?: Wire.Traced, refusal?: string }} Answer a `refusal` is an error code; `silence`: no answer came
 */
export class JourneyRequests {
  /** @type {JourneyRequests | undefined} */
  static #only;
  #session;
  /** By the key of the question. */
  #waiting = /** @type {Map<string, (answer: Answer) => void>} */ (new Map());

  /** @param {import("../store/Chat.js").Chat} chat */
  static of(chat) {
    JourneyRequests.#only ??= new JourneyRequests(chat);
    return JourneyRequests.#only;
  }

  /** @param {import("../store/Chat.js").Chat} chat */
  constructor({ session }) {
    this.#session = session;
    session.frames.listen((frame) => {
      if (frame.type === "traced") this.#answer(frame.key, { journey: frame });
      if (frame.type === "error" && frame.key) this.#answer(frame.key, { refusal: frame.code });
    });
    session.lost.listen(() => {
      for (const key of this.#waiting.keys()) this.#answer(key, { refusal: "silence" });
    });
  }

  /**
   * @param {string} room
   * @param {string} id
   * @returns {Promise<Answer>}
   */
  ask(room, id) {
    const key = makeKey();
    return new Promise((resolve) => {
      const wait = this.#session.online ? patience : 0;
      const timer = setTimeout(() => this.#answer(key, { refusal: "silence" }), wait);
      this.#waiting.set(key, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#session.send({ type: "trace", room, id, key });
    });
  }

  /**
   * @param {string} key
   * @param {Answer} answer
   */
  #answer(key, answer) {
    this.#waiting.get(key)?.(answer);
    this.#waiting.delete(key);
  }
}
