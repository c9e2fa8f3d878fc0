import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlone, summarize, viewsOf } from "../js/cluster/summary.js";
import { gist, sentence, verdict } from "../js/cluster/verdict.js";
import { de } from "../js/words/cluster.de.js";
import { en } from "../js/words/cluster.en.js";
import { forSeeds } from "./support/seeded.js";

const now = 1_000_000;
const member = (id, fields) => ({
  id,
  generation: 1,
  addr: "10.0.0.1:8080",
  state: "alive",
  observedBy: [],
  accusations: [],
  rttMs: 1,
  users: 10,
  rooms: 2,
  messagesPerSecond: 2,
  lagMs: 1,
  relay: true,
  version: "1",
  uptimeS: 1,
  viewHash: "aaaa0000",
  ...fields,
});
const three = (second, third) => [member("n1"), member("n2", second), member("n3", third)];
const report = (fields) => ({
  self: "n1",
  generatedAt: now,
  view: { hash: "aaaa0000", agreed: true },
  members: three(),
  canary: { matrix: {} },
  relay: { kind: "redis", connected: true, trouble: null, events: [], servers: null },
  degraded: [],
  supervision: { restarts5m: 0, tree: [] },
  events: [],
  ...fields,
});
const relay = (fields) => ({ relay: { ...report().relay, ...fields } });
const away = (fields) => relay({ connected: false, trouble: "no connection", ...fields });
const since = (...seconds) =>
  seconds.map((ago, index) => ({ at: now - ago * 1_000, trouble: index % 2 ? null : "no" }));
const shards = (...troubles) => relay({ servers: { shards: troubles.map((trouble) => ({ trouble })) } });
const heard = (p99Ms, ageMs = 100) => ({ canary: { matrix: { n1: { n2: { number: 1, lastMs: 1, p99Ms, ageMs } } } } });
const suspect = (id, ...ago) => ({
  state: "suspect",
  observedBy: ago.map(() => id),
  accusations: ago.map((seconds) => ({ by: id, at: now - seconds * 1_000 })),
});
const alone = { members: [member("n1")], ...relay({ kind: "memory" }) };
/** As it is read, without the marks around names. */
const read = (found) => sentence(found).replace(/[\u2068\u2069]/g, "");

