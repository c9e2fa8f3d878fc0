import assert from "node:assert/strict";
import { test } from "node:test";
import { few, milliseconds, span } from "../js/cluster/amounts.js";
import { arc, placeOfShard, placesOf, size, sparkline } from "../js/cluster/Drawing.js";
import { Feed } from "../js/cluster/Feed.js";
import { Agreement, Trends, changesBetween, levelOf, nodesOf, restartsOf, summarize } from "../js/cluster/summary.js";
import { ManualClock } from "./support/ManualClock.js";

const member = (id, fields) => ({
  id,
  generation: 1,
  state: "alive",
  users: 10,
  messagesPerSecond: 2.5,
  lagMs: 1,
  relay: true,
  ...fields,
});
const report = (members, fields) => ({
  self: "n1",
  members,
  canary: { matrix: {} },
  relay: { connected: true, trouble: null },
  supervision: { restarts5m: 0 },
  ...fields,
});
const heard = (p99Ms, ageMs = 100) => ({ number: 1, lastMs: 1, p99Ms, ageMs });
const words = (before, now) =>
  changesBetween(before, now).map(({ word, values }) => [word, ...Object.values(values ?? {})]);

test("a node is shown once, in its newest incarnation, n2 before n10", () => {
  const members = [member("n10"), member("n2", { generation: 2 }), member("n2", { state: "dead", generation: 1 })];
  const nodes = nodesOf(report(members));
  assert.deepEqual(
    nodes.map(({ id, state }) => [id, state]),
    [
      ["n2", "alive"],
      ["n10", "alive"],
    ],
  );
});

test("the numbers count live nodes, and are unknown without any", () => {
  const members = [
    member("n1"),
    member("n2", { state: "suspect", lagMs: 7, relay: false }),
    member("n3", { state: "dead", users: 99 }),
    member("n4", { state: "left", users: 99 }),
    member("n5", { users: null, messagesPerSecond: null, lagMs: null, relay: null }),
  ];
  const matrix = {
    n1: { n2: heard(40), n3: heard(900), n5: heard(800, 11_000) },
    n3: { n1: heard(700) },
  };
  const all = summarize(report(members, { canary: { matrix } }));
  assert.deepEqual(all, {
    alive: 2,
    suspect: 1,
    dead: 1,
    users: 20,
    rate: 5,
    lag: 7,
    delivery: 40,
    cutOff: 1,
    restarts: 0,
  });
  const nobody = summarize(report([member("n1", { users: null })]));
  assert.equal(nobody.users, null);
  assert.equal(nobody.delivery, null);
});

test("a canary that was not heard for long is silent, however fast it was", () => {
  assert.deepEqual([heard(49), heard(50), heard(250), heard(1, 10_001)].map(levelOf), [
    "good",
    "slow",
    "late",
    "silent",
  ]);
});

test("changes are announced as text", () => {
  const gone = member("n4", { state: "dead" });
  const before = report([member("n1"), member("n2"), member("n3"), gone]);
  const now = report(
    [member("n1"), member("n2", { state: "suspect" }), member("n3", { generation: 2 }), member("n4"), member("n5")],
    { self: "n2" },
  );
  assert.deepEqual(words(null, now), []);
  assert.deepEqual(words(now, now), []);
  assert.deepEqual(words(before, now), [
    ["reportingFrom", "n2"],
    ["suspectNow", "n2"],
    ["restarted", "n3"],
    ["aliveNow", "n4"],
    ["newNode", "n5"],
  ]);
  const relay = { connected: false, trouble: "no connection" };
  const away = report([member("n1")], { relay });
  assert.deepEqual(words(report([member("n1")]), away), [["relayLost"]]);
  assert.deepEqual(words(away, report([member("n1")])), [["relayBack"]]);
});

test("nodes have ten seconds to agree before they disagree", () => {
  const agreement = new Agreement();
  const steps = [
    [true, 0, "agreed"],
    [false, 1_000, "settling"],
    [false, 10_999, "settling"],
    [true, 11_000, "agreed"],
    [false, 12_000, "settling"],
    [false, 22_000, "disagree", "disagreeNow"],
    [false, 30_000, "disagree"],
    [true, 31_000, "agreed", "agreedNow"],
  ];
  for (const [agreed, now, state, ...told] of steps) {
    assert.deepEqual(
      agreement.update(agreed, now).map(({ word }) => word),
      told,
    );
    assert.equal(agreement.state, state);
  }
});

test("trends keep five minutes, a point every two seconds, and drop nodes that are gone", () => {
  const trends = new Trends();
  for (let step = 0; step < 400; step += 1)
    trends.add(
      [
        { id: "n1", value: step },
        { id: "n2", value: null },
      ],
      step * 1_000,
    );
  assert.equal(trends.of("n1").length, 150);
  assert.equal(trends.of("n1").at(-1), 398);
  assert.equal(trends.of("n1").at(-2), 396);
  assert.deepEqual(trends.of("n2"), []);
  trends.add([], 401_000);
  assert.deepEqual(trends.of("n1"), []);
});

