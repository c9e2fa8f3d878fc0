/**
 * Who is in a room. The server names at most 200; `count` is the truth.
 *
 */
export class Members {
  count = 0;
  /** Another one whenever something changed. */
  version = 0;
  /** @type {Map<string, string>} */
  #names = new Map();

  /** By name. */
  get list() {
    return Array.from(this.#names, ([id, name]) => ({ id, name })).sort(
      (one, two) => one.name.localeCompare(two.name) || one.id.localeCompare(two.id),
    );
  }

  /** @param {string} user */
  nameOf(user) {
    return this.#names.get(user);
  }

  /**
   * @param {Wire.User[]} members
   * @param {number} count
   */
  reset(members, count) {
    this.#names = new Map(members.map(({ id, name }) => [id, name]));
    this.count = count;
    this.version += 1;
  }

  /**
   * @param {Wire.User[]} joined
   * @param {Wire.User[]} left
   * @param {number} count
   */
  change(joined, left, count) {
    for (const { id } of left) this.#names.delete(id);
    for (const { id, name } of joined) this.#names.set(id, name);
    this.count = count;
    this.version += 1;
  }

  /** @param {Wire.User} user */
  rename({ id, name }) {
    if (!this.#names.has(id)) return;
    this.#names.set(id, name);
    this.version += 1;
  }
}