/** @type {[string, string, object | null, number | null, object?][]} */
const table = [
  ["unknown", "Waiting for a node…", null, null],
  ["unknown", "Paused", null, null, { paused: true }],
  ["unknown", "Waiting for a node…", { members: [] }, 0],
  ["unknown", "Paused: this is how it was 1m 40s ago", {}, 100_000, { paused: true }],
  ["problem", "This page has heard nothing for 12s", {}, 12_000],
  ["problem", "This page has heard nothing for 5s", away(), 5_000],
  ["problem", "Redis unreachable: messages are waiting", away(), 0],
  ["problem", "Redis unreachable: messages are waiting", away({ events: since(60, 50) }), 0],
  ["problem", "Redis unreachable: messages are waiting", away({ trouble: undefined, events: undefined }), 0],
  ["problem", "Redis unreachable for 4s: messages are waiting", away({ events: since(60, 50, 3) }), 1_000],
  ["problem", "Redis unreachable for 0s: messages are waiting", away({ events: since(-9) }), 0],
  [
    "problem",
    "Redis unreachable for 30s: messages are waiting",
    { ...away({ events: since(30) }), members: three({ relay: false }, { relay: null }) },
    0,
  ],
  ["problem", "n1 has not reached Redis for 30s: its messages are waiting", away({ events: since(30) }), 0],
  ["problem", "Redis does not accept messages: they are waiting", relay({ trouble: "read-only" }), 0],
  [
    "problem",
    "Redis has not accepted messages for 6s: they are waiting",
    relay({ trouble: "read-only", events: since(6) }),
    0,
  ],
  ["problem", "n2 cannot reach Redis: its messages are waiting", { members: three({ relay: false }) }, 0],
  [
    "problem",
    "n2 and n3 cannot reach Redis: their messages are waiting",
    { members: three({ relay: false }, { relay: false }) },
    0,
  ],
  ["problem", "1 of 3 Redis shards is away: messages in its rooms are waiting", shards(null, "away", null), 0],
  ["problem", "2 of 3 Redis shards are away: messages in their rooms are waiting", shards(null, "away", "away"), 0],
  ["trouble", "n1 has trouble with Redis", shards("no canary yet"), 0],
  ["well", "All 3 nodes healthy", shards(null), 0],
  ["trouble", "n2 is away: 2 of 3 nodes serve", { members: three({ state: "dead", relay: false }) }, 0],
  ["trouble", "n2 is away: 1 of 2 nodes serves", { members: three({ state: "dead" }, { state: "left" }) }, 0],
  ["trouble", "n2 and n3 are away: 1 of 3 nodes serves", { members: three({ state: "dead" }, { state: "dead" }) }, 0],
  [
    "trouble",
    "4 nodes are away: 1 of 5 nodes serves",
    { members: [member("n1"), ...["n2", "n3", "n4", "n5"].map((id) => member(id, { state: "dead" }))] },
    0,
  ],
  [
    "trouble",
    "a-node-with-a-very-long…, b, and c are away: 1 of 4 nodes serves",
    {
      members: [member("n1"), ...["a-node-with-a-very-long-name", "b", "c"].map((id) => member(id, { state: "dead" }))],
    },
    0,
  ],
  ["trouble", "n3 is away: 1 of 3 nodes serves", { members: three(suspect("n1", 4), { state: "dead" }) }, 0],
  ["trouble", "n2 has not answered for 5s", { members: three(suspect("n1", 2, 4)) }, 1_000],
  ["trouble", "n2 does not answer", { members: three({ state: "suspect", accusations: undefined }) }, 0],
  ["trouble", "n2 and n3 do not answer", { members: three(suspect("n1", 4), suspect("n1", 2)) }, 0],
  ["trouble", "The nodes disagree about who is alive", {}, 0, { disagree: true }],
  ["trouble", "Nothing from n2 has reached n1 for 11s", heard(1, 11_000), 0],
  ["trouble", "All 3 nodes serve, with warnings", { degraded: ["a certificate ends soon"] }, 0],
  ["trouble", "1 node serves, with warnings", { ...alone, degraded: ["a certificate ends soon"] }, 0],
  ["trouble", "All 3 nodes serve, but messages take up to 250 ms", heard(250), 0],
  ["trouble", "All 3 nodes serve, but one is busy: 100 ms late", { members: three({ lagMs: 100 }) }, 0],
  ["well", "All 3 nodes healthy", {}, 4_999],
  ["well", "All 3 nodes healthy", heard(249), 0],
  ["well", "All 2 nodes healthy", { members: three({ state: "left" }) }, 0],
  ["well", "1 node healthy", { members: [member("n1")] }, 0],
  ["well", "All 2 nodes healthy", { members: [member("n1"), member("n2", { generation: 2 }), member("n2")] }, 0],
  ["well", "1 node, standalone", alone, 0],
];

for (const [level, text, fields, age, known] of table)
  test(`the verdict is: ${text} (${level})`, () => {
    const found = verdict(fields && report(fields), age, known);
    assert.deepEqual([found.level, read(found)], [level, text]);
  });

test("the passing of time alone does not make a new verdict", () => {
  const gists = [1, 4, 9].map((seconds) => gist(verdict(report(away({ events: since(seconds) })), 0)));
  gists.push(gist(verdict(report(away()), 0)));
  assert.equal(new Set(gists).size, 1);
  const [one, two] = [{ state: "dead" }, undefined].map((third) =>
    report({ members: three({ state: "dead" }, third) }),
  );
  assert.notEqual(gist(verdict(one, 0)), gist(verdict(two, 0)));
});

