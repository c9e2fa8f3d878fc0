const quietLimit = 25_000;
const answerLimit = 10_000;
const probeLimit = 3_000;

/** @typedef {{ now: () => number, after: (ms: number, run: () => void) => unknown, cancel: (timer: any) => void }} Clock */

/**
 * Finds out whether the other side is still there: asks after 25 s of quiet, and gives up 10 s later. One timer: in a
 * page in the background timers are late, but the one that gives up is only set when the question is out.
 */
export class Heartbeat {
  #clock;
  #ping;
  #dead;
  /** @type {unknown} */
  #timer;

  /**
   * @param {Clock} clock
   * @param {() => void} ping asks
   * @param {() => void} dead there was no answer
   */
  constructor(clock, ping, dead) {
    this.#clock = clock;
    this.#ping = ping;
    this.#dead = dead;
  }

  /** Something came: from now on it is quiet. */
  heard() {
    this.#set(quietLimit, () => this.#ask(answerLimit));
  }

  /** Asks now, and does not wait for long. */
  probe() {
    this.#ask(probeLimit);
  }

  /** @param {number} milliseconds until something has to come */
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
