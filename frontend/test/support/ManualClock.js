/** A clock that only moves on demand and runs the timers that become due. */
export class ManualClock {
  time = 1_000_000;
  #timers = new Map();
  #next = 1;

  now = () => this.time;

  after = (ms, run) => {
    this.#timers.set(this.#next, { at: this.time + ms, run });
    return this.#next++;
  };

  cancel = (timer) => this.#timers.delete(timer);

  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end);
      if (due.length === 0) break;
      const [key, { at, run }] = due.sort(([, one], [, two]) => one.at - two.at)[0];
      this.#timers.delete(key);
      this.time = at;
      run();
    }
    this.time = end;
  }
}
