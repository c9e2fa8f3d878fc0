import { compareIDs } from "./ids.js";

/**
 * Asks for other messages than the newest: one question of a room at a time, so that an answer, which names only its
 * room, is the answer to it.
 *
 * @typedef {{ room: string, before?: string, after?: string, limit: number, failed: (retryAfterMs?: number) => void,
 *   answered: (page: Wire.HistoryPage) => void }} Request without `before` and `after` the newest are asked for
 */
export class HistoryRequests {
  #send;
  /** By room; the first one is asked. */
  #requests = /** @type {Map<string, Request[]>} */ (new Map());

  /**
   * By room: how many questions that were given up may be answered all the same.
   *
   * @type {Map<string, number>}
   */
  #doubtful = new Map();

  /** @param {(frame: object) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** @param {Request} request */
  ask(request) {
    const queue = this.#requests.get(request.room) ?? [];
    this.#requests.set(request.room, queue);
    if (queue.push(request) === 1) this.#sendFirst(request.room);
  }

  /** @param {Wire.HistoryPage} page */
  answered(page) {
    if (!this.#isStray(page)) this.#take(page.room)?.answered(page);
  }

  /**
   * A refusal names only its room. It may have been about something else: then the answer comes all the same, late.
   * @param {{ room?: string, retryAfterMs?: number }} refusal
   */
  refused({ room, retryAfterMs }) {
    const request = room && this.#take(room);
    if (!request) return;
    this.#doubt(request.room);
    request.failed(retryAfterMs);
  }

  /**
   * Whoever has left a room is not answered, but for what was on its way.
   * @param {string} room
   */
  left(room) {
    const requests = this.#requests.get(room);
    if (!requests) return;
    this.#doubt(room);
    this.#requests.delete(room);
    for (const { failed } of requests) failed();
  }

  /** No answer will come. */
  connectionLost() {
    this.#doubtful.clear();
    const requests = [...this.#requests.values()].flat();
    this.#requests.clear();
    for (const { failed } of requests) failed();
  }

  /** @param {string} room */
  #doubt(room) {
    this.#doubtful.set(room, (this.#doubtful.get(room) ?? 0) + 1);
  }

  /**
   * Whether a page is the late answer to an earlier question: it has what the present one does not ask for.
   * @param {Wire.Page} page
   */
  #isStray({ room, messages }) {
    const doubtful = this.#doubtful.get(room) ?? 0;
    const { before, after } = this.#requests.get(room)?.[0] ?? {};
    const fits = messages.every(
      ({ id }) => (!before || compareIDs(id, before) < 0) && (!after || compareIDs(id, after) > 0),
    );
    if (doubtful === 0 || fits) return false;
    this.#doubtful.set(room, doubtful - 1);
    return true;
  }

  /** @param {string} room */
  #take(room) {
    const request = this.#requests.get(room)?.shift();
    this.#sendFirst(room);
    return request;
  }

  /** @param {string} room */
  #sendFirst(room) {
    const request = this.#requests.get(room)?.[0];
    if (!request) return void this.#requests.delete(room);
    const { before, after, limit } = request;
    this.#send({ type: "history", room, before, after, limit });
  }
}
