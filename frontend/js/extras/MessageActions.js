import { button, element } from "../views/dom.js";
import { say } from "../words/say.js";
import { Card } from "./Card.js";
import { JourneyCard } from "./JourneyCard.js";
import { ReactionPicker } from "./ReactionPicker.js";

/** What one can do with a message, by its keys or by the tools beside it. */
export class MessageActions {
  #page;
  #node;
  #row;

  /**
   * @param {import("../views/Page.js").Page} page
   * @param {HTMLElement} node its row
   */
  constructor(page, node) {
    this.#page = page;
    this.#node = node;
    this.#row = page.conversation.list.messageRow(node);
  }

  /** It is in the log and was not deleted. */
  get mayReact() {
    const { id = "", deleted } = this.#row?.message ?? {};
    return id !== "" && !deleted;
  }

  get mayChange() {
    return this.mayReact && this.#row?.own === true;
  }

  get #message() {
    return /** @type {Wire.Message} */ (this.#row?.message);
  }

  edit() {
    this.#page.conversation.composer.edit(this.#message.id, this.#message.text);
  }

  /** There is no way back, so it is asked for twice. */
  erase() {
    const { id: target, text } = this.#message;
    const erase = button(
      say("deleteForAll"),
      () => {
        card.node.close();
        this.#page.conversation.act({ kind: "delete", target });
      },
      "primary danger",
    );
    const quoted = element("blockquote", { class: "quoted", dir: "auto", text });
    const card = new Card(say("deleteQuestion"), quoted, erase);
    card.open();
  }

  react() {
    const { id: target, reactions = [] } = this.#message;
    const { conversation, self } = this.#page;
    const own = reactions.filter(({ users }) => users.includes(self.id)).map(({ emoji }) => emoji);
    new ReactionPicker(own, (emoji, on) => conversation.act({ kind: "react", target, emoji, on }));
  }

  reply() {
    const { composer } = this.#page.conversation;
    const quote = this.#message.text.replace(/^/gm, "> ");
    composer.write(`${quote}\n@${this.#message.from.name} ${composer.text}`);
  }

  /** Without a clipboard, as on plain http, the address bar has it. */
  async link() {
    const { conversation, navigation, toast } = this.#page;
    const { room } = conversation;
    const { id } = this.#message;
    const address = new URL(`#/r/${room}/m/${id}`, location.href).href;
    try {
      await navigator.clipboard.writeText(address);
      toast.show(say("linkCopied"));
    } catch {
      navigation.go(room, id);
      toast.show(say("linkInAddress"));
    }
  }

  /** Which way it took. */
  info() {
    const { chat, conversation } = this.#page;
    void JourneyCard.show(chat, conversation.room, this.#message);
  }

  copy() {
    void navigator.clipboard?.writeText(this.#node.querySelector(".text")?.textContent ?? "");
  }
}
