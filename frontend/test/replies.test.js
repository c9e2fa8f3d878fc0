// Messages that answer others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isWanted } from "../js/extras/NoticeLevel.js";
import { RoomNotes, RoomStore } from "../js/store/RoomStore.js";
import { Targets } from "../js/store/Targets.js";
import { newsIn, ReadMark } from "../js/store/Unread.js";
import { MemoryStorage } from "../js/store/storage.js";
import { applied, parseFrame } from "../js/transport/frames.js";
import { answered, beginningOf } from "../js/views/answers.js";
import { arrange } from "../js/views/arrange.js";
import { learnMore } from "../js/words/say.js";
import { forSeeds } from "./support/seeded.js";
import { TestServer, ann, epoch, message, messages, self } from "./support/TestServer.js";

await learnMore();

const id = (number) => `${1000 + number}-${number}`;
const bob = { id: "u2", name: "Bob" };

/** A chat in the lobby that knows these messages, and what it knows of those that they answer. */
async function talking(context, ...known) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = await new TestServer().inLobby({ messages: known });
  const targets = Targets.of(server.chat);
  const tick = (milliseconds = 400) => context.mock.timers.tick(milliseconds);
  const answer = (found, head = id(100)) =>
    server.say({ type: "history", room: "lobby", epoch, head, messages: found, more: true });
  return { server, targets, tick, answer, asked: () => server.sent("history").map(({ before }) => before) };
}

test("an answer names its message in the frame, the outbox and the list, also after a reload", async () => {
  const storage = new MemoryStorage();
  const server = await new TestServer(storage).inLobby({ messages: messages(1, 2) });
  server.chat.say("lobby", "yes", undefined, id(1));
  const frame = { type: "chat", room: "lobby", text: "yes", key: "key-1", re: id(1) };
  assert.deepEqual(server.sent("chat"), [frame]);
  const later = await new TestServer(storage).inLobby({ messages: messages(1, 2) });
  assert.deepEqual(later.sent("chat"), [frame], "sent again with its key");
  const row = () => arrange(later.chat.room("lobby"), later.outbox.unseenIn("lobby"), self).at(-1);
  assert.deepEqual(row().answered, { id: id(1), what: "loaded", from: ann, own: false, text: "text 1" });
  later.ack("key-1", 3);
  assert.equal(row().state, "sent");
  assert.equal(row().message.re, id(1));
  server.chat.say("lobby", "no answer");
  assert.ok(!("re" in server.outbox.item("key-2")));
});

test("an answer with files keeps both, in the outbox and when it is sent again", async () => {
  const storage = new MemoryStorage();
  const files = [{ local: "a", name: "cat.png", type: "image/png", bytes: 9, ticket: "t", until: Infinity }];
  const server = await new TestServer(storage).inLobby({ messages: messages(1, 2) });
  server.chat.say("lobby", "", undefined, id(1), files);
  const frame = { type: "chat", room: "lobby", text: "", key: "key-1", re: id(1), files: ["t"] };
  assert.deepEqual(server.sent("chat"), [frame]);
  server.refuse("forbidden", { key: "key-1", room: "lobby" });
  assert.equal(server.outbox.item("key-1").state, "failed");
  const later = await new TestServer(storage).inLobby({ messages: messages(1, 2) });
  later.chat.retry("key-1");
  assert.deepEqual(
    later.outbox.item("key-1").files?.map(({ name }) => name),
    ["cat.png"],
  );
  assert.equal(later.outbox.item("key-1").re, id(1));
  const row = arrange(later.chat.room("lobby"), later.outbox.unseenIn("lobby"), self).at(-1);
  assert.deepEqual([row.answered.text, row.message.files.length], ["text 1", 1]);
});

