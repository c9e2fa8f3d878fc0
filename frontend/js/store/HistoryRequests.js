/**
 * Asks for earlier messages: one question of a room at a time, so that an answer, which names only its room, is
 * the answer to it.
 *
 * @typedef {{ room: string, before?: string, limit: number, answered: (page: Wire.Page) => void,
 *   failed: (retryAfterMs?: number) => void }} Request `before`: without it the newest are asked for
 */
export class HistoryRequests {
  #send;
  /** By room; the first one is asked. */
  #requests = /** @type {Map<string, Request[]>} */ (new Map());

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

  /** @param {Wire.Page} page */
  answered(page) {
    this.#take(page.room)?.answered(page);
  }

  /** @param {{ room?: string, retryAfterMs?: number }} refusal */
  refused({ room, retryAfterMs }) {
    if (room) this.#take(room)?.failed(retryAfterMs);
  }

  /** No answer will come. */
  connectionLost() {
    const requests = [...this.#requests.values()].flat();
    this.#requests.clear();
    for (const { failed } of requests) failed();
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
    const { before, limit } = request;
    this.#send({ type: "history", room, ...(before && { before }), limit });
  }
}
