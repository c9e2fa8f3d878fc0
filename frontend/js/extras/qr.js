// QR codes (ISO/IEC 18004:2015): one text in byte mode, with error correction level L, for a screen that nothing covers.

/** The largest version made here; it holds 1,273 bytes. */
const lastVersion = 25;

/** Of level L, by version from 1: code words for error correction in each block, and the number of blocks (table 9). */
const correction = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26];
const blocks = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12];

/**
 * @param {string} text
 * @returns {boolean[][] | null} rows of modules, `true` is dark; null: the text is too long
 */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (version <= lastVersion && capacity(version) < bytes.length) version += 1;
  if (version > lastVersion) return null;
  const modules = new Modules(version);
  modules.write(interleaved(dataWords(bytes, version), version));
  return modules.masked();
}

/** How many bytes of a text a version holds: four bits say that they are bytes, 8 or 16 how many. */
const capacity = (/** @type {number} */ version) => Math.floor((8 * dataLength(version) - 4 - lengthBits(version)) / 8);
const lengthBits = (/** @type {number} */ version) => (version < 10 ? 8 : 16);
const dataLength = (/** @type {number} */ version) =>
  Math.floor(moduleCount(version) / 8) - correction[version - 1] * blocks[version - 1];

/**
 * The modules that are left for code words.
 * @param {number} version
 */
function moduleCount(version) {
  const size = 17 + 4 * version;
  // Finders with separators, format, the dark module, and both lines of timing.
  let count = size * size - 3 * 64 - 31 - 2 * (size - 16);
  const lines = alignment(version).length;
  // Those beside the upper and the left finder lie on timing lines.
  if (lines > 0) count -= 25 * (lines * lines - 3) - 10 * (lines - 2);
  if (version >= 7) count -= 36;
  return count;
}

/**
 * Rows and columns where alignment patterns are centred (annex E).
 * @param {number} version
 */
function alignment(version) {
  if (version === 1) return [];
  const lines = Math.floor(version / 7) + 2;
  const last = 4 * version + 10;
  const step = Math.ceil((last - 6) / (lines - 1) / 2) * 2;
  return Array.from({ length: lines }, (_, place) => (place === 0 ? 6 : last - (lines - 1 - place) * step));
}

/**
 * @param {Uint8Array} bytes
 * @param {number} version
 */
