/** What one node finds out the others say a few seconds later, so that views differ after every change. */
const settling = 10_000;

/** Whether the nodes see the same, or have had time enough for it. */
export class Agreement {
  /** @type {"agreed" | "settling" | "disagree"} */
  state = "agreed";
  /** @type {number | null} */
  #since = null;

  /**
   * @param {boolean} agreed
   * @param {number} now milliseconds of a clock that does not go back
   * @returns {import("./changes.js").Change[]} what should be told
   */
  update(agreed, now) {
    const before = this.state;
    this.#since = agreed ? null : (this.#since ?? now);
    const young = this.#since !== null && now - this.#since < settling;
    this.state = agreed ? "agreed" : young ? "settling" : "disagree";
    if (this.state === "disagree" && before !== "disagree") return [{ word: "disagreeNow" }];
    if (this.state === "agreed" && before === "disagree") return [{ word: "agreedNow" }];
    return [];
  }
}
