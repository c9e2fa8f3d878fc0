// What both pages run on: signals, the clock, and how long to wait before a retry.

/**
 * An event that others can listen to. Listeners run in the order they were added; one that throws does not stop the
 * others.
 *
 * @template [T=void]
 */
export class Signal {
  /** @type {Set<(value: T) => void>} */
  #listeners = new Set();

  /** @param {(value: T) => void} listener */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** @param {T} value */
  emit(value) {
    for (const listener of this.#listeners) safely(() => listener(value));
  }
}

/**
 * Runs one of several independent steps: an error is reported as uncaught, and the next step still runs.
 * @param {() => void} run
 */
export function safely(run) {
  try {
    run();
  } catch (error) {
    (globalThis.reportError ?? console.error)(error);
  }
}

/** @typedef {{ now: () => number, after: (ms: number, run: () => void) => unknown, cancel: (timer: any) => void }} Clock */

/**
 * Monotonic: setting the system clock does not change how long something takes.
 * @type {Clock}
 */
export const clock = {
  now: () => performance.now(),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
};

const base = 500;
const ceiling = 20_000;

/**
 * Reconnect backoff with full jitter, `random(0, min(20 s, 0.5 s · 2ⁿ))`: the clients of a lost node do not all
 * reconnect at once.
 */
export class Backoff {
  #tries = 0;
  #random;

  /** @param {() => number} [random] in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** In milliseconds. */
  next() {
    const limit = Math.min(ceiling, base * 2 ** this.#tries);
    if (limit < ceiling) this.#tries += 1;
    return this.#random() * limit;
  }

  reset() {
    this.#tries = 0;
  }
}