function dataWords(bytes, version) {
  const bits = /** @type {number[]} */ ([]);
  const add = (/** @type {number} */ value, /** @type {number} */ count) => {
    for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  add(4, 4);
  add(bytes.length, lengthBits(version));
  for (const byte of bytes) add(byte, 8);
  const length = dataLength(version);
  add(0, Math.min(4, 8 * length - bits.length));
  add(0, -bits.length & 7);
  const words = [];
  for (let place = 0; place < bits.length; place += 8)
    words.push(bits.slice(place, place + 8).reduce((word, bit) => 2 * word + bit, 0));
  for (let pad = 0xec; words.length < length; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/**
 * Adds the code words for error correction, block by block, and mixes the blocks (7.6).
 * @param {number[]} words
 * @param {number} version
 */
function interleaved(words, version) {
  const [count, checks] = [blocks[version - 1], correction[version - 1]];
  const divisor = generator(checks);
  const parts = [];
  // The last blocks have one word more.
  for (let block = 0, from = 0; block < count; block += 1) {
    const length = Math.floor((words.length + block) / count);
    const data = words.slice(from, from + length);
    parts.push({ data, check: remainder(data, divisor) });
    from += length;
  }
  const longest = parts[count - 1].data.length;
  const mixed = [];
  for (let place = 0; place < longest; place += 1)
    for (const { data } of parts) if (place < data.length) mixed.push(data[place]);
  for (let place = 0; place < checks; place += 1) for (const { check } of parts) mixed.push(check[place]);
  return mixed;
}

/**
 * The product in GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1.
 * @param {number} one
 * @param {number} other
 */
function times(one, other) {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    if ((other >> bit) & 1) product ^= one;
  }
  return product;
}

/**
 * The generator polynomial of a Reed-Solomon code, without its leading 1 (annex A).
 * @param {number} degree
 */
function generator(degree) {
  const factors = /** @type {number[]} */ (Array(degree).fill(0));
  factors[degree - 1] = 1;
  for (let round = 0, root = 1; round < degree; round += 1, root = times(root, 2))
    for (let place = 0; place < degree; place += 1)
      factors[place] = times(factors[place], root) ^ (factors[place + 1] ?? 0);
  return factors;
}

/**
 * @param {number[]} data
 * @param {number[]} divisor
 */
function remainder(data, divisor) {
  const rest = /** @type {number[]} */ (Array(divisor.length).fill(0));
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    for (const [place, value] of divisor.entries()) rest[place] ^= times(value, factor);
  }
  return rest;
}

/** Whether a mask inverts the module in this row and column (table 10). */
const masks = /** @type {((y: number, x: number) => boolean)[]} */ ([
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
]);

/** The modules of a code. */
class Modules {
  #size;
  #dark;
  /** Not for code words. */
  #fixed;

  /** @param {number} version */
  constructor(version) {
    this.#size = 17 + 4 * version;
    const square = () =>
      Array.from({ length: this.#size }, () => /** @type {boolean[]} */ (Array(this.#size).fill(false)));
    this.#dark = square();
    this.#fixed = square();
    const end = this.#size - 1;
    for (let place = 0; place <= end; place += 1) {
      this.#fix(6, place, place % 2 === 0);
      this.#fix(place, 6, place % 2 === 0);
    }
    this.#pattern(3, 3, 4);
    this.#pattern(3, end - 3, 4);
    this.#pattern(end - 3, 3, 4);
    const lines = alignment(version);
    const last = lines.at(-1);
    for (const y of lines)
      for (const x of lines)
        if (!(y === 6 && (x === 6 || x === last)) && !(y === last && x === 6)) this.#pattern(y, x, 2);
    this.#writeFormat(0);
    if (version >= 7) this.#writeVersion(version);
  }

  /**
   * @param {number} y
   * @param {number} x
   * @param {boolean} dark
   */
  #fix(y, x, dark) {
    if (y < 0 || x < 0 || y >= this.#size || x >= this.#size) return;
    this.#dark[y][x] = dark;
    this.#fixed[y][x] = true;
  }

  /**
   * Squares around a module: a finder with its separator, or an alignment pattern.
   * @param {number} y
   * @param {number} x
   * @param {number} radius
   */
  #pattern(y, x, radius) {
    for (let down = -radius; down <= radius; down += 1)
      for (let right = -radius; right <= radius; right += 1) {
        const distance = Math.max(Math.abs(down), Math.abs(right));
        this.#fix(y + down, x + right, radius === 4 ? distance !== 2 && distance !== 4 : distance !== 1);
      }
  }

  /**
   * Level L and the mask, with a BCH code, twice (7.9).
   * @param {number} mask
   */
  #writeFormat(mask) {
    const value = 0b01_000 | mask;
    const bits = ((value << 10) | checkBits(value, 10, 0x537)) ^ 0x5412;
    const end = this.#size - 1;
    for (let bit = 0; bit < 15; bit += 1) {
      const dark = ((bits >> bit) & 1) === 1;
      if (bit < 8) {
        this.#fix(bit < 6 ? bit : bit + 1, 8, dark);
        this.#fix(8, end - bit, dark);
      } else {
        this.#fix(8, bit === 8 ? 7 : 14 - bit, dark);
        this.#fix(end - 14 + bit, 8, dark);
      }
    }
    this.#fix(end - 7, 8, true);
  }

  /**
   * With a BCH code, twice (7.10).
   * @param {number} version
   */
  #writeVersion(version) {
    const bits = (version << 12) | checkBits(version, 12, 0x1f25);
    for (let bit = 0; bit < 18; bit += 1) {
      const dark = ((bits >> bit) & 1) === 1;
      const [near, far] = [Math.floor(bit / 3), this.#size - 11 + (bit % 3)];
      this.#fix(near, far, dark);
      this.#fix(far, near, dark);
    }
  }

  /**
   * In columns of two modules, from the right, up and down (7.7.3).
   * @param {number[]} words
   */
  write(words) {
    let bit = 0;
    let up = true;
    for (let right = this.#size - 1; right > 0; right -= 2) {
      // The line of timing takes no part.
      if (right === 6) right = 5;
      for (let step = 0; step < this.#size; step += 1) {
        const y = up ? this.#size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.#fixed[y][x]) continue;
          this.#dark[y][x] = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
          bit += 1;
        }
      }
      up = !up;
    }
  }

  /** With the mask that makes it easiest to read. */
  masked() {
    const tried = masks.map((inverts, mask) => {
      this.#writeFormat(mask);
      return this.#dark.map((row, y) => row.map((dark, x) => dark !== (!this.#fixed[y][x] && inverts(y, x))));
    });
    const penalties = tried.map(penalty);
    return tried[penalties.indexOf(Math.min(...penalties))];
  }
}

/**
 * The remainder of a BCH code.
 * @param {number} value
 * @param {number} degree
 * @param {number} divisor
 */
function checkBits(value, degree, divisor) {
  let rest = value;
  for (let round = 0; round < degree; round += 1) rest = (rest << 1) ^ ((rest >> (degree - 1)) * divisor);
  return rest;
}

/** What a finder looks like in a row, beside four light modules. */
const finders = ["10111010000", "00001011101"];

/**
 * How hard a code is to read (7.8.3).
 * @param {boolean[][]} rows
 */
function penalty(rows) {
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  let points = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map(Number).join("");
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) points += run.length - 2;
    for (const finder of finders)
      for (let place = text.indexOf(finder); place >= 0; place = text.indexOf(finder, place + 1)) points += 40;
  }
  for (let y = 1; y < rows.length; y += 1)
    for (let x = 1; x < rows.length; x += 1)
      if (rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x - 1])
        points += 3;
  const share = rows.flat().filter(Boolean).length / rows.length ** 2;
  return points + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
