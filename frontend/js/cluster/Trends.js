/** Five minutes of one point every two seconds. */
const length = 150;
const spacing = 1_900;

/** What a number did of late, node by node, as long as the page is open. */
export class Trends {
  /** @type {Map<string, { points: number[], at: number }>} */
  #series = new Map();

  /**
   * @param {{ id: string, value: number | null }[]} values of all nodes there are: others are forgotten
   * @param {number} now milliseconds of any clock that does not go back
   */
  add(values, now) {
    const present = new Set(values.map(({ id }) => id));
    for (const id of this.#series.keys()) if (!present.has(id)) this.#series.delete(id);
    for (const { id, value } of values) {
      if (value === null) continue;
      const series = this.#series.get(id);
      if (!series) this.#series.set(id, { points: [value], at: now });
      else if (now - series.at >= spacing) {
        series.points = [...series.points, value].slice(-length);
        series.at = now;
      }
    }
  }

  /**
   * The oldest first.
   * @param {string} id
   */
  of(id) {
    return this.#series.get(id)?.points ?? [];
  }
}
