/** From here on, in milliseconds, messages and loops are late: people notice a quarter of a second. */
export const lateFrom = 250;
export const lagsFrom = 100;

/** A node is silent after this: ten canaries in a row are missing. */
const silentAfter = 10_000;

/**
 * The newest incarnation of each node, by name, n2 before n10.
 * @param {Cluster.Report} report
 */
export function nodesOf({ members }) {
  /** @type {Map<string, Cluster.Member>} */
  const newest = new Map();
  for (const member of members) {
    const known = newest.get(member.id);
    if (!known || known.generation < member.generation) newest.set(member.id, member);
  }
  const collator = new Intl.Collator("en", { numeric: true });
  return [...newest.values()].sort((a, b) => collator.compare(a.id, b.id));
}

/**
 * @typedef {{ alive: number, suspect: number, dead: number, users: number | null, rate: number | null,
 *   lag: number | null, delivery: number | null, cutOff: number, restarts: number }} Summary
 */

/**
 * The key numbers of the cluster. `null`: unknown. `cutOff`: nodes without their relay.
 * @param {Cluster.Report} report
 * @returns {Summary}
 */
export function summarize(report) {
  const nodes = nodesOf(report);
  const living = nodes.filter(isLiving);
  const own = report.relay.connected ? 0 : 1;
  const others = living.filter((node) => node.id !== report.self && node.relay === false).length;
  const names = new Set(living.map((node) => node.id));
  const heard = Object.entries(report.canary.matrix)
    .filter(([to]) => names.has(to))
    .flatMap(([, of]) => Object.entries(of))
    .filter(([from, receipt]) => names.has(from) && !isSilent(receipt));
  return {
    alive: nodes.filter((node) => node.state === "alive").length,
    suspect: nodes.filter((node) => node.state === "suspect").length,
    dead: nodes.filter((node) => node.state === "dead").length,
    users: sum(living.map((node) => node.users)),
    rate: sum(living.map((node) => node.messagesPerSecond)),
    lag: greatest(living.map((node) => node.lagMs)),
    delivery: greatest(heard.map(([, receipt]) => receipt.p99Ms)),
    cutOff: own + others,
    restarts: restartsOf(report).restarts,
  };
}

/**
 * Of the reporting node, within five minutes. A connection that is tried again because Redis is away is no failure of
 * the node, and is counted apart.
 * @param {Cluster.Report} report
 */
export function restartsOf({ supervision: { restarts5m, reconnects5m = 0 } }) {
  return { restarts: restarts5m - reconnects5m, reconnects: reconnects5m };
}

/** @param {{ state: Cluster.State }} node */
export function isLiving({ state }) {
  return state === "alive" || state === "suspect";
}

/** @param {Cluster.Receipt} receipt */
export function isSilent({ ageMs }) {
  return ageMs > silentAfter;
}

/**
 * Rates a delay through Redis.
 * @param {Cluster.Receipt} receipt
 */
export function levelOf(receipt) {
  if (isSilent(receipt)) return "silent";
  return receipt.p99Ms < 50 ? "good" : receipt.p99Ms < lateFrom ? "slow" : "late";
}

/** @param {(number | null)[]} values */
function reported(values) {
  return /** @type {number[]} */ (values.filter((value) => value !== null));
}

/** @param {(number | null)[]} values */
function sum(values) {
  const known = reported(values);
  return known.length > 0 ? known.reduce((total, value) => total + value, 0) : null;
}

/** @param {(number | null)[]} values */
function greatest(values) {
  const known = reported(values);
  return known.length > 0 ? Math.max(...known) : null;
}

/**
 * A node without Redis is its own cluster: nothing to say about others.
 * @param {Cluster.Report} report
 */
export function isAlone({ relay, members }) {
  return relay.kind === "memory" && members.length <= 1;
}

/**
 * What each living node sees, as far as the report says: the hash of its view, and whom it gets no answer from.
 * @param {Cluster.Report} report
 */
export function viewsOf(report) {
  const living = nodesOf(report).filter(isLiving);
  return living.map(({ id, viewHash }) => {
    const hash = id === report.self ? report.view.hash : viewHash;
    const missed = living.filter(({ observedBy }) => observedBy.includes(id));
    return { id, hash, differs: hash !== null && hash !== report.view.hash, missed: missed.map((node) => node.id) };
  });
}

/** @typedef {{ word: keyof typeof import("../words/cluster.en.js").en, values?: Record<string, string> }} Change */

/**
 * Changes to announce.
 * @param {Cluster.Report | null} before
 * @param {Cluster.Report} now
 * @returns {Change[]}
 */
export function changesBetween(before, now) {
  if (!before) return [];
  /** @type {Change[]} */
  const changes = [];
  if (before.self !== now.self) changes.push({ word: "reportingFrom", values: { node: now.self } });
  const known = new Map(nodesOf(before).map((node) => [node.id, node]));
  for (const node of nodesOf(now)) {
    const old = known.get(node.id);
    if (!old) changes.push({ word: "newNode", values: { node: node.id } });
    else if (old.state !== node.state) changes.push({ word: `${node.state}Now`, values: { node: node.id } });
    else if (old.generation < node.generation) changes.push({ word: "restarted", values: { node: node.id } });
  }
  if (before.self === now.self && !before.relay.trouble !== !now.relay.trouble)
    changes.push({ word: now.relay.trouble ? "relayLost" : "relayBack" });
  return changes;
}

/** Gossip takes a few seconds, so views differ after every change. */
const settling = 10_000;

/** Whether the nodes agree, and if not, whether they have had time to. */
export class Agreement {
  /** @type {"agreed" | "settling" | "disagree"} */
  state = "agreed";
  /** @type {number | null} */
  #since = null;

  /**
   * @param {boolean} agreed
   * @param {number} now in milliseconds, monotonic
   * @returns {Change[]} to announce
   */
  update(agreed, now) {
    const before = this.state;
    this.#since = agreed ? null : (this.#since ?? now);
    const young = this.#since !== null && now - this.#since < settling;
    this.state = agreed ? "agreed" : young ? "settling" : "disagree";
    if (this.state === "disagree" && before !== "disagree") return [{ word: "disagreeNow" }];
    if (this.state === "agreed" && before === "disagree") return [{ word: "agreedNow" }];
    return [];
  }
}

/** Five minutes, a point every two seconds. */
const length = 150;
const spacing = 1_900;

/** Recent values of a number per node, while the page is open. */
export class Trends {
  /** @type {Map<string, { points: number[], at: number }>} */
  #series = new Map();

  /**
   * @param {{ id: string, value: number | null }[]} values of all nodes; others are dropped
   * @param {number} now in milliseconds, monotonic
   */
  add(values, now) {
    const present = new Set(values.map(({ id }) => id));
    for (const id of this.#series.keys()) if (!present.has(id)) this.#series.delete(id);
    for (const { id, value } of values) {
      if (value === null) continue;
      const series = this.#series.get(id);
      if (!series) this.#series.set(id, { points: [value], at: now });
      else if (now - series.at >= spacing) {
        series.points = [...series.points, value].slice(-length);
        series.at = now;
      }
    }
  }

  /**
   * Oldest first.
   * @param {string} id
   */
  of(id) {
    return this.#series.get(id)?.points ?? [];
  }
}
