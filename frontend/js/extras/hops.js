/**
 * What a journey comes to, for whoever shows it. Times are milliseconds.
 *
 * @typedef {{ word: import("../words/say.js").Word, values: Record<string, string | number>, time?: number,
 *   within?: number, from: number }} Hop `from`: when it began, counted from the sender's node having the message.
 *   Without a time: nobody knows
 * @typedef {{ hops: Hop[], delivered: number, expected: number, sockets: number, silent: number, end: number }} Way
 *   `end`: of the hop that ends last
 */

/**
 * @param {Wire.Traced} journey
 * @param {number | undefined} took how long the browser waited for its confirmation, if it has measured that
 * @returns {Way}
 */
export function wayOf({ origin, nodes, expected }, took) {
  /** @type {Hop[]} */
  const hops = [];
  const waited = ms(origin?.waited ?? 0);
  if (origin) {
    const { node } = origin;
    const confirmed = ms(origin.confirmed);
    // What the node knows nothing of: the way to it and back. Clocks are coarse: never negative.
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

/** @param {number} microseconds */
function ms(microseconds) {
  return microseconds / 1_000;
}
