/** Tests use a new seed each time and print it: `SEED=7 node --test …` repeats a failure. */
export const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Reproducible random values. */
export class Seeded {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** mulberry32: in [0, 1). */
  number() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit) {
    return Math.floor(this.number() * limit);
  }

  chance(share) {
    return this.number() < share;
  }

  pick(values) {
    return values[this.below(values.length)];
  }

  list(most, make) {
    return Array.from({ length: this.below(most + 1) }, () => make());
  }

  /** Any text: all of ASCII, controls, lone surrogates, invisible and right-to-left characters, emoji. */
  text(most = 12) {
    const odd = [..."\u0000\u007f\u0085\u200b\u202e\udfff\ud800הي\ufe0fé", "👩‍👩‍👧"];
    const one = () => (this.chance(0.7) ? String.fromCharCode(32 + this.below(95)) : this.pick(odd));
    return this.list(most, one).join("");
  }

  /** Any JSON value, including extreme ones. */
  junk(depth = 2) {
    const numbers = [0, -1, 0.5, 1e308, -8.64e15 - 1, 2 ** 53];
    const scalars = [null, true, false, ...numbers, "", "null", "NaN", "[object Object]"];
    const kind = this.below(depth > 0 ? 5 : 3);
    if (kind < 2) return this.pick(scalars);
    if (kind === 2) return this.chance(0.02) ? "x".repeat(200_000) : this.text();
    if (kind === 3) return this.list(4, () => this.junk(depth - 1));
    const names = ["id", "key", "name", "text", "ts", "act", "constructor", "length", "then"];
    return Object.fromEntries(this.list(4, () => [this.pick(names), this.junk(depth - 1)]));
  }
}

/** Checks a property with many seeds; a failure names its seed. */
export async function forSeeds(times, property) {
  const first = Number(process.env.SEED ?? 1);
  const last = process.env.SEED ? first : times;
  for (let seed = first; seed <= last; seed += 1) {
    try {
      await property(new Seeded(seed));
    } catch (error) {
      throw new Error(`with SEED=${seed}: ${error.message}`, { cause: error });
    }
  }
}
