const base = 500;
const ceiling = 20_000;

/**
 * How long to wait before the next try: full jitter, `random(0, min(20 s, 0.5 s · 2ⁿ))`, so that the clients of a node
 * that went away do not come back in one wave.
 */
export class Backoff {
  #tries = 0;
  #random;

  /** @param {() => number} [random] in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** Milliseconds. */
  next() {
    const limit = Math.min(ceiling, base * 2 ** this.#tries);
    if (limit < ceiling) this.#tries += 1;
    return this.#random() * limit;
  }

  reset() {
    this.#tries = 0;
  }
}
