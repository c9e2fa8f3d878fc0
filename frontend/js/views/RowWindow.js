const size = 300;
const step = 100;

/**
 * Which of the rows are in the page: never more than 300, however long the history is.
 *
 * @typedef {import("./arrange.js").Row} Row
 */
export class RowWindow {
  /** @type {Row[]} */
  #rows = [];
  #start = 0;

  /** @returns {Row[]} */
  get rows() {
    return this.#rows.slice(this.#start, this.#start + size);
  }

  get startsAtFirst() {
    return this.#start === 0;
  }

  get endsAtLast() {
    return this.#start + size >= this.#rows.length;
  }

  /**
   * Other rows: shows the last ones, or goes on from the same row as before.
   * @param {Row[]} rows
   * @param {boolean} following
   */
  fit(rows, following) {
    const first = this.#rows[this.#start]?.key;
    this.#rows = rows;
    if (following) this.toEnd();
    else if (rows[this.#start]?.key !== first)
      this.#moveTo(rows.findIndex(({ key }) => key === first));
  }

  toEnd() {
    this.#moveTo(this.#rows.length - size);
  }

  /**
   * Puts a message in the middle.
   * @param {string} id
   */
  toMessage(id) {
    const place = this.#rows.findIndex((row) => row.kind === "message" && row.message.id === id);
    this.#moveTo(place - size / 2);
    return this.#rows[place]?.key;
  }

  up() {
    this.#moveTo(this.#start - step);
  }

  down() {
    this.#moveTo(this.#start + step);
  }

  /** @param {number} start */
  #moveTo(start) {
    this.#start = Math.max(0, Math.min(start, this.#rows.length - size));
  }
}
