import assert from "node:assert/strict";
import { test } from "node:test";
import { Move } from "../js/store/measures.js";
import { arrange } from "../js/views/arrange.js";
import { TestServer, epoch, message, messages, self } from "./support/TestServer.js";

const bob = { id: "u2", name: "Bob" };
const rooms = (server) => server.sent("join").map(({ room }) => room);
const page = { type: "history", room: "lobby", epoch, more: true };

test("many rooms are joined a few at a time, the shown room first", async () => {
  const server = new TestServer();
  for (const room of ["a", "b", "c", "d", "e", "f"]) server.chat.enter(room);
  server.chat.enter("c");
  await server.connect();
  assert.deepEqual(rooms(server), ["c", "f", "e", "d"]);
  server.joined({ room: "e" });
  assert.deepEqual(rooms(server).slice(4), ["b"]);
  server.refuse("too_many_rooms", { room: "d" });
  assert.deepEqual(rooms(server).slice(5), ["a"]);
});

test("a room that is unavailable is joined later", async () => {
  const server = new TestServer();
  server.chat.enter("lobby");
  await server.connect();
  server.refuse("unavailable");
  server.clock.advance(1_000);
  assert.deepEqual(rooms(server), ["lobby", "lobby"]);
});

test("new messages and typing of others are reported, our own and old ones are not", async () => {
  const server = new TestServer();
  const told = [];
  server.chat.heard.listen(({ text }) => told.push(text));
  server.chat.typing.listen(({ user }) => told.push(user.name));
  await server.inLobby({ messages: messages(1, 3) });
  server.hear(message(4));
  server.hear(message(5, { from: self }));
  server.say({ type: "typing", room: "lobby", user: bob });
  server.say({ type: "typing", room: "lobby", user: self });
  assert.deepEqual(told, ["text 4", "Bob"]);
});

test("joins and leaves are noted after the last message, without our own", async () => {
  const server = await new TestServer().inLobby({ messages: messages(1, 3) });
  const presence = { type: "presence", room: "lobby", memberCount: 2 };
  const cho = { id: "u9", name: "Cho" };
  // The names of one frame come in any order.
  server.say({ ...presence, joined: [cho, bob, self], left: [] });
  const { comings, members } = server.chat.room("lobby");
  assert.deepEqual(comings.after("1003-3"), { joined: [bob, cho], left: [] });
  assert.equal(members.list.length, 3);
  const act = { act: "role", target: "0-0", member: "u9", role: "member", text: "" };
  server.hear(message(4, act));
  server.hear(message(5, { act: "react", target: "1003-3", text: "👍" }));
  server.say({ ...presence, joined: [], left: [bob] });
  const rows = arrange(server.chat.room("lobby"), [], self).slice(-3);
  assert.deepEqual(
    rows.map(({ kind, left }) => [kind, left]),
    [
      ["comings", []],
      ["event", undefined],
      ["comings", [bob]],
    ],
    "in the order in which it happened",
  );
});

/** Joins two rooms, then moves to another node. `heard` answers the join of the garden. */
async function moved(answers, heard = { messages: messages(1, 3) }) {
  const server = new TestServer();
  const told = [];
  new Move(server.chat).finished.listen((move) => told.push(move));
  for (const room of ["lobby", "garden"]) server.chat.enter(room);
  await server.connect();
  server.joined({ room: "lobby", messages: messages(1, 3) });
  server.joined({ room: "garden", ...heard });
  server.drop();
  server.socket.wake();
  await server.accept();
  server.welcome("n2");
  for (const answer of answers) server.say({ epoch, more: false, ...answer });
  return told;
}

const joined = (room, fields) => ({
  type: "joined",
  room,
  recovered: true,
  head: "1009-9",
  messages: [],
  members: [],
  memberCount: 0,
  ...fields,
});

test("another node: resumed messages are counted once all rooms are caught up", async () => {
  const first = joined("lobby", { messages: messages(4, 5), more: true });
  const page = { type: "resume", room: "lobby", messages: messages(6, 7) };
  assert.deepEqual(await moved([first, page]), [], "not before the last room");
  const told = await moved([first, joined("garden", { messages: [message(4)] }), page]);
  assert.deepEqual(told, [{ from: "n1", to: "n2", resumed: 5, lost: 0 }]);
});

