import { isolated, language, say } from "../words/say.js";

/** @param {{ type: string }} file */
export function isPicture({ type }) {
  return /^image\/(jpeg|png|gif|webp|avif)$/.test(type);
}

/**
 * What files a message has: "2 pictures", the name of its only file, or "3 files".
 * @param {Wire.File[]} files
 */
export function filesNamed(files) {
  if (files.every(isPicture)) return say("pictures", { n: files.length });
  return files.length === 1 ? isolated(files[0].name) : say("files", { n: files.length });
}

/**
 * What a message says, where there is only room for text.
 * @param {{ text: string, files?: Wire.File[] }} message
 */
export function gistOf({ text, files = [] }) {
  if (files.length === 0) return text;
  return text === "" ? filesNamed(files) : `${text} (${filesNamed(files)})`;
}

/**
 * A message as text to copy: what it says, and the names of its files.
 * @param {{ text: string, files?: Wire.File[] }} message
 */
export function copied({ text, files = [] }) {
  return [text, ...files.map(({ name }) => name)].filter(Boolean).join("\n");
}

const units = /** @type {const} */ (["byte", "kilobyte", "megabyte", "gigabyte"]);

/** @param {number} bytes */
export function sizeOf(bytes) {
  const step = bytes < 1_000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const digits = step < 2 ? 0 : 1;
  const format = { style: "unit", unit: units[step], unitDisplay: step === 0 ? "long" : "short" };
  return new Intl.NumberFormat(language, {
    .../** @type {Intl.NumberFormatOptions} */ (format),
    maximumFractionDigits: digits,
  }).format(bytes / 1_000 ** step);
}
