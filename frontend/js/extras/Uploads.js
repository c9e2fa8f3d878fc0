import { Backoff, Signal } from "../runtime.js";
import { isComplete } from "../store/Dispatch.js";

/** In milliseconds: how long the server has to answer a request. */
const patience = 10_000;
/** How often an upload fails before its message does. */
const mostTries = 8;
/** In milliseconds: if the server wants a longer pause, the message fails. */
const tooLong = 45_000;
/** In milliseconds: other tabs leave a message alone that was stored so recently (Outbox.js). */
const sign = 5_000;
/** In milliseconds per second: a ticket is not used right before its end. */
const usable = 900;

/**
 * @typedef {import("../store/Outbox.js").Item} Item
 * @typedef {{ status: number, retryAfter?: number }} Answer `status` 0: there was none; `retryAfter` in milliseconds
 * @typedef {(address: string, headers: Record<string, string>, bytes: Blob, progress: (sent: number) => void,
 *   signal: AbortSignal) => Promise<Answer>} Put
 * @typedef {{ stop: AbortController, sent: number, ours: boolean }} Run `sent`: bytes of the file that is under way;
 *   `ours`: no other tab is at it
 * @typedef {{ backoff: Backoff, tries: number, at: number }} Delay
 */

/**
 * Uploads the files of unsent messages, one after the other: of each room those of its next message, so that later
 * messages stay behind it. What is uploaded is noted in the outbox as tickets, and goes with the message.
 *
 * Chat asks for it twice a second while the room is joined. So an upload that failed just ends, and begins again once its
 * delay is over. Of several tabs, one uploads: the one that has the lock, or without locks the one that sends.
 */
