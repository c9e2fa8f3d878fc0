/// <reference path="wire.d.ts" />

import { Signal } from "../Signal.js";
import { Heartbeat } from "./Heartbeat.js";

const connectLimit = 10_000;
/** A connection that lived this long makes the next loss a first one. */
const steadyAfter = 10_000;

/**
 * What Socket needs of a WebSocket; tests bring their own.
 *
 * @typedef {Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onclose">} Link
 */

/**
 * One WebSocket that is always there again: it reconnects for ever, notices when the line is dead, and hands on what
 * was said. Knows nothing of rooms.
 */
export class Socket {
  /** The phase or the time of the next try has changed. */
  changed = /** @type {Signal} */ (new Signal());
  /** @type {Signal} */
  opened = new Signal();
  /** @type {Signal<Wire.Frame>} */
  frames = new Signal();
  /** With the close code; 4000 is our own: no answer. */
  closed = /** @type {Signal<number>} */ (new Signal());

  /** @type {"waiting" | "connecting" | "open"} */
  phase = "waiting";
  /** While waiting: when the next try comes, by the clock. */
  retryAt = 0;

  #makeLink;
  #backoff;
  #clock;
  #heartbeat;
  /** @type {Link | null} */
  #link = null;
  #openedAt = 0;
  /** What `goodbye` asked for. */
  #askedDelay = /** @type {number | null} */ (null);
  /** @type {unknown} */
  #retryTimer;

  /**
   * @param {() => Link} makeLink
   * @param {import("./Backoff.js").Backoff} backoff
   * @param {import("./Heartbeat.js").Clock} clock
   */
  constructor(makeLink, backoff, clock) {
    this.#makeLink = makeLink;
    this.#backoff = backoff;
    this.#clock = clock;
    const ping = () => this.send({ type: "ping" });
    this.#heartbeat = new Heartbeat(clock, ping, () => this.#lose(4000));
  }

  /** Now, whatever was planned. */
  connect() {
    if (this.#link) return;
    this.#clock.cancel(this.#retryTimer);
    const link = this.#makeLink();
    this.#link = link;
    link.onopen = () => this.#didOpen();
    link.onmessage = ({ data }) => this.#didReceive(data);
    link.onclose = ({ code }) => this.#lose(code);
    this.#heartbeat.expect(connectLimit);
    this.#enter("connecting");
  }

  /** @param {object} frame */
  send(frame) {
    if (this.phase === "open") this.#link?.send(JSON.stringify(frame));
  }

  /** Asks whether the other side is still there, and gives it three seconds. */
  probe() {
    if (this.phase === "open") this.#heartbeat.probe();
  }

  /** The network or the page is back: do not trust what was, do not wait. */
  wake() {
    if (this.phase === "open") this.probe();
    else this.connect();
  }

  #didOpen() {
    this.#openedAt = this.#clock.now();
    this.#enter("open");
    this.#heartbeat.heard();
    this.opened.emit();
  }

  /** @param {unknown} data */
  #didReceive(data) {
    this.#heartbeat.heard();
    const frame = parseFrame(data);
    if (!frame) return;
    if (frame.type === "goodbye") this.#askedDelay = frame.reconnectAfterMs;
    this.frames.emit(frame);
  }

  /** @param {number} code */
  #lose(code) {
    const link = this.#link;
    if (!link) return;
    this.#link = null;
    link.onopen = link.onmessage = link.onclose = null;
    if (code === 4000) link.close(4000, "no answer");
    this.#heartbeat.stop();
    const steady = this.phase === "open" && this.#clock.now() - this.#openedAt >= steadyAfter;
    if (steady) this.#backoff.reset();
    const delay = this.#askedDelay ?? this.#backoff.next();
    this.#askedDelay = null;
    this.retryAt = this.#clock.now() + delay;
    this.#retryTimer = this.#clock.after(delay, () => this.connect());
    this.#enter("waiting");
    this.closed.emit(code);
  }

  /** @param {Socket["phase"]} phase */
  #enter(phase) {
    this.phase = phase;
    this.changed.emit();
  }
}

/**
 * Reads one text frame. What is not an object with a `type` is nothing to us; a type that we do not know is passed on
 * and answered by no `switch`, so that a newer server may say more.
 * @param {unknown} data
 * @returns {Wire.Frame | null}
 */
export function parseFrame(data) {
  if (typeof data !== "string") return null;
  try {
    const frame = JSON.parse(data);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