test("another node: lost messages are reported, even if their number is unknown", async () => {
  const missing = { from: "1004-4", to: "1006-6" };
  const gap = joined("lobby", { recovered: false, missing, messages: messages(7, 9) });
  const [known] = await moved([gap, joined("garden")]);
  assert.equal(known.lost, 3);
  const [unknown] = await moved([gap, joined("garden", { recovered: false })]);
  assert.equal(unknown.lost, null);
});

test("another node: a room without messages cannot lose any", async () => {
  const empty = { epoch: "0", head: "0-0", messages: [] };
  const [told] = await moved([joined("garden", { recovered: false }), joined("lobby")], empty);
  assert.deepEqual(told, { from: "n1", to: "n2", resumed: 0, lost: 0 });
});

test("pages of history are requested one at a time and answered in order", async () => {
  const server = await new TestServer().inLobby({ messages: messages(101, 150) });
  const got = [];
  server.chat.history.loadOlder("lobby");
  server.chat.history.ask({
    room: "lobby",
    limit: 200,
    answered: ({ messages: { length } }) => got.push(length),
    failed: (wait) => got.push(`failed ${wait}`),
  });
  assert.deepEqual(server.sent("history"), [{ type: "history", room: "lobby", before: "1101-101", limit: 50 }]);
  server.say({ ...page, messages: messages(51, 100) });
  assert.equal(server.chat.room("lobby").timeline.entries.length, 100);
  assert.deepEqual(server.sent("history").at(-1), { type: "history", room: "lobby", limit: 200 });
  server.refuse("rate_limited", { retryAfterMs: 700 });
  assert.deepEqual(got, ["failed 700"]);
  server.chat.history.loadOlder("lobby");
  server.drop();
  assert.ok(server.chat.room("lobby").timeline.startLoading(), "it may be asked for again");
});

test("an unrelated refusal does not shift the pages of history", async () => {
  const server = await new TestServer().inLobby({ messages: messages(101, 150) });
  const got = [];
  const ask = (before) =>
    server.chat.history.ask({
      room: "lobby",
      before,
      limit: 50,
      answered: (page) => got.push(page.messages[0].id),
      failed: () => ask(before),
    });
  ask("1101-101");
  server.refuse("rate_limited");
  server.say({ ...page, messages: messages(51, 100) });
  ask("1051-51");
  server.say({ ...page, messages: messages(51, 100) });
  server.say({ ...page, messages: messages(1, 50) });
  assert.deepEqual(got, ["1051-51", "1001-1"]);
});

test("a room that is left before its history arrives can request it after returning", async () => {
  const server = await new TestServer().inLobby({ messages: messages(101, 150) });
  server.chat.history.loadOlder("lobby");
  server.chat.leave("lobby");
  server.chat.enter("lobby");
  server.joined({ messages: messages(101, 150) });
  const got = [];
  server.chat.history.ask({
    room: "lobby",
    after: "1100-100",
    limit: 50,
    answered: ({ messages: [first] }) => got.push(first.id),
    failed: () => got.push("failed"),
  });
  assert.equal(server.sent("history").length, 2);
  server.say({ ...page, messages: messages(51, 100) });
  server.say({ ...page, messages: messages(101, 150) });
  assert.deepEqual(got, ["1101-101"], "what was on its way is not the answer");
});

test("the server may choose another name than the one asked for", async () => {
  const server = new TestServer();
  await server.connect();
  server.session.rename("Admin");
  server.say({ type: "renamed", user: { ...self, name: "Admin (guest)" } });
  assert.equal(server.session.renaming, null);
});

test("an unanswered name is sent again with the next hello, a refused one is not", async () => {
  const server = new TestServer();
  server.identity.name = "Mira";
  await server.connect();
  server.session.rename("Mirabel");
  assert.equal(server.session.renaming, "Mirabel");
  server.say({ type: "renamed", user: { ...self, name: "Mirabel" } });
  assert.equal(server.session.renaming, null);
  server.session.rename("Mirabella");
  server.drop();
  await server.reconnect();
  assert.equal(server.sent("hello")[0].name, "Mirabella");
  server.session.rename("\u202e");
  server.say({ type: "error", code: "bad_name", message: "Not this one." });
  server.drop();
  server.socket.wake();
  await server.accept();
  assert.equal(server.sent("hello")[0].name, "Mirabella");
});
