import { Signal } from "../runtime.js";
import { parseFrame } from "./frames.js";

const connectLimit = 10_000;
/** A connection that lasted this long resets the backoff. */
const steadyAfter = 10_000;
/** `WebSocket.OPEN` */
const open = 1;

/**
 * @typedef {import("../runtime.js").Clock} Clock
 * @typedef {Pick<WebSocket, "send" | "close" | "readyState" | "onopen" | "onmessage" | "onclose">} Link the parts of a WebSocket in use
 */

/** To the server of the page. Relative to the page, which may be served under a path. */
export function openWebSocket() {
  const address = new URL("ws", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.hash = "";
  return new WebSocket(address, "webchat.v1");
}

/** A WebSocket that reconnects forever, detects dead connections, and emits parsed frames. Knows nothing about rooms. */
export class Socket {
  /** The phase or the time of the next attempt has changed. */
  changed = new Signal();
  opened = new Signal();
  /** @type {Signal<Wire.Frame>} */
  frames = new Signal();
  /** The close code; 4000 is our own and means that no answer came. */
  closed = /** @type {Signal<number>} */ (new Signal());

  /** @type {"waiting" | "connecting" | "open"} */
  phase = "waiting";
  /** While waiting: when the next attempt is due, by the clock. */
  retryAt = 0;

  #makeLink;
  #backoff;
  #clock;
  #heartbeat;
  /** @type {Link | null} */
  #link = null;
  #openedAt = 0;
  /** From `goodbye`. */
  #askedDelay = /** @type {number | null} */ (null);
  /** @type {unknown} */
  #retryTimer;
  /** Nothing connects until `restart`. */
  #held = false;

  /**
   * @param {() => Link} makeLink
   * @param {import("../runtime.js").Backoff} backoff
   * @param {Clock} clock
   */
  constructor(makeLink, backoff, clock) {
    this.#makeLink = makeLink;
    this.#backoff = backoff;
    this.#clock = clock;
    const ping = () => this.send({ type: "ping" });
    this.#heartbeat = new Heartbeat(clock, ping, () => this.#lose(4000));
  }

  /** Does not wait for the next planned attempt. */
  connect() {
    if (this.#link || this.#held) return;
    this.#clock.cancel(this.#retryTimer);
    const link = this.#tryLink();
    if (!link) return this.#waitAfter(1006);
    this.#link = link;
    link.onopen = () => this.#didOpen();
    link.onmessage = ({ data }) => this.#didReceive(data);
    link.onclose = ({ code }) => this.#lose(code);
    this.#heartbeat.expect(connectLimit);
    this.#enter("connecting");
  }

  /** While it is not connected: does not try again. */
  hold() {
    this.#held = true;
    this.#clock.cancel(this.#retryTimer);
  }

  /** Closes for good. */
  end() {
    this.hold();
    this.#link?.close(1000);
  }

  /** Connects at once, instead of any present connection. */
  restart() {
    this.#held = false;
    this.#link?.close(1000);
    this.#lose(1000);
    this.connect();
  }

  /** @param {object} frame */
  send(frame) {
    // A closing socket fires `close` only later; until then, sending on it logs an error.
    if (this.phase === "open" && this.#link?.readyState === open) this.#link.send(JSON.stringify(frame));
  }

  /** Pings, and closes the connection when no answer comes within three seconds. */
  probe() {
    if (this.phase === "open") this.#heartbeat.probe();
  }

  /** The network or the page is back: the connection may be dead, and a retry need not wait. */
  wake() {
    if (this.phase === "open") this.probe();
    else this.connect();
  }

  /** Null: the browser refused, for example because it is out of memory; a retry follows. */
  #tryLink() {
    try {
      return this.#makeLink();
    } catch (error) {
      console.error(error);
      return null;
    }
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
    if (frame.type === "goodbye") this.#askedDelay = frame.reconnectAfterMs ?? null;
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
    this.#waitAfter(code);
  }

  /** @param {number} code */
  #waitAfter(code) {
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

const quietLimit = 25_000;
const answerLimit = 10_000;
const probeLimit = 3_000;

/**
 * Detects a dead connection: pings after 25 s of silence and gives up after 10 s more. There is one timer: background
 * pages run timers late, but the one that gives up starts only with the ping.
 */
class Heartbeat {
  #clock;
  #ping;
  #dead;
  /** @type {unknown} */
  #timer;

  /**
   * @param {Clock} clock
   * @param {() => void} ping
   * @param {() => void} dead no answer came
   */
  constructor(clock, ping, dead) {
    this.#clock = clock;
    this.#ping = ping;
    this.#dead = dead;
  }

  /** Something arrived: the silence starts anew. */
  heard() {
    this.#set(quietLimit, () => this.#ask(answerLimit));
  }

  /** Pings now, with a short timeout. */
  probe() {
    this.#ask(probeLimit);
  }

  /** @param {number} milliseconds until something has to arrive */
  expect(milliseconds) {
    this.#set(milliseconds, this.#dead);
  }

  stop() {
    this.#clock.cancel(this.#timer);
  }

  /** @param {number} limit */
  #ask(limit) {
    this.#ping();
    this.expect(limit);
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} run
   */
  #set(milliseconds, run) {
    this.#clock.cancel(this.#timer);
    this.#timer = this.#clock.after(milliseconds, run);
  }
}
