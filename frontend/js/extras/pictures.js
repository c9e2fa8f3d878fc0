import { isVisible } from "../store/text.js";

/** In pixels: no side of a picture that is sent is longer. */
const longestSide = 2_560;
const quality = 0.9;
/** What the browser writes; a format that it cannot write becomes JPEG. */
const written = ["image/jpeg", "image/png", "image/webp"];

/** @typedef {{ bytes: Blob, name: string, type: string, width?: number, height?: number }} Chosen */

/**
 * A file as it is sent. Pictures are drawn again, no larger than needed: so they have the right orientation, and nothing
 * else is in them, as the place where a photo was taken. Animated ones stay as they are, and so do other files.
 * @param {File} file
 * @param {Wire.FileLimits} limits
 * @returns {Promise<Chosen>}
 */
export async function prepared(file, { bytes: most, types }) {
  const name = properName(file.name);
  const asIs = { bytes: file, name, type: properType(file.type) };
  if (!file.type.startsWith("image/") || file.type === "image/svg+xml") return asIs;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture && types.includes(file.type)) throw new Error("not a picture that this browser knows");
  if (!picture) return asIs;
  try {
    const head = new Uint8Array(await file.slice(0, 65_536).arrayBuffer());
    const shown = types.includes(file.type);
    if (shown && isAnimated(head, file.type)) return { ...asIs, width: picture.width, height: picture.height };
    const wanted = written.includes(file.type) ? file.type : file.type === "image/gif" ? "image/png" : "image/jpeg";
    const { width, height } = fitting(picture.width, picture.height, longestSide);
    const drawn = await draw(picture, width, height, wanted);
    // Photos from a clipboard are PNG, which is large.
    const made =
      drawn.size > most && drawn.type !== "image/jpeg" ? await draw(picture, width, height, "image/jpeg") : drawn;
    return { bytes: made, name: renamed(name, file.type, made.type), type: made.type, width, height };
  } finally {
    picture.close();
  }
}

/**
 * @param {ImageBitmap} picture
 * @param {number} width
 * @param {number} height
 * @param {string} type
 * @returns {Promise<Blob>} perhaps of another type: browsers that cannot write one write PNG
 */
async function draw(picture, width, height, type) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  if (type === "image/jpeg") {
    // It has no transparency, which would become black.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(picture, 0, 0, width, height);
  const made = await new Promise((resolve) => canvas.toBlob(resolve, type, quality));
  if (!made) throw new Error("the picture cannot be written");
  return made;
}

/**
 * The size of something within a square, at least one pixel each way. Nothing is enlarged.
 * @param {number} width
 * @param {number} height
 * @param {number} side
 */
export function fitting(width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  const pixels = (/** @type {number} */ length) => Math.max(1, Math.round(length * scale));
  return { width: pixels(width), height: pixels(height) };
}

/**
 * Whether a picture moves, as its first bytes tell: GIF89a with a second image or a loop, WebP with ANIM, PNG with acTL.
 * @param {Uint8Array} head
 * @param {string} type
 */
export function isAnimated(head, type) {
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join("");
  if (type === "image/gif") return /NETSCAPE2\.0|ANIMEXTS1\.0/.test(text) || framesOf(head) > 1;
  if (type === "image/webp") return text.slice(12, 16) === "VP8X" && (head[20] & 2) !== 0;
  if (type !== "image/png") return false;
  const place = text.indexOf("acTL");
  return place > 0 && place < text.indexOf("IDAT");
}

/**
 * How many images a GIF begins to have, as far as its first bytes tell.
 * @param {Uint8Array} head
 */
function framesOf(head) {
  const tableOf = (/** @type {number} */ flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + tableOf(head[10]);
  let frames = 0;
  const skipBlocks = () => {
    while (head[at]) at += head[at] + 1;
    at += 1;
  };
  while (at < head.length) {
    if (head[at] === 0x21) at += 2;
    else if (head[at] === 0x2c) {
      frames += 1;
      at += 11 + tableOf(head[at + 9]);
    } else break;
    skipBlocks();
  }
  return frames;
}

const longestName = 128;

/**
 * A name that the server takes: without folders, control characters and what changes the direction of text.
 * @param {string} name
 */
export function properName(name) {
  const clean = name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/[/\\]/g, "_")
    .trim();
  const [, start, ending = ""] = clean.match(/^(.*?)(\.[^.]{1,16})?$/s) ?? ["", clean];
  const room = longestName - [...ending].length;
  const short = [...start].slice(0, room).join("") + ending;
  return isVisible(short) ? short : "file";
}

/** @param {string} type as the browser knows it */
export function properType(type) {
  const plain = type.toLowerCase().split(";")[0].trim();
  return /^[\w.+-]+\/[\w.+-]+$/.test(plain) && plain.length <= 100 ? plain : "application/octet-stream";
}

/**
 * @param {string} name
 * @param {string} from
 * @param {string} to
 */
function renamed(name, from, to) {
  if (from === to) return name;
  const ending = to === "image/jpeg" ? ".jpg" : `.${to.slice("image/".length)}`;
  return properName(name.replace(/\.[^.]{1,16}$/, "") + ending);
}