test("every node has a place in the drawing, and no line crosses the relay", () => {
  for (let count = 1; count <= 12; count += 1) {
    const places = placesOf(count);
    assert.equal(places.length, count);
    for (const [index, from] of places.entries()) {
      assert.ok(from.x > 24 && from.x < size.width - 24 && from.y > 24 && from.y < size.height - 24);
      for (const to of places.slice(index + 1)) {
        const { label } = arc(from, to);
        assert.ok(Math.hypot(label.x - size.width / 2, label.y - size.height / 2) > 20);
      }
    }
  }
});

test("every shard has a place of its own, between the nodes", () => {
  for (let count = 2; count <= 6; count += 1) {
    const places = Array.from({ length: count }, (_, index) => placeOfShard(index, count));
    for (const [index, one] of places.entries()) {
      for (const other of places.slice(index + 1))
        assert.ok(Math.abs(one.x - other.x) >= 36 || Math.abs(one.y - other.y) >= 32);
      for (const node of placesOf(12)) assert.ok(Math.hypot(one.x - node.x, one.y - node.y) > 22 + 14);
    }
  }
});

test("reconnections are no restarts", () => {
  const of = (supervision) => restartsOf(report([], { supervision }));
  assert.deepEqual(of({ restarts5m: 7, reconnects5m: 6 }), { restarts: 1, reconnects: 6 });
  assert.deepEqual(of({ restarts5m: 7 }), { restarts: 7, reconnects: 0 });
});

test("a line of equal points is centered, others fill the box", () => {
  assert.equal(sparkline([1], 90, 20), "");
  assert.equal(sparkline([4, 4], 90, 20), "0,10 90,10");
  assert.equal(sparkline([0, 5, 10], 90, 20), "0,18.5 45,10 90,1.5");
});

test("amounts are short", () => {
  assert.equal(few(0.44), "0.4");
  assert.equal(few(96.4), "96");
  assert.equal(milliseconds(null), "–");
  assert.equal(span(0.4), "0s");
  assert.equal(span(59), "59s");
  assert.equal(span(3_600), "1h");
  assert.equal(span(11_045), "3h 4m");
  assert.equal(span(90_000), "1d 1h");
});

/** A feed whose streams and polls the test answers. */
function feed() {
  const clock = new ManualClock();
  const sources = [];
  const asked = [];
  const received = [];
  const made = new Feed(
    () => {
      const source = { open: true, close: () => (source.open = false) };
      sources.push(source);
      return source;
    },
    () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
    { next: () => 5_000, reset: () => {} },
    clock,
  );
  made.received.listen(({ self }) => received.push(self));
  const tell = (self) => sources.at(-1).onmessage({ data: JSON.stringify({ self }) });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { made, clock, sources, asked, received, tell, settle };
}

test("while the stream is down the feed polls, and then returns to the stream", async () => {
  const { made, clock, sources, asked, received, tell, settle } = feed();
  made.start();
  tell("n1");
  sources[0].onerror();
  assert.equal(sources[0].open, false);
  assert.equal(asked.length, 1);
  asked[0].resolve({ self: "n2" });
  await settle();
  clock.advance(2_000);
  assert.equal(asked.length, 2);
  asked[1].reject(new Error("nobody"));
  await settle();
  clock.advance(3_000);
  assert.equal(sources.length, 2);
  assert.equal(asked.length, 3);
  tell("n3");
  asked[2].resolve({ self: "late" });
  await settle();
  clock.advance(5_000);
  assert.equal(asked.length, 3);
  assert.deepEqual(received, ["n1", "n2", "n3"]);
});

test("a stream that recovers and breaks during a poll does not start a second poll loop", async () => {
  const { made, clock, sources, asked, tell, settle } = feed();
  made.start();
  sources[0].onerror();
  clock.advance(5_000);
  tell("n1");
  sources[1].onerror();
  assert.equal(asked.length, 1);
  asked[0].reject(new Error("nobody"));
  await settle();
  clock.advance(2_000);
  assert.equal(asked.length, 2);
});

test("a silent stream is closed", () => {
  const { made, clock, sources, asked, tell } = feed();
  made.start();
  clock.advance(5_999);
  tell("n1");
  clock.advance(5_999);
  assert.equal(sources[0].open, true);
  clock.advance(1);
  assert.equal(sources[0].open, false);
  assert.equal(asked.length, 1);
});

test("a stopped feed sends no requests and can be started again", async () => {
  const { made, clock, sources, asked, received, tell, settle } = feed();
  made.start();
  sources[0].onerror();
  made.stop();
  asked[0].resolve({ self: "n1" });
  await settle();
  clock.advance(60_000);
  assert.equal(sources.length, 1);
  assert.equal(asked.length, 1);
  assert.deepEqual(received, []);
  made.start();
  made.start();
  tell("n2");
  assert.equal(sources.length, 2);
  assert.deepEqual(received, ["n2"]);
});
