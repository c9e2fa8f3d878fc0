/// <reference path="wire.d.ts" />

/**
 * Reads one text frame. What is not an object with a `type` is nothing to us; a type that we do not know is passed on
 * and answered by no `switch`, so that a newer server may say more.
 * @param {unknown} data
 * @returns {Wire.Frame | null}
 */
export function parseFrame(data) {
  if (typeof data !== "string") return null;
  try {
    const frame = JSON.parse(data);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
