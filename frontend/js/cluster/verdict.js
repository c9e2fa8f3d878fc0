import { isolated, listed } from "../words/speaker.js";
import { milliseconds, say, span } from "./amounts.js";
import { isAlone, isLiving, isSilent, lagsFrom, lateFrom, nodesOf, summarize } from "./summary.js";

/** Without a report for this long, the page has lost the cluster from sight: two reports in a row are missing. */
export const staleAfter = 5_000;
/** What the nodes say of each other is a few seconds old; after this long it counts. */
const settled = 10_000;

/**
 * The state of the cluster as a sentence: `word` and what fills it in. `age` and `delay` are in milliseconds.
 * `level`: `well`, `trouble` (something is wrong, messages go through), `problem` (they do not, or nobody knows), or
 * `unknown` (nobody has asked).
 * @typedef {{ level: "well" | "trouble" | "problem" | "unknown", word: import("./amounts.js").Word, nodes?: string[],
 *   to?: string, n?: number, all?: number, age?: number, delay?: number }} Verdict
 */

/**
 * The one thing that whoever looks must know first: the worst. Any report has exactly one verdict.
 * @param {Cluster.Report | null} report
 * @param {number | null} age of the report, in milliseconds; `null` before the first
 * @param {{ paused?: boolean, disagree?: boolean }} known whether the page is paused, and the nodes disagree for long
 * @returns {Verdict}
 */
export function verdict(report, age, { paused = false, disagree = false } = {}) {
  if (!report || age === null || report.members.length === 0)
    return { level: "unknown", word: paused ? "paused" : "waiting" };
  if (paused) return { level: "unknown", word: "pausedFor", age };
  if (age >= staleAfter) return { level: "problem", word: "heardNothing", age };
  return ofRelay(report, age) ?? ofNodes(report, age, disagree) ?? ofNumbers(report);
}

/** So many names fit into a sentence, and so many characters of each. */
const mostNamed = 3;
const longest = 24;

const brief = (/** @type {string} */ name) => (name.length > longest ? `${name.slice(0, longest - 1)}…` : name);

/**
 * @param {Verdict} verdict
 * @returns {string}
 */
export function sentence({ word, nodes = [], to = "", n = 1, all = 0, age = 0, delay = 0 }) {
  const named = nodes.length > mostNamed ? say("nodeCount", { n: nodes.length }) : listed(nodes.map(brief));
  const time = span(age / 1_000);
  return say(word, { nodes: named, to: isolated(brief(to)), n, all, age: time, delay: milliseconds(delay) });
}

/**
 * Equal for verdicts that differ only in their times.
 * @param {Verdict} verdict
 */
export function gist({ word, nodes, to, n, all }) {
  return JSON.stringify([word.replace(/For$/, ""), nodes, to, n, all]);
}

/**
 * Messages are waiting.
 * @param {Cluster.Report} report
 * @param {number} age
 * @returns {Verdict | null}
 */
function ofRelay(report, age) {
  const { self, relay } = report;
  if (relay.kind === "memory") return null;
  const others = nodesOf(report).filter((node) => isLiving(node) && node.id !== self);
  if (relay.trouble || !relay.connected) {
    const lasts = troubleOf(report);
    const since = lasts === null ? {} : { age: lasts + age };
    if (relay.connected) return { level: "problem", word: lasts === null ? "refuses" : "refusesFor", ...since };
    const alone = (lasts ?? 0) >= settled && others.some((node) => node.relay === true);
    if (alone) return { level: "problem", word: "cannotReachFor", nodes: [self], n: 1, ...since };
    return { level: "problem", word: lasts === null ? "unreachable" : "unreachableFor", ...since };
  }
  const cutOff = others.filter((node) => node.relay === false).map(({ id }) => id);
  if (cutOff.length > 0) return { level: "problem", word: "cannotReach", nodes: cutOff, n: cutOff.length };
  const shards = relay.servers?.shards ?? [];
  const away = shards.filter((shard) => shard.trouble).length;
  if (away === 0) return null;
  if (shards.length === 1) return { level: "trouble", word: "hasTrouble", nodes: [self] };
  return { level: "problem", word: "shardsAway", n: away, all: shards.length };
}

/**
 * For how long messages have not been accepted; `null`: the report does not say.
 * @param {Cluster.Report} report
 */
function troubleOf({ generatedAt, relay: { events = [] } }) {
  const first = events.map(({ trouble }) => !trouble).lastIndexOf(true) + 1;
  return first < events.length ? Math.max(0, generatedAt - events[first].at) : null;
}

/**
 * For how long a node has not answered, as far as the reporting one knows; `null`: the report does not say.
 * @param {Cluster.Member} node
 * @param {Cluster.Report} report
 */
export function silenceOf({ accusations = [] }, { generatedAt }) {
  if (accusations.length === 0) return null;
  return Math.max(0, generatedAt - Math.min(...accusations.map(({ at }) => at)));
}

/**
 * Nodes are away, or see different nodes.
 * @param {Cluster.Report} report
 * @param {number} age
 * @param {boolean} disagree
 * @returns {Verdict | null}
 */
function ofNodes(report, age, disagree) {
  const present = nodesOf(report).filter((node) => node.state !== "left");
  const of = (/** @type {Cluster.State} */ state) => present.filter((node) => node.state === state);
  const counts = { n: of("alive").length, all: present.length };
  const dead = of("dead").map(({ id }) => id);
  if (dead.length > 0)
    return { level: "trouble", word: dead.length > 1 ? "areAway" : "isAway", nodes: dead, ...counts };
  const [first, ...more] = of("suspect");
  if (more.length > 0) return { level: "trouble", word: "doNotAnswer", nodes: [first, ...more].map(({ id }) => id) };
  if (first) {
    const silence = silenceOf(first, report);
    if (silence === null) return { level: "trouble", word: "doesNotAnswer", nodes: [first.id] };
    return { level: "trouble", word: "doesNotAnswerFor", nodes: [first.id], age: silence + age };
  }
  return disagree ? { level: "trouble", word: "nodesDisagree" } : null;
}

/**
 * All nodes answer, and messages go through.
 * @param {Cluster.Report} report
 * @returns {Verdict}
 */
function ofNumbers(report) {
  const { alive: n, delivery, lag } = summarize(report);
  const lost = lostCanary(report);
  if (lost) return { level: "trouble", word: "doesNotArrive", ...lost };
  if (report.degraded.length > 0) return { level: "trouble", word: "warned", n };
  if (delivery !== null && delivery >= lateFrom) return { level: "trouble", word: "slow", n, delay: delivery };
  if (lag !== null && lag >= lagsFrom) return { level: "trouble", word: "busy", n, delay: lag };
  if (isAlone(report)) return { level: "well", word: "standalone" };
  return { level: "well", word: "healthy", n };
}

/**
 * The canary that has been missing longest on its way between two living nodes.
 * @param {Cluster.Report} report
 */
function lostCanary(report) {
  const names = nodesOf(report)
    .filter(isLiving)
    .map(({ id }) => id);
  const lost = names.flatMap((to) =>
    names.flatMap((from) => {
      const receipt = report.canary.matrix[to]?.[from];
      return receipt && isSilent(receipt) ? [{ nodes: [from], to, age: receipt.ageMs }] : [];
    }),
  );
  return lost.sort((one, other) => other.age - one.age)[0];
}
