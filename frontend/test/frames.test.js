import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, parseFrame } from "../js/transport/frames.js";
import { arrange } from "../js/views/arrange.js";
import { nameOfDay } from "../js/views/RowView.js";
import { forSeeds } from "./support/seeded.js";
import { TestServer, ann, epoch, message, self } from "./support/TestServer.js";

const limits = { textChars: 4000, frameBytes: 16384, rooms: 32, dedupeSeconds: 600 };
const page = { room: "lobby", epoch, messages: [message(1)], more: false };
const sound = [
  { type: "welcome", user: self, token: "t1", node: "n1", limits },
  { type: "welcome", user: { ...self, kind: "user" }, expiresIn: 60, signIn: "/token", node: "n1", limits },
  { type: "renewed", expiresIn: 60 },
  { type: "error", code: "unauthorized", message: "no", signIn: "/a/token?x=1" },
  { type: "joined", ...page, head: "1001-1", recovered: true, members: [ann], memberCount: 1 },
  { type: "reset", ...page, head: "1001-1", recovered: false, missing: { from: "1-1", to: "2-2" } },
  { type: "resume", ...page },
  { type: "history", ...page, head: "1001-1" },
  { type: "found", ...page, query: "a", before: "1001-1" },
  { type: "chat", room: "lobby", epoch, ...message(2), reactions: [{ emoji: "👍", users: ["a"] }] },
  { type: "chat", room: "lobby", epoch, ...message(3), act: "edit", target: "1001-1" },
  {
    type: "chat",
    room: "lobby",
    epoch,
    ...message(4),
    act: "role",
    target: "0-0",
    member: "u2",
    role: "banned",
    until: 9,
  },
  { type: "chat", room: "lobby", epoch, ...message(5), act: "policy", target: "0-0", setting: "slow" },
  { type: "welcome", user: self, node: "n1", limits, features: ["rooms"] },
  {
    type: "joined",
    ...page,
    head: "1001-1",
    recovered: true,
    members: [ann],
    rules: { title: "t", topic: "", speak: "members", slow: 30, role: "owner", with: ann },
  },
  { type: "created", key: "k", room: "lobby" },
  { type: "roles", room: "lobby", roles: [{ ...ann, role: "banned", until: 9 }], count: 1 },
  { type: "invitation", key: "k", room: "lobby", title: "t", from: ann, expiresIn: 60, token: "x" },
  { type: "rooms", rooms: ["lobby"] },
  { type: "added", room: "lobby", from: ann },
  { type: "left", room: "lobby", reason: "banned" },
  { type: "error", code: "not_found", message: "no", room: "other" },
  { type: "ack", room: "lobby", key: "key-1", id: "1004-4" },
  { type: "presence", room: "lobby", joined: [ann], left: [], memberCount: 2 },
  { type: "typing", room: "lobby", user: ann },
  { type: "left", room: "lobby", reason: "asked" },
  { type: "renamed", user: ann },
  { type: "error", code: "unavailable", message: "no", room: "lobby", retryAfterMs: 10 },
  { type: "goodbye", reason: "restart", reconnectAfterMs: 10 },
  { type: "status", writable: false },
  { type: "traced", room: "lobby", key: "k", id: "1-1", nodes: [{ node: "n1" }], expected: 1 },
  { type: "pong" },
];

/** A frame as another version may send it: fields changed, missing, added or of another type, at any depth. */
function damaged(random, value, depth = 0) {
  if (depth > 0 && random.chance(0.12)) return random.junk();
  if (Array.isArray(value)) return value.map((one) => damaged(random, one, depth + 1));
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(value).flatMap(([name, part]) => {
    if (name === "type" || (depth === 0 && random.chance(0.5))) return [[name, part]];
    return random.chance(0.1) ? [] : [[name, damaged(random, part, depth + 1)]];
  });
  return { ...Object.fromEntries(fields), ...(random.chance(0.2) && { later: random.junk() }) };
}

