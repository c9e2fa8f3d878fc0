/**
 * How many characters a function looks at with expressions and `indexOf`, each time anew: unlike time, it is the same on
 * a busy machine. Steps inside of one match are not counted.
 * @param {() => void} run
 */
export function charactersRead(run) {
  const { exec } = RegExp.prototype;
  const { indexOf } = String.prototype;
  let read = 0;
  // All methods with expressions use this one.
  RegExp.prototype.exec = function (text) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    read += 1 + (match ? match.index + match[0].length : String(text).length) - from;
    return match;
  };
  String.prototype.indexOf = function (part, from = 0) {
    const found = indexOf.call(this, part, from);
    read += 1 + (found < 0 ? this.length : found) - from;
    return found;
  };
  try {
    run();
  } finally {
    RegExp.prototype.exec = exec;
    String.prototype.indexOf = indexOf;
  }
  return read;
}