/** A report as any node in any state may send it. */
function anyReport(random) {
  const names = random.list(6, () => `n${random.below(6)}`);
  const number = () => random.pick([null, 0, 1, random.below(1_000), 1e15, -1]);
  const trouble = () => random.pick([null, null, random.text(20)]);
  const moment = () => random.pick([0, now, now - random.below(100_000), now + random.below(100_000)]);
  const by = () => random.pick(["n1", ...names]);
  const receipt = () => ({ number: 1, lastMs: 1, p99Ms: random.below(600), ageMs: random.below(20_000) });
  const members = names.map((id) =>
    member(id, {
      generation: random.below(3),
      state: random.pick(["alive", "alive", "suspect", "dead", "left"]),
      observedBy: random.list(3, by),
      accusations: random.pick([undefined, random.list(3, () => ({ by: by(), at: moment() }))]),
      users: number(),
      rooms: number(),
      lagMs: number(),
      relay: random.pick([true, true, false, null]),
      viewHash: random.pick([null, "aaaa0000", "bbbb0000"]),
    }),
  );
  const matrix = Object.fromEntries(
    random.list(4, () => [by(), Object.fromEntries(random.list(4, () => [by(), receipt()]))]),
  );
  return report({
    self: by(),
    members,
    canary: { matrix },
    degraded: random.list(2, () => random.text(20)),
    relay: {
      kind: random.pick(["redis", "redis", "memory"]),
      connected: random.chance(0.7),
      trouble: random.pick([undefined, trouble()]),
      events: random.pick([undefined, random.list(20, () => ({ at: moment(), trouble: trouble() }))]),
      servers: random.pick([
        undefined,
        null,
        { mode: "cluster", sentinel: null, lastFailover: null, shards: random.list(3, () => ({ trouble: trouble() })) },
      ]),
    },
  });
}

test("any report has exactly one verdict, in both languages, that does not contradict the rest of the page", async () => {
  const words = new Set();
  await forSeeds(3_000, (random) => {
    const given = anyReport(random);
    const frozen = JSON.stringify(given);
    const age = random.pick([0, random.below(20_000), 1e12]);
    const found = verdict(given, age, { paused: random.chance(0.1), disagree: random.chance(0.2) });
    assert.equal(JSON.stringify(given), frozen);
    words.add(found.word);
    assert.ok(["well", "trouble", "problem", "unknown"].includes(found.level));
    for (const language of [en, de]) assert.ok(language[found.word], found.word);
    const text = sentence(found);
    assert.ok(text.length > 5 && !/undefined|NaN|null|–/.test(text), text);
    if (found.level !== "well") return;
    const { suspect, dead, cutOff } = summarize(given);
    assert.deepEqual([suspect, dead, given.degraded], [0, 0, []], text);
    assert.ok(age < 5_000, text);
    if (given.relay.kind === "redis") assert.ok(cutOff === 0 && !given.relay.trouble, text);
  });
  if (!process.env.SEED) assert.ok(words.size > 15, [...words].join());
});

test("every text has its placeholders in both languages, in each of its forms", () => {
  const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g))].sort().join();
  for (const [word, english] of Object.entries(en)) {
    const forms = (given) => (typeof given === "string" ? [given] : [given.one, given.other]);
    const all = [...forms(english), ...forms(de[word])].map(placeholders);
    assert.equal(new Set(all).size, 1, word);
  }
});

test("a node is alone only without Redis and without others", () => {
  assert.ok(isAlone(report(alone)));
  assert.ok(!isAlone(report({ ...alone, members: three() })));
  assert.ok(!isAlone(report({ members: [member("n1")] })));
});

test("views stand side by side: the hash of each living node, and whom it gets no answer from", () => {
  const members = [
    member("n1", { viewHash: "old" }),
    member("n2", { state: "suspect", viewHash: "bbbb0000", observedBy: ["n1", "n3"] }),
    member("n3", { viewHash: null, observedBy: ["n2"] }),
    member("n4", { state: "dead", observedBy: ["n1"] }),
  ];
  assert.deepEqual(viewsOf(report({ members })), [
    { id: "n1", hash: "aaaa0000", differs: false, missed: ["n2"] },
    { id: "n2", hash: "bbbb0000", differs: true, missed: ["n3"] },
    { id: "n3", hash: null, differs: false, missed: ["n2"] },
  ]);
});