export class Uploads {
  /** The key of a message of which more is uploaded. */
  progressed = /** @type {Signal<string>} */ (new Signal());
  #chat;
  #bytes;
  #put;
  #clock;
  #now;
  #locks;
  #random;
  /** By key. */
  #runs = /** @type {Map<string, Run>} */ (new Map());
  /** By key. */
  #delays = /** @type {Map<string, Delay>} */ (new Map());
  /** By key: another tab is at it, and is left alone until then. */
  #busy = /** @type {Map<string, number>} */ (new Map());
  /** By key: when other tabs were last shown that this one takes care of it. */
  #signs = /** @type {Map<string, number>} */ (new Map());
  /** Answers that are waited for, by the key of the request. */
  #asked = /** @type {Map<string, (answer: Wire.Upload | Wire.Refusal | null) => void>} */ (new Map());

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {Pick<import("./FileBytes.js").FileBytes, "get">} bytes
   * @param {Put} put
   * @param {{ clock: import("../runtime.js").Clock, now: () => number, random?: () => number,
   *   locks?: Pick<LockManager, "request"> }} machine `clock` is monotonic, `now` the time of day
   */
  constructor(chat, bytes, put, { clock, now, random, locks }) {
    this.#chat = chat;
    this.#bytes = bytes;
    this.#put = put;
    this.#clock = clock;
    this.#now = now;
    this.#random = random;
    this.#locks = locks;
    chat.incomplete.listen((item) => this.#attend(item));
    chat.outbox.changed.listen(() => this.#stopOthers());
    chat.session.frames.listen((frame) => {
      if (frame.type === "upload" || frame.type === "error") this.#asked.get(`${frame.key}`)?.(frame);
    });
    chat.session.lost.listen(() => {
      for (const answered of this.#asked.values()) answered(null);
    });
  }

  /**
   * How much of a message's files is uploaded, from 0 to 1.
   * @param {string} key
   */
  progress(key) {
    const files = this.#chat.outbox.item(key)?.files ?? [];
    const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const done = files.reduce((sum, { bytes, ticket }) => sum + (ticket ? bytes : 0), 0);
    return all > 0 ? Math.min(1, (done + (this.#runs.get(key)?.sent ?? 0)) / all) : 0;
  }

  /** @param {Item} item */
  #attend(item) {
    const { key } = item;
    if (!this.#chat.session.welcome?.files) return this.#chat.outbox.giveUp(item, "failed", { code: "no_files" });
    const delay = this.#delays.get(key);
    if (this.#runs.get(key)?.ours ?? delay) this.#showSign(item);
    if (this.#runs.has(key) || this.#clock.now() < Math.max(delay?.at ?? 0, this.#busy.get(key) ?? 0)) return;
    const run = { stop: new AbortController(), sent: 0, ours: false };
    this.#runs.set(key, run);
    void this.#alone(key, run)
      .catch((error) => {
        console.warn(error);
        this.#tryLater(key);
      })
      .then(() => {
        this.#runs.delete(key);
        const now = this.#chat.outbox.item(key);
        if (now && isComplete(now, this.#now())) this.#chat.flush();
      });
  }

  /**
   * The tab is alive and takes care of the message.
   * @param {Item} item
   */
  #showSign(item) {
    const now = this.#clock.now();
    if (now - (this.#signs.get(item.key) ?? now - sign) < sign) return;
    this.#signs.set(item.key, now);
    // The same content would not be noticed.
    this.#chat.outbox.save(Object.assign(item, { attended: now }));
  }

  /** Messages that were taken back or have failed. */
  #stopOthers() {
    const { outbox } = this.#chat;
    for (const [key, { stop }] of this.#runs) if (outbox.item(key)?.state !== "pending") stop.abort();
    for (const kept of [this.#delays, this.#busy, this.#signs])
      for (const key of kept.keys()) if (outbox.item(key)?.state !== "pending") kept.delete(key);
  }

  /**
   * @param {string} key
   * @param {Run} run
   */
  async #alone(key, run) {
    if (!this.#locks) return this.#run(key, run);
    await this.#locks.request(`webchat.upload.${key}`, { ifAvailable: true }, (lock) => {
      if (lock) return this.#run(key, run);
      // The other tab may close.
      this.#busy.set(key, this.#clock.now() + sign);
      return undefined;
    });
  }

  /**
   * @param {string} key
   * @param {Run} run
   */
  async #run(key, run) {
    run.ours = true;
    for (;;) {
      const item = this.#chat.outbox.item(key);
      if (item?.state !== "pending" || run.stop.signal.aborted) return;
      this.#showSign(item);
      const file = item.files?.find(({ ticket, until = 0 }) => !ticket || until <= this.#now());
      if (!file || !(await this.#upload(item, file, run))) return;
    }
  }

  /**
   * @param {Item} item
   * @param {Wire.File} file
   * @param {Run} run
   * @returns {Promise<boolean>} false: not now
   */
  async #upload({ key, room }, file, run) {
    const { signal } = run.stop;
    delete file.ticket;
    const bytes = await this.#bytes.get(file.local ?? "");
    if (signal.aborted) return false;
    if (!bytes) return this.#fail(key, "file_lost");
    const given = await this.#ask(room, file);
    if (signal.aborted) return false;
    if (!given) return this.#tryLater(key);
    if (given.type === "error") return this.#refused(key, given);
    const grant = grantIn(given);
    if (!grant) return this.#tryLater(key);
    const { ticket, address, headers, seconds } = grant;
    const until = this.#now() + seconds * usable;
    const progress = (/** @type {number} */ sent) => {
      run.sent = Math.min(sent, file.bytes);
      this.progressed.emit(key);
    };
    const { status, retryAfter } = await this.#put(address, headers, bytes, progress, signal);
    run.sent = 0;
    if (signal.aborted) return false;
    // 412: a bucket has it already, by this very request.
    if (status !== 412 && (status < 200 || status > 299)) return this.#notPut(key, status, retryAfter);
    return this.#done(key, { ...file, ticket, until });
  }

  /**
   * @param {string} key
   * @param {Wire.File} uploaded
   */
  #done(key, uploaded) {
    const { outbox } = this.#chat;
    // Another tab may have changed it meanwhile.
    const item = outbox.item(key);
    if (!item) return false;
    item.files = item.files?.map((file) => (file.local === uploaded.local ? uploaded : file));
    this.#delays.delete(key);
    outbox.save(item);
    this.progressed.emit(key);
    return true;
  }

  /**
   * Asks where to put a file.
   * @param {string} room
   * @param {Wire.File} file
   * @returns {Promise<Wire.Upload | Wire.Refusal | null>} null: no answer
   */
  #ask(room, { local = "", name, type, bytes, width, height }) {
    return new Promise((resolve) => {
      /** @param {Wire.Upload | Wire.Refusal | null} given */
      const answered = (given) => {
        this.#clock.cancel(timer);
        this.#asked.delete(local);
        resolve(given);
      };
      const timer = this.#clock.after(patience, () => answered(null));
      this.#asked.set(local, answered);
      const size = width && height ? { width, height } : {};
      this.#chat.session.send({ type: "upload", room, key: local, name, mediaType: type, bytes, ...size });
      if (!this.#chat.session.online) answered(null);
    });
  }

  /**
   * @param {string} key
   * @param {Wire.Refusal} refusal
   */
  #refused(key, { code, retryAfterMs }) {
    const wait = retryAfterMs ?? 0;
    // Texts behind it would wait, too.
    if (wait > tooLong) return this.#fail(key, code === "rate_limited" ? "file_limit" : "files_full");
    if (code === "rate_limited") return this.#delay(key, wait || patience);
    if (code === "unavailable" || code === "not_joined") return this.#tryLater(key, retryAfterMs);
    return this.#fail(key, code === "too_long" ? "file_too_big" : code);
  }

  /**
   * @param {string} key
   * @param {number} status
   * @param {number} [retryAfter]
   */
  #notPut(key, status, retryAfter) {
    if (status === 413) return this.#fail(key, "file_too_big");
    if (status === 415) return this.#fail(key, "file_broken");
    if (status === 507) return this.#fail(key, "files_full");
    if (status === 429) return this.#delay(key, Math.min(retryAfter ?? patience, tooLong));
    return this.#tryLater(key, retryAfter);
  }

  /**
   * @param {string} key
   * @param {string} code
   */
  #fail(key, code) {
    const item = this.#chat.outbox.item(key);
    if (item) this.#chat.outbox.giveUp(item, "failed", { code });
    return false;
  }

  /**
   * Failures while offline do not count: nothing can succeed then.
   * @param {string} key
   * @param {number} [wait] in milliseconds, as the server wants it
   */
  #tryLater(key, wait) {
    const delay = this.#delayOf(key);
    if (this.#chat.session.online) delay.tries += 1;
    if (delay.tries >= mostTries) return this.#fail(key, "file_failed");
    return this.#delay(key, wait ?? delay.backoff.next());
  }

  /**
   * @param {string} key
   * @param {number} wait
   */
  #delay(key, wait) {
    this.#delayOf(key).at = this.#clock.now() + wait;
    return false;
  }

  /**
   * @param {string} key
   * @returns {Delay}
   */
  #delayOf(key) {
    const delay = this.#delays.get(key) ?? { backoff: new Backoff(this.#random), tries: 0, at: 0 };
    this.#delays.set(key, delay);
    return delay;
  }
}

/** In seconds. */
const usualLife = 3_600;
/**
 * Relative to the page, as the server does not know under which path a proxy serves it; or in a bucket, which the content
 * security policy names.
 */
const place = /^(?:\/?files(?:\/[\w-]+)+|https?:\/\/[^\s/?#]+\/\S*)$/;

/**
 * What the server has answered to a request for an upload.
 * @param {any} frame
 * @returns {{ ticket: string, address: string, headers: Record<string, string>, seconds: number } | null} null: it is
 *   incomplete
 */
export function grantIn({ file, put, expiresIn }) {
  if (typeof file !== "string" || typeof put?.url !== "string" || !place.test(put.url)) return null;
  const headers = Object.entries(put.headers ?? {}).filter(([, value]) => typeof value === "string");
  const seconds = Number.isFinite(expiresIn) && expiresIn > 0 ? expiresIn : usualLife;
  return { ticket: file, address: put.url.replace(/^\//, ""), headers: Object.fromEntries(headers), seconds };
}

/** In milliseconds: an upload that does not move for so long is given up. */
const stalled = 30_000;

/**
 * Puts bytes at an address. `fetch` cannot report progress.
 * @type {Put}
 */
export function putBytes(address, headers, bytes, progress, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const moved = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), stalled);
    };
    const stop = () => request.abort();
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      // From all that may be read: asking for one that a bucket does not show would be an error in the console.
      const seconds = Number(/^retry-after: *(\d+)/im.exec(request.getAllResponseHeaders())?.[1] ?? 0);
      resolve({ status: request.status, ...(seconds > 0 && { retryAfter: Math.min(seconds, 3_600) * 1_000 }) });
    };
    request.upload.onprogress = ({ loaded }) => {
      moved();
      progress(loaded);
    };
    signal.addEventListener("abort", stop);
    request.open("PUT", address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    moved();
    request.send(bytes);
  });
}
