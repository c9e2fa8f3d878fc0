import { Stopwatch } from "../store/Stopwatch.js";
import { element } from "../views/dom.js";
import { language, say } from "../words/say.js";
import { Card } from "./Card.js";
import { wayOf } from "./hops.js";
import { JourneyRequests } from "./JourneyRequests.js";

/** @typedef {import("./hops.js").Hop} Hop */

/** Shows which way a message took, and on how many nodes it is. */
export class JourneyCard {
  #chat;
  #summary = element("p", { class: "summary", role: "status", text: say("journeyAsking") });

  /**
   * @param {import("../store/Chat.js").Chat} chat
   * @param {string} room
   * @param {Wire.Message} message
   */
  static async show(chat, room, message) {
    const card = new JourneyCard(chat);
    const { journey, refusal } = await JourneyRequests.of(chat).ask(room, message.id);
    if (journey) card.#tell(journey, message.id);
    else card.#summary.textContent = say(refusal === "not_found" ? "journeyOld" : "journeyNone");
  }

  /** @param {import("../store/Chat.js").Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    const card = new Card(say("journey"), this.#summary);
    card.node.classList.add("journey");
    card.open();
  }

  /**
   * @param {Wire.Traced} journey
   * @param {string} id
   */
  #tell(journey, id) {
    const way = wayOf(journey, Stopwatch.of(this.#chat).took(id));
    const { delivered, expected, sockets, silent } = way;
    const nodes = say("journeyNodes", { delivered, n: expected });
    this.#summary.textContent = nodes + say("journeySockets", { n: sockets });
    this.#summary.classList.toggle("problem", delivered < expected);
    const rows = way.hops.map((hop) => row(hop, way.end));
    const table = element(
      "table",
      {},
      element("caption", { class: "unseen", text: say("journeySteps") }),
      element("tbody", {}, ...rows),
    );
    this.#summary.after(
      ...(silent > 0 ? [element("p", { text: say("journeySilent", { n: silent }) })] : []),
      table,
      element("p", { class: "note", text: say("journeyNote") }),
    );
  }
}

/**
 * The bar shows when it was, the words and the number what and how long.
 * @param {Hop} hop
 * @param {number} end
 */
function row(hop, end) {
  const { word, values, from, time } = hop;
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  const share = (/** @type {number} */ ms) => `${end > 0 ? (100 * ms) / end : 0}%`;
  bar.style.setProperty("--from", share(from));
  bar.style.setProperty("--length", share(time ?? 0));
  const step = element("th", { scope: "row" }, element("span", { text: say(word, values) }));
  if (time !== undefined) step.append(bar);
  return element("tr", {}, step, element("td", { text: duration(hop) }));
}

/** @param {Hop} hop */
function duration({ time, within = 0 }) {
  if (time === undefined) return "–";
  if (within === 0) return `${number(time)} ms`;
  if (time <= within) return `< ${number(time + within)} ms`;
  return `${number(time)} ± ${number(within)} ms`;
}

/** @param {number} ms */
function number(ms) {
  const maximumFractionDigits = ms < 1 ? 2 : ms < 10 ? 1 : 0;
  return new Intl.NumberFormat(language, { maximumFractionDigits }).format(ms);
}