test("only an id names a message, and an edit keeps it", () => {
  const read = (fields) => parseFrame(JSON.stringify({ type: "chat", room: "lobby", epoch, ...message(2), ...fields }));
  assert.equal(read({ re: id(1) }).re, id(1));
  for (const re of [null, 7, "", "1", "1-", "<b>", {}, "9".repeat(20)]) assert.ok(!("re" in read({ re })));
  const reply = message(2, { re: id(1) });
  assert.equal(applied(reply, message(3, { act: "edit", target: id(2), text: "better" })).re, id(1));
  assert.ok(!("re" in applied(reply, message(3, { act: "delete", target: id(2), text: "" }))));
});

test("whatever is stored of an answer, its message is an id or none", () =>
  forSeeds(200, (random) => {
    const storage = new MemoryStorage();
    const re = random.pick([id(1), random.junk()]);
    const item = { key: "kept", room: "lobby", text: "x", createdAt: 1, state: "failed", re };
    storage.setItem("webchat.outbox.kept", JSON.stringify(item));
    const kept = new TestServer(storage).outbox.item("kept");
    assert.equal(kept.re, /^\d{1,15}-\d{1,15}$/.test(re) && typeof re === "string" ? re : undefined);
  }));

test("a row says as much of the message as there is, and is one of its own", () => {
  const target = message(1);
  const say = (found, muted = []) => answered(id(1), found, self.id, muted);
  assert.deepEqual(say(target), { id: id(1), what: "loaded", from: ann, own: false, text: "text 1" });
  assert.equal(say({ ...target, from: self }).own, true);
  assert.deepEqual(say({ ...target, text: "", deleted: true }), { id: id(1), what: "deleted", from: ann, own: false });
  assert.deepEqual(say(target, [ann.id]), { id: id(1), what: "muted", from: ann, own: false });
  assert.deepEqual(say(null), { id: id(1), what: "gone" });
  assert.deepEqual(say(undefined), { id: id(1), what: "unloaded" });
  const room = new RoomStore();
  const said = [message(1), message(2), message(3, { re: id(1) }), message(4)];
  room.catchUp({ epoch, head: id(4), recovered: false, messages: said });
  const rows = arrange(room, [], self).filter(({ kind }) => kind === "message");
  assert.deepEqual(
    rows.map(({ continued }) => continued),
    [false, true, false, true],
  );
});

test("the beginning is one line without formatting, and without quotes if there is more", () => {
  const beginning = (text) => beginningOf(message(1, { text }));
  assert.equal(
    beginning("**Bold** and `code`\n\nin [lines](https://example.org) https://a.b"),
    "Bold and code in lines https://a.b",
  );
  assert.equal(beginning("> quoted\n\nnew"), "new");
  assert.equal(beginning("> only\n> quoted"), "only quoted");
  assert.equal(beginning("# Head\n- one\n- two\n1. three"), "Head • one • two 1. three");
  assert.equal(beginning("```\nlet x = 1\n```"), "let x = 1");
  const cat = { id: "f1", name: "cat.png", type: "image/png", bytes: 9 };
  assert.equal(beginningOf(message(1, { text: "", files: [cat] })), "1 picture");
  assert.equal(beginningOf(message(1, { text: "*Look*\n> at\n", files: [cat, cat] })), "Look (2 pictures)");
  const long = beginning("👍".repeat(4000));
  assert.equal([...long].length, 161);
  assert.ok(!/\p{Cs}/u.test(long), "no half of an emoji");
});

test("messages that are not loaded are asked for one at a time, with a pause, and once", async (context) => {
  const { server, targets, tick, answer, asked } = await talking(context, ...messages(50, 60));
  assert.equal(targets.seek("lobby", id(55)).text, "text 55", "loaded");
  targets.want("lobby", [id(3), id(4), id(5)]);
  targets.want("lobby", [id(3), id(4), id(5)]);
  assert.deepEqual(asked(), ["1003-4"]);
  let changes = 0;
  server.chat.changed.listen(() => (changes += 1));
  answer([message(3)]);
  assert.equal(targets.known("lobby", id(3)).text, "text 3");
  assert.equal(changes, 1);
  assert.deepEqual(asked(), ["1003-4"], "the pause");
  tick();
  assert.deepEqual(asked(), ["1003-4", "1004-5"]);
  answer([message(2)]);
  assert.equal(targets.known("lobby", id(4)), null, "it is not in the log any more");
  tick();
  answer([message(5, { act: "edit", target: id(2) })]);
  assert.equal(targets.known("lobby", id(5)), null, "an act is no message");
  tick();
  targets.want("lobby", [id(3), id(4), id(5)]);
  assert.equal(asked().length, 3);
});

