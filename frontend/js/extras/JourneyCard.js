import { Stopwatch } from "../store/measures.js";
import { makeKey } from "../transport/frames.js";
import { element, forOperators } from "../views/dom.js";
import { language, say } from "../words/say.js";
import { Card } from "./Card.js";

/**
 * Shows the path of a message through the cluster, and how many nodes delivered it.
 * @param {import("../store/Chat.js").Chat} chat
 * @param {string} room
 * @param {string} id
 */
export async function showJourney(chat, room, id) {
  const summary = element("p", { class: "summary", role: "status", text: say("journeyAsking") });
  new Card("journey", say("journey"), summary).open();
  const { journey, refusal } = await JourneyRequests.of(chat).ask(room, id);
  if (journey) tell(wayOf(journey, Stopwatch.of(chat).took(id)), summary);
  else summary.textContent = say(refusal === "not_found" ? "journeyOld" : "journeyNone");
}

/**
 * @param {Way} way
 * @param {HTMLElement} summary
 */
function tell({ hops, delivered, expected, sockets, silent, end }, summary) {
  const nodes = say("journeyNodes", { delivered, n: expected });
  summary.textContent = nodes + say("journeySockets", { n: sockets });
  summary.classList.toggle("problem", delivered < expected);
  const table = element(
    "table",
    {},
    element("caption", { class: "unseen", text: say("journeySteps") }),
    element("tbody", {}, ...hops.map((hop) => row(hop, end))),
  );
  if (!forOperators()) return;
  summary.after(
    ...(silent > 0 ? [element("p", { text: say("journeySilent", { n: silent }) })] : []),
    table,
    element("p", { class: "note hint", text: say("journeyNote") }),
  );
}

/**
 * The bar shows when a step took place and how long it took.
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

/** The server waits one second for its nodes. */
const patience = 5_000;

/**
 * Requests the paths of messages.
 *
 * @typedef {{ journey?: Wire.Traced, refusal?: string }} Answer a `refusal` is an error code; `silence`: no answer
 */
export class JourneyRequests {
  /** @type {JourneyRequests | undefined} */
  static #only;
  #session;
  /** By the key of the request. */
  #waiting = /** @type {Map<string, (answer: Answer) => void>} */ (new Map());

  /** @param {import("../store/Chat.js").Chat} chat */
  static of(chat) {
    JourneyRequests.#only ??= new JourneyRequests(chat);
    return JourneyRequests.#only;
  }

  /** @param {import("../store/Chat.js").Chat} chat */
  constructor({ session }) {
    this.#session = session;
    session.frames.listen((frame) => {
      if (frame.type === "traced") this.#answer(frame.key, { journey: frame });
      if (frame.type === "error" && frame.key) this.#answer(frame.key, { refusal: frame.code });
    });
    session.lost.listen(() => {
      for (const key of this.#waiting.keys()) this.#answer(key, { refusal: "silence" });
    });
  }

  /**
   * @param {string} room
   * @param {string} id
   * @returns {Promise<Answer>}
   */
  ask(room, id) {
    const key = makeKey();
    return new Promise((resolve) => {
      const wait = this.#session.online ? patience : 0;
      const timer = setTimeout(() => this.#answer(key, { refusal: "silence" }), wait);
      this.#waiting.set(key, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#session.send({ type: "trace", room, id, key });
    });
  }

  /**
   * @param {string} key
   * @param {Answer} answer
   */
  #answer(key, answer) {
    this.#waiting.get(key)?.(answer);
    this.#waiting.delete(key);
  }
}

/**
 * A journey as steps, in milliseconds.
 *
 * @typedef {{ word: import("../words/say.js").Word, values: Record<string, string | number>, time?: number,
 *   within?: number, from: number }} Hop `from`: when it began, since the sender's node received the
 *   message. Without a time: unknown
 * @typedef {{ hops: Hop[], delivered: number, expected: number, sockets: number, silent: number, end: number }} Way
 *   `end`: of the last hop
 */

const ms = (/** @type {number} */ microseconds) => microseconds / 1_000;

/**
 * @param {Wire.Traced} journey
 * @param {number | undefined} took the time from sending to the acknowledgement, if it was measured
 * @returns {Way}
 */
export function wayOf({ origin, nodes, expected }, took) {
  /** @type {Hop[]} */
  const hops = [];
  const waited = ms(origin?.waited ?? 0);
  if (origin) {
    const { node } = origin;
    const confirmed = ms(origin.confirmed);
    // The rest was spent between browser and node. Clocks are coarse, so it could be negative.
    const time = took === undefined ? undefined : Math.max(0, took - waited - confirmed);
    hops.push({ word: "hopBrowser", values: { node }, time, from: 0 });
    hops.push({ word: "hopRoom", values: { node }, time: waited, from: 0 });
    hops.push({ word: "hopLog", values: { node }, time: confirmed, from: waited });
  }
  for (const { node, heard, within = 0, fanOut, sockets: n = 0 } of nodes) {
    if (fanOut === undefined) {
      hops.push({ word: "hopUnknown", values: { node }, from: 0 });
      continue;
    }
    const time = heard === undefined ? undefined : ms(heard);
    const begun = waited + (time ?? 0);
    hops.push({ word: "hopNode", values: { node }, time, within: ms(within), from: waited });
    hops.push({ word: "hopSockets", values: { node, n }, time: ms(fanOut), from: begun });
  }
  const told = nodes.filter(({ fanOut }) => fanOut !== undefined);
  return {
    hops,
    delivered: told.length,
    expected,
    sockets: told.reduce((sum, { sockets = 0 }) => sum + sockets, 0),
    silent: Math.max(0, expected - nodes.length),
    end: Math.max(0, ...hops.map(({ from, time = 0 }) => from + time)),
  };
}
