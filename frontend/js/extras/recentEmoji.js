import { openStorage } from "../store/storage.js";
import { characters } from "../store/text.js";

const key = "webchat.emoji";
const most = 40;
/** Before the user has chosen any. */
const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "✅", "🚀", "🔥", "🤔", "👏", "💯"];
/** How many the tools of a message show. */
export const quickCount = 3;

/** The emoji that the user has chosen in this browser, the last one first. */
export class RecentEmoji {
  /** @type {RecentEmoji | undefined} */
  static #ours;
  #storage;
  #parsed = { text: "", list: /** @type {string[]} */ ([]) };

  /** @param {Pick<import("../store/storage.js").MemoryStorage, "getItem" | "setItem">} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** Those of this browser. */
  static get ours() {
    RecentEmoji.#ours ??= new RecentEmoji(openStorage(location.pathname));
    return RecentEmoji.#ours;
  }

  /** Other tabs add to them. */
  get #list() {
    const text = (this.#storage.getItem(key) ?? "").slice(0, most * longest);
    if (text !== this.#parsed.text) {
      const valid = text.split(" ").filter((one) => oneEmoji(one) === one);
      this.#parsed = { text, list: [...new Set(valid)].slice(0, most) };
    }
    return this.#parsed.list;
  }

  /**
   * The latest ones, and usual ones if these are fewer.
   * @param {number} count
   */
  latest(count) {
    return [...new Set([...this.#list, ...usual])].slice(0, count);
  }

  /**
   * The user has chosen an emoji. Those that the tools of messages show keep their places.
   * @param {string} emoji
   */
  note(emoji) {
    const list = this.#list;
    if (list.slice(0, quickCount).includes(emoji)) return;
    const others = list.filter((one) => one !== emoji);
    this.#storage.setItem(key, [emoji, ...others].slice(0, most).join(" "));
  }
}

const picture = /\p{Emoji_Presentation}|\ufe0f/u;
/** Between joiners: a flag, a keycap, or an emoji, perhaps with a skin tone or a tag sequence (UTS #51, ED-15a). */
const part = /^(?:\p{RI}{2}|[0-9#*]\u20e3|\u{1f3f4}[\u{e0020}-\u{e007f}]*\u{e007f}|(?![0-9#*])\p{Emoji}\p{EMod}?)$/u;
const longest = 48;

const size = (/** @type {string} */ text) => new TextEncoder().encode(text).length;

/**
 * A single emoji, in the form that the server keeps.
 * @param {string} text
 * @returns {string | null} null: not a single emoji
 */
export function oneEmoji(text) {
  if (size(text) > longest || !picture.test(text)) return null;
  const bare = text.replaceAll("\ufe0f", "");
  const whole = bare.split("\u200d").every((one) => part.test(one));
  if (!whole || characters(text) !== 1) return null;
  const emoji = bare.replace(/(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{EMod})/gu, "$&\ufe0f");
  return size(emoji) > longest ? null : emoji;
}

/**
 * An emoji as typed or pasted, perhaps without its variation selector.
 * @param {string} text
 * @returns {string | null} null: not a single emoji
 */
export function typedEmoji(text) {
  return oneEmoji(text) ?? oneEmoji(`${text}\ufe0f`);
}