test("what the user sees is asked for first, and no more waits than has a place", async (context) => {
  const { targets, tick, answer, asked } = await talking(context, ...messages(500, 501));
  for (let number = 1; number <= 200; number += 1) targets.seek("lobby", id(number));
  targets.want("lobby", [id(300)]);
  for (let turn = 0; turn < 100; turn += 1) {
    answer([]);
    tick();
  }
  assert.deepEqual(asked().slice(0, 3), ["1001-2", "1300-301", "1002-3"]);
  assert.equal(asked().length, 51);
});

test("what was asked for stays as it is in the log", async (context) => {
  const { server, targets, tick, answer } = await talking(context, ...messages(50, 60));
  targets.want("lobby", [id(3)]);
  server.hear(message(61, { act: "edit", target: id(3), text: "later than the answer" }));
  answer([message(3)], id(60));
  assert.equal(targets.known("lobby", id(3)).text, "later than the answer");
  server.hear(message(62, { act: "delete", target: id(3), text: "" }));
  assert.equal(targets.known("lobby", id(3)).deleted, true);
  tick();
  server.drop();
  await server.reconnect({ messages: [] });
  assert.equal(targets.known("lobby", id(3)).deleted, true);
  server.drop();
  await server.reconnect({ recovered: false, messages: messages(1, 2), epoch: "00000000000000bb.00000001" });
  assert.equal(targets.known("lobby", id(3)), undefined, "this may be another log");
});

test("a request that fails is made again where it is still wanted", async (context) => {
  const { server, targets, tick, asked } = await talking(context, ...messages(50, 60));
  const loaded = targets.load("lobby", id(3));
  server.refuse("rate_limited", { retryAfterMs: 2_000 });
  assert.equal(await loaded, undefined);
  tick(1_000);
  targets.want("lobby", [id(3)]);
  assert.equal(asked().length, 1);
  tick(1_000);
  assert.equal(asked().length, 2);
  server.drop();
  tick(2_000);
  targets.want("lobby", [id(3)]);
  await server.reconnect({ messages: [] });
  assert.deepEqual(asked(), ["1003-4"], "on the new connection");
  const gone = targets.load("lobby", id(7));
  server.chat.leave("lobby");
  assert.equal(await gone, undefined);
});

test("an answer to the user counts as a mention, also if their message is not loaded", async (context) => {
  const known = [message(50, { from: self }), message(51, { re: id(50) }), message(52, { re: id(3) }), message(53)];
  const { server, targets, answer } = await talking(context, ...known);
  const { timeline } = server.chat.room("lobby");
  const find = (one) => targets.seek("lobby", one);
  const mentions = () => newsIn(timeline, new ReadMark(id(49)), self, [], find).filter((one) => one.mentions);
  assert.deepEqual(
    mentions().map((one) => one.id),
    [id(51)],
  );
  answer([message(3, { from: self })]);
  assert.deepEqual(
    mentions().map((one) => one.id),
    [id(52), id(51)],
  );
  const bobs = newsIn(timeline, new ReadMark(id(49)), bob, []).filter((one) => one.mentions);
  assert.deepEqual(bobs, []);
});

test("an answer to the user is told of like a mention", () => {
  const notes = new RoomNotes(new MemoryStorage());
  for (const [level, wanted] of Object.entries({ all: true, mentions: true, nothing: false })) {
    notes.setNote("level", "lobby", level);
    assert.equal(isWanted(notes, { room: "lobby", text: "yes" }, "Mira", true), wanted);
  }
});
