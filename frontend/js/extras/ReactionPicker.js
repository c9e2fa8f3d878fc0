import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";

const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "✅", "🚀"];
const picture = /\p{Emoji_Presentation}|\ufe0f/u;
/** Between joiners: a flag, a keycap, or an emoji, perhaps with a skin tone or a tag sequence (UTS #51, ED-15a). */
const part = /^(?:\p{RI}{2}|[0-9#*]\u20e3|\u{1f3f4}[\u{e0020}-\u{e007f}]*\u{e007f}|(?![0-9#*])\p{Emoji}\p{EMod}?)$/u;
const longest = 48;

const size = (/** @type {string} */ text) => new TextEncoder().encode(text).length;

/** Chooses an emoji: a common one, or any other. */
export class ReactionPicker {
  #card;
  #choose;
  #field = element("input", {
    id: "any-emoji",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "send",
  });
  #problem = element("p", { class: "problem", role: "alert" });

  /**
   * @param {string[]} own the user's reactions: choosing one again removes it
   * @param {(emoji: string, on: boolean) => void} choose
   */
  constructor(own, choose) {
    this.#choose = choose;
    const emojis = element("div", { class: "emojis" });
    for (const emoji of new Set([...usual, ...own])) {
      const chosen = own.includes(emoji);
      const one = button(emoji, () => this.#done(emoji, !chosen), "emoji");
      one.setAttribute("aria-pressed", String(chosen));
      emojis.append(one);
    }
    const label = element("label", { class: "hint", for: "any-emoji", text: say("anyEmoji") });
    const submit = element("button", { type: "submit", class: "primary", text: say("react") });
    const form = element("form", {}, label, this.#field, this.#problem, submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#card = new Card("reactions", say("react"), emojis, form);
    this.#card.open();
    emojis.querySelector("button")?.focus();
  }

  #submit() {
    const emoji = typedEmoji(this.#field.value.trim());
    if (emoji) this.#done(emoji, true);
    else this.#problem.textContent = say("noEmoji");
  }

  /**
   * @param {string} emoji
   * @param {boolean} on
   */
  #done(emoji, on) {
    this.#card.node.close();
    this.#choose(emoji, on);
  }
}

/**
 * A single emoji, in the form that the server keeps.
 * @param {string} text
 * @returns {string | null} null: not a single emoji
 */
export function oneEmoji(text) {
  const bare = text.replaceAll("\ufe0f", "");
  const one = [...new Intl.Segmenter().segment(text)].length === 1;
  const whole = bare.split("\u200d").every((one) => part.test(one));
  if (!one || !whole || size(text) > longest || !picture.test(text)) return null;
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
