import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";

const usual = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀", "✅", "🚀"];
const picture = /\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
const longest = 48;

/** Chooses an emoji: one of the usual ones, or any other. */
export class ReactionPicker {
  #card;
  #choose;
  #field = element("input", { id: "any-emoji", autocomplete: "off", spellcheck: "false" });
  #problem = element("p", { class: "problem", role: "alert" });

  /**
   * @param {string[]} own what one has chosen already: choosing it again takes it back
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
    const label = element("label", { for: "any-emoji", text: say("anyEmoji") });
    const submit = element("button", { type: "submit", class: "primary", text: say("react") });
    const form = element("form", {}, label, this.#field, this.#problem, submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#card = new Card(say("react"), emojis, form);
    this.#card.open();
    emojis.querySelector("button")?.focus();
  }

  #submit() {
    const emoji = this.#field.value.trim();
    if (isEmoji(emoji)) this.#done(emoji, true);
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
 * What the server takes: one character that is shown as a picture.
 * @param {string} text
 */
export function isEmoji(text) {
  const one = [...new Intl.Segmenter().segment(text)].length === 1;
  return one && picture.test(text) && new TextEncoder().encode(text).length <= longest;
}
