const limit = 50;

/**
 * Who came and went between two messages, folded into one note: who came and left again is not mentioned.
 *
 * @typedef {{ joined: string[], left: string[] }} Note names
 */
export class Comings {
  /** By the id of the message before; by user. */
  #notes = /** @type {Map<string, Map<string, { name: string, here: boolean }>>} */ (new Map());

  /**
   * @param {string} after the id of the message before
   * @param {Wire.User[]} joined
   * @param {Wire.User[]} left
   */
  add(after, joined, left) {
    const note = this.#notes.get(after) ?? new Map();
    const change = (/** @type {Wire.User} */ { id, name }, /** @type {boolean} */ here) => {
      const before = note.get(id);
      if (before && before.here !== here) note.delete(id);
      else note.set(id, { name, here });
    };
    for (const user of left) change(user, false);
    for (const user of joined) change(user, true);
    this.#notes.delete(after);
    if (note.size > 0) this.#notes.set(after, note);
    if (this.#notes.size > limit) this.#notes.delete([...this.#notes.keys()][0]);
  }

  /**
   * @param {string} id of a message
   * @returns {Note | null} what happened after it
   */
  after(id) {
    const people = [...(this.#notes.get(id)?.values() ?? [])];
    if (people.length === 0) return null;
    const names = (/** @type {boolean} */ wanted) =>
      people.filter(({ here }) => here === wanted).map(({ name }) => name);
    return { joined: names(true), left: names(false) };
  }
}
