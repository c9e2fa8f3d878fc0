import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomNotes } from "../js/store/RoomStore.js";
import { unreadIn } from "../js/store/Unread.js";
import { MemoryStorage, MyRooms } from "../js/store/storage.js";
import { arrange } from "../js/views/arrange.js";
import { FakeStorage } from "./support/FakeStorage.js";
import { forSeeds } from "./support/seeded.js";
import { TestServer, message, self } from "./support/TestServer.js";

const token = "v1.legal-token_AbC=";

/** An item as this version stores it. */
function legalItem(random, number) {
  const act = random.pick([
    undefined,
    { kind: "edit", target: "1001-1" },
    { kind: "delete", target: "1001-1" },
    { kind: "react", target: "1001-1", emoji: "👍", on: true },
  ]);
  const firstSent = random.chance(0.3) ? { at: random.below(2e6), user: "me" } : undefined;
  return {
    key: `kept-${number}`,
    room: random.pick(["lobby", "other"]),
    text: `kept ${number} ${random.text()}`,
    createdAt: random.pick([1, 1_700_000_000_000, 8.64e15, 1e308]),
    state: random.pick(["pending", "failed", "unsure"]),
    ...(firstSent && { firstSent }),
    ...(act && { act }),
  };
}

/** Content that another version, an extension or a person may have stored under a name. */
function anyValue(random, legal) {
  const damaged = { ...legal };
  for (const field of Object.keys(legal ?? {}))
    if (random.chance(0.3)) damaged[field] = random.junk();
    else if (random.chance(0.1)) delete damaged[field];
  return random.pick([
    () => JSON.stringify(random.junk()),
    () => random.text(40),
    () => JSON.stringify(damaged),
    () => JSON.stringify(legal ?? null).slice(0, -random.below(8) - 1),
    () => random.pick(["", "null", "NaN", "undefined", "{}", "[]", "1", "[object Object]"]),
    () => "lobby ".repeat(random.below(5_000)),
  ])();
}

function anyStorage(random) {
  const entries = {};
  const kept = random.list(3, () => 0).map((_, number) => legalItem(random, number));
  for (const item of kept) entries[`webchat.outbox.${item.key}`] = JSON.stringify(item);
  for (const name of random.list(4, () => random.text(8)))
    entries[`webchat.outbox.${name}`] = anyValue(random, { ...legalItem(random, 99), key: name });
  const names = "name rooms closed muted notify read.lobby draft.lobby edit.lobby read.".split(" ");
  for (const name of [...names, random.text()])
    if (random.chance(0.6)) entries[`webchat.${name}`] = anyValue(random, null);
  const named = random.chance(0.6);
  entries["webchat.token"] = named ? token : anyValue(random, null);
  return { entries, kept, named };
}

test("any stored content lets all stores start, with the usable token and outbox", (context) => {
  context.mock.method(console, "warn", () => {});
  return forSeeds(2_000, async (random) => {
    const { entries, kept, named } = anyStorage(random);
    const storage = new MemoryStorage(new FakeStorage(entries));
    const server = new TestServer(storage);
    const notes = new RoomNotes(storage);
    const rooms = new MyRooms(storage);
    assert.ok(rooms.list.length <= 32 && rooms.list.every(MyRooms.isName));
    assert.ok(rooms.closed.every(MyRooms.isName));
    if (named) assert.equal(server.identity.token, token);
    for (const { state, act, ...item } of kept) {
      const found = server.outbox.item(item.key);
      assert.deepEqual({ ...found, state, act }, { ...item, state, act });
      assert.equal(found.state, state);
      assert.deepEqual(found.act, act);
    }
    server.chat.beIn([...new Set(["lobby", ...rooms.list])].slice(0, 32));
    await server.connect();
    const hello = server.sent("hello")[0];
    assert.ok(JSON.stringify(hello).length < 8_192, "the server reads it");
    const { name = "x", token: shown = "x" } = hello;
    assert.ok(/^[^\p{Cc}\p{Cs}]+$/u.test(name) && /^[!-~]+$/.test(shown));
    server.joined({ messages: [message(1), message(2)] });
    server.chat.flush();
    const room = server.chat.room("lobby");
    const rows = arrange(room, server.outbox.itemsIn("lobby"), self);
    assert.ok(rows.length >= 3);
    const { count } = unreadIn(room.timeline, notes.read("lobby"), self, notes.muted);
    assert.ok(count >= 0 && count <= 2);
    assert.equal(typeof notes.draft("lobby"), "string");
    const edit = notes.edit("lobby");
    assert.ok(edit === null || typeof edit.text === "string");
    notes.setRead("lobby", "1002-2");
    assert.ok(notes.read("lobby"));
    for (const frame of server.sent()) assert.ok(JSON.stringify(frame).length < 16_384);
    for (const key of Object.keys(entries)) server.outbox.changedElsewhere(key);
  });
});

test("a storage that throws anywhere counts as full", (context) => {
  context.mock.method(console, "warn", () => {});
  return forSeeds(200, async (random) => {
    const broken = ["getItem", "setItem", "removeItem"].filter(() => random.chance(0.6));
    const { entries } = anyStorage(random);
    const server = await new TestServer(new MemoryStorage(new FakeStorage(entries, broken))).inLobby();
    server.identity.name = "Mira";
    assert.equal(server.identity.name, "Mira");
    assert.equal(server.identity.token, "t1");
    server.chat.say("lobby", "mine");
    const [{ key } = {}] = server.outbox.itemsIn("lobby").filter(({ text }) => text === "mine");
    server.chat.outbox.remove(key);
    assert.equal(server.outbox.item(key), undefined);
  });
});

test("an entry that cannot be removed stays hidden", (context) => {
  context.mock.method(console, "warn", () => {});
  const storage = new MemoryStorage(new FakeStorage({ a: "1", b: "2" }, ["removeItem"]));
  storage.removeItem("a");
  assert.equal(storage.getItem("a"), null);
  assert.deepEqual(storage.names, ["b"]);
});

test("a frame above the limit is not sent, and the reason is shown", async () => {
  const text = "x".repeat(70_000);
  const item = { key: "k", room: "lobby", text, createdAt: 1, state: "pending" };
  const storage = new MemoryStorage(new FakeStorage({ "webchat.outbox.k": JSON.stringify(item) }));
  const server = await new TestServer(storage).inLobby();
  assert.deepEqual(server.sent("chat"), []);
  assert.equal(server.outbox.item("k").state, "failed");
  assert.equal(server.outbox.item("k").code, "too_long");
});
