/** A receipt older than this is no sign of life any more: the tenth canary in a row is missing. */
const silentAfter = 10_000;

/**
 * One row a node: of each name the newest life, by name, n2 before n10.
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
 * The cluster in numbers. `null`: nobody has said. `cutOff`: nodes without their relay.
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
    restarts: report.supervision.restarts5m,
  };
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
 * How bad a delay of the way through Redis is: people notice a quarter of a second.
 * @param {Cluster.Receipt} receipt
 */
export function levelOf(receipt) {
  if (isSilent(receipt)) return "silent";
  return receipt.p99Ms < 50 ? "good" : receipt.p99Ms < 250 ? "slow" : "late";
}

/** @param {(number | null)[]} values */
function told(values) {
  return /** @type {number[]} */ (values.filter((value) => value !== null));
}

/** @param {(number | null)[]} values */
function sum(values) {
  const known = told(values);
  return known.length > 0 ? known.reduce((total, value) => total + value, 0) : null;
}

/** @param {(number | null)[]} values */
function greatest(values) {
  const known = told(values);
  return known.length > 0 ? Math.max(...known) : null;
}
