/**
 * Orders message ids, `<ms>-<seq>`, as the log does.
 * @param {string} left
 * @param {string} right
 * @returns {number} negative, 0 or positive
 */
export function compareIDs(left, right) {
  const [leftTime, leftNumber] = left.split("-").map(Number);
  const [rightTime, rightNumber] = right.split("-").map(Number);
  return leftTime - rightTime || leftNumber - rightNumber;
}

/**
 * A message's number within its epoch: 1, 2, 3, …
 * @param {string} id
 */
export function numberOf(id) {
  return Number(id.slice(id.indexOf("-") + 1));
}

/**
 * A key for a message: 128 random bits as 32 hex digits. Not `randomUUID`, which plain http does not have.
 */
export function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
