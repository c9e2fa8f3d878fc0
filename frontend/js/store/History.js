import { safely } from "../runtime.js";
import { compareIDs } from "../transport/frames.js";

/**
 * Requests earlier or later messages: one request per room at a time, because a page of history names only its room.
 *
 * @typedef {{ room: string, before?: string, after?: string, limit: number, failed: (retryAfterMs?: number) => void,
 *   answered: (page: Wire.HistoryPage) => void }} Request without `before` and `after`: the newest messages
 */
export class HistoryRequests {
  #chat;
  /** By room; the first request is under way. */
  #requests = /** @type {Map<string, Request[]>} */ (new Map());

  /** By room: how many abandoned requests may still be answered. */
  #doubtful = /** @type {Map<string, number>} */ (new Map());

  /** @param {import("./Chat.js").Chat} chat */
  static of(chat) {
    chat.history ??= new HistoryRequests(chat);
    return chat.history;
  }

  /** @param {import("./Chat.js").Chat} chat whose frames have been applied to its rooms already */
  constructor(chat) {
    this.#chat = chat;
    chat.session.frames.listen((frame) => frame.type === "history" && this.#answered(frame));
    chat.refused.listen((refusal) => this.#refused(refusal));
    chat.departed.listen((room) => this.#left(room));
    chat.session.lost.listen(() => this.#connectionLost());
  }

  /**
   * The messages before the known ones.
   * @param {string} room
   * @param {number} [stretch] its serial; see Timeline
   * @param {number} [limit]
   */
  loadOlder(room, stretch, limit = 50) {
    if (!this.#chat.session.online) return;
    const store = this.#chat.room(room);
    const before = store.timeline.startLoading(stretch);
    if (!before) return;
    this.ask({
      room,
      before,
      limit,
      answered: (page) => store.addHistory(page),
      failed: (wait) => store.lackHistory(wait),
    });
  }

  /** @param {Request} request */
  ask(request) {
    const queue = this.#requests.get(request.room) ?? [];
    this.#requests.set(request.room, queue);
    if (queue.push(request) === 1) this.#sendFirst(request.room);
  }

  /** @param {Wire.HistoryPage} page */
  #answered(page) {
    if (!this.#isStray(page)) this.#take(page.room)?.answered(page);
  }

  /**
   * A refusal names only its room and may be about something else: then the page still arrives, late.
   * @param {{ room?: string, retryAfterMs?: number }} refusal
   */
  #refused({ room, retryAfterMs }) {
    const request = room && this.#take(room);
    if (!request) return;
    this.#doubt(request.room);
    request.failed(retryAfterMs);
  }

  /**
   * After leaving, only a page that was already on its way can arrive.
   * @param {string} room
   */
  #left(room) {
    const requests = this.#requests.get(room);
    if (!requests) return;
    this.#doubt(room);
    this.#requests.delete(room);
    for (const { failed } of requests) safely(failed);
  }

  /** No page will arrive. */
  #connectionLost() {
    this.#doubtful.clear();
    const requests = [...this.#requests.values()].flat();
    this.#requests.clear();
    for (const { failed } of requests) safely(failed);
  }

  /** @param {string} room */
  #doubt(room) {
    this.#doubtful.set(room, (this.#doubtful.get(room) ?? 0) + 1);
  }

  /**
   * Whether a page answers an abandoned request: it does not fit the current one.
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
    this.#chat.session.send({ type: "history", room, before, after, limit });
  }
}
