import assert from "node:assert/strict";
import { test } from "node:test";
import { JourneyRequests, wayOf } from "../js/extras/JourneyCard.js";
import { Stopwatch } from "../js/store/measures.js";
import { MemoryStorage } from "../js/store/storage.js";
import { TestServer, epoch } from "./support/TestServer.js";

const origin = { node: "n1", waited: 100, confirmed: 900 };
const own = { node: "n1", heard: 700, within: 0, fanOut: 250, sockets: 3 };
const other = { node: "n2", heard: 1_500, within: 400, fanOut: 50, sockets: 2 };
const journey = (fields) => ({ type: "traced", room: "lobby", key: "k", id: "1-1", ...fields });
const times = ({ hops }) => hops.map(({ word, time }) => [word, time]);

test("the browser's part of a journey is what the node has not measured", () => {
  const way = wayOf(journey({ origin, nodes: [own, other], expected: 3 }), 5.5);
  assert.deepEqual(times(way), [
    ["hopBrowser", 4.5],
    ["hopRoom", 0.1],
    ["hopLog", 0.9],
    ["hopNode", 0.7],
    ["hopSockets", 0.25],
    ["hopNode", 1.5],
    ["hopSockets", 0.05],
  ]);
  assert.equal(way.hops[5].within, 0.4);
  assert.deepEqual([way.delivered, way.expected, way.sockets, way.silent], [2, 3, 5, 1]);
  assert.equal(way.end, 4.5);
});

test("each bar begins where the previous one ends", () => {
  const { hops, end } = wayOf(journey({ origin, nodes: [other], expected: 1 }), undefined);
  assert.deepEqual(
    hops.map(({ from }) => from),
    [0, 0, 0.1, 0.1, 1.6],
  );
  assert.equal(end, 1.6 + 0.05);
});

test("no part is negative, and unknown parts have no time", () => {
  assert.deepEqual(times(wayOf(journey({ origin, nodes: [], expected: 1 }), 0.5))[0], ["hopBrowser", 0]);
  const nodes = [{ node: "n1", fanOut: 10, sockets: 1 }, { node: "n2" }];
  const way = wayOf(journey({ nodes, expected: 3 }), 3);
  assert.deepEqual(times(way), [
    ["hopNode", undefined],
    ["hopSockets", 0.01],
    ["hopUnknown", undefined],
  ]);
  assert.deepEqual([way.delivered, way.silent], [1, 1]);
});

const inLobby = (storage) => new TestServer(storage).inLobby();

test("the stopwatch runs from the first sending to the acknowledgement, in any order of events", async () => {
  const server = await inLobby();
  const watch = new Stopwatch(server.chat, server.clock.now);
  server.chat.say("lobby", "one");
  server.clock.advance(10);
  server.chat.say("lobby", "two");
  server.clock.advance(20);
  const [{ key }] = server.sent("chat");
  const from = server.session.welcome.user;
  server.say({ type: "chat", room: "lobby", epoch, id: "1-1", from, text: "one", ts: 1, key });
  server.clock.advance(5);
  server.say({ type: "ack", room: "lobby", key, id: "1-1" });
  assert.equal(watch.took("1-1"), 35);
  assert.equal(watch.took("2-2"), undefined);
});

test("the stopwatch ignores messages from before a reload and keeps only the last ones", async () => {
  const storage = new MemoryStorage();
  const first = await inLobby(storage);
  first.chat.say("lobby", "before");
  const server = await inLobby(storage);
  const watch = new Stopwatch(server.chat, server.clock.now);
  server.say({ type: "ack", room: "lobby", key: "key-1", id: "1-1" });
  assert.equal(watch.took("1-1"), undefined);
  for (let n = 2; n <= 110; n += 1) {
    server.chat.say("lobby", `number ${n}`);
    server.ack(server.sent("chat").at(-1).key, n);
  }
  assert.equal(watch.took("1110-110"), 0);
  assert.equal(watch.took("1005-5"), undefined);
});

test("an answer or a refusal reaches its request, and a lost connection ends all", async () => {
  const server = await inLobby();
  const requests = new JourneyRequests(server.chat);
  const asked = ["1-1", "2-2", "3-3"].map((id) => requests.ask("lobby", id));
  const keys = server.sent("trace").map(({ key }) => key);
  const sent = server.sent("trace").map(({ room, id }) => `${room} ${id}`);
  assert.deepEqual(sent, ["lobby 1-1", "lobby 2-2", "lobby 3-3"]);
  server.refuse("not_found", { key: keys[1] });
  server.say(journey({ key: keys[0], nodes: [own], expected: 1 }));
  server.drop();
  const answers = await Promise.all(asked);
  assert.equal(answers[0].journey.expected, 1);
  assert.deepEqual(answers.slice(1), [{ refusal: "not_found" }, { refusal: "silence" }]);
  assert.deepEqual(await requests.ask("lobby", "4-4"), { refusal: "silence" }, "offline");
});