test("the page survives any frame and shows what follows", (context) => {
  context.mock.method(console, "warn", () => {});
  // Exceptions of listeners are reported there.
  const reported = context.mock.method(console, "error", () => {});
  return forSeeds(1_500, async (random) => {
    const server = await new TestServer().inLobby({ members: [self, ann] });
    server.chat.say("lobby", "mine");
    for (let count = 0; count < 8; count += 1) {
      const frame = random.chance(0.1) ? { type: random.text(6) } : random.pick(sound);
      const said = frame.type === "welcome" ? { ...frame, user: self } : frame;
      server.say(damaged(random, said));
    }
    const room = server.chat.room("lobby");
    for (const row of arrange(room, server.outbox.itemsIn("lobby"), self)) {
      if (row.kind === "day") nameOfDay(row.at);
      if (row.kind === "message") {
        assert.equal(typeof row.message.text + typeof row.message.from.name, "stringstring");
        new Date(row.message.ts).toISOString();
        for (const { emoji, users } of row.message.reactions ?? [])
          assert.ok(typeof emoji === "string" && users.every((user) => typeof user === "string"));
      }
    }
    assert.ok(room.members.list.every(({ id, name }) => typeof id + typeof name === "stringstring"));
    assert.ok(Number.isFinite(room.members.count));
    server.say({ type: "reset", ...page, head: "9001-9001", recovered: false, messages: [] });
    server.hear(message(9001, { text: "the end" }));
    assert.equal(room.timeline.newest.text, "the end");
    assert.deepEqual(
      reported.mock.calls.map(({ arguments: [error] }) => error),
      [],
    );
  });
});

test("every frame of this version is read unchanged", () => {
  for (const frame of sound) {
    const read = parseFrame(JSON.stringify(frame));
    for (const [name, value] of Object.entries(frame)) assert.deepEqual(read[name], value, name);
  }
});

test("an unknown or incomplete act changes nothing", async () => {
  const server = await new TestServer().inLobby({ messages: [message(1)] });
  const acts = [
    { act: "pin", target: "1001-1", text: "" },
    { act: "constructor", target: "1001-1", text: "" },
    { act: { kind: "edit" }, target: "1001-1", text: "" },
    { act: "", target: "1001-1", text: "" },
    { act: "edit", target: "1001-1", text: undefined },
    { act: "edit", target: 7, text: "seven" },
    { act: "react", target: "1001-1", text: "", on: true },
    { act: "role", target: "0-0", text: "Bob", member: "u2", role: "king" },
    { act: "policy", target: "0-0", text: "x" },
  ];
  acts.forEach((act, place) => server.hear(message(2 + place, act)));
  const room = server.chat.room("lobby");
  const shown = arrange(room, [], self).filter(({ kind }) => kind === "message");
  assert.deepEqual(
    shown.map(({ message: { text, reactions } }) => [text, reactions]),
    [["text 1", undefined]],
  );
  assert.equal(room.position.id, "1010-10", "each has its place: the next join goes on after it");
  assert.equal(applied(message(1), { ...message(2), act: "pin", target: "1001-1" }).text, "text 1");
});

test("an impossible time is replaced by that of the id", () => {
  for (const ts of [NaN, Infinity, 1e300, -1e16, "now", null, undefined, {}]) {
    const read = parseFrame(
      JSON.stringify({ type: "chat", room: "lobby", epoch, ...message(7), ts }).replace('"ts":null', '"ts":1e999'),
    );
    assert.equal(read.ts, 1007);
  }
});

test("no requested delay exceeds what a timer can do", () => {
  const wait = (frame) => parseFrame(JSON.stringify(frame));
  const error = { type: "error", code: "rate_limited", message: "" };
  assert.equal(wait({ ...error, retryAfterMs: 1e15 }).retryAfterMs, 3_600_000);
  assert.equal(wait({ ...error, retryAfterMs: -5 }).retryAfterMs, undefined);
  assert.equal(wait({ type: "goodbye", reconnectAfterMs: 1e15 }).reconnectAfterMs, 60_000);
});

test("only a path on this host is where to sign in", () => {
  const read = (signIn) => parseFrame(JSON.stringify({ type: "error", code: "unauthorized", signIn }));
  assert.equal(read("/").signIn, "/");
  for (const other of ["", "token", "//a.example", "/\\a.example", "/\t/a.example", "https://a.example", "/ä", 7, null])
    assert.equal(Object.hasOwn(read(other), "signIn"), false, String(other));
});
