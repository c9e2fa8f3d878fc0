/**
 * A key for a message: 128 random bits as 32 hex digits. Not `randomUUID`, which plain http does not have.
 */
export function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
