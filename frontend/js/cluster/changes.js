import { nodesOf } from "./summary.js";

/** @typedef {{ word: keyof typeof import("../words/cluster.en.js").en, values?: Record<string, string> }} Change */

/**
 * What somebody should be told who does not look at the table.
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
    else if (old.state !== node.state)
      changes.push({ word: `${node.state}Now`, values: { node: node.id } });
    else if (old.generation < node.generation)
      changes.push({ word: "restarted", values: { node: node.id } });
  }
  if (before.self === now.self && before.relay.connected !== now.relay.connected)
    changes.push({ word: now.relay.connected ? "relayBack" : "relayLost" });
  return changes;
}
