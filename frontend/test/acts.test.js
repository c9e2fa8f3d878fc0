import assert from "node:assert/strict";
import { test } from "node:test";
import { oneEmoji, typedEmoji } from "../js/extras/recentEmoji.js";
import { Comings } from "../js/store/Timeline.js";
import { MemoryStorage } from "../js/store/storage.js";
import { applied } from "../js/transport/frames.js";
import { arrange } from "../js/views/arrange.js";
import { learnMore } from "../js/words/say.js";
import { TestServer, ann, epoch, message, messages, self } from "./support/TestServer.js";

await learnMore();

const edit = (n, target, text, fields) => message(n, { act: "edit", target: message(target).id, text, ...fields });
const erase = (n, target) => message(n, { act: "delete", target: message(target).id, text: "" });
const react = (n, target, on = true, from = ann, emoji = "👍") =>
  message(n, { act: "react", target: message(target).id, text: "", emoji, on, from });
const all = (acts, one = message(1)) => acts.reduce(applied, one);
const shown = (server) => server.chat.room("lobby").timeline.entries.map((entry) => entry.message ?? entry.kind);
const texts = (server) => shown(server).map(({ text }) => text);

const inLobby = (fields, storage) => new TestServer(storage).inLobby(fields);

test("edits: the newest one by id wins, in any order of arrival", () => {
  const edits = [edit(2, 1, "second"), edit(3, 1, "third")];
  for (const order of [edits, edits.toReversed(), [...edits, ...edits]])
    assert.deepEqual(all(order), { ...message(1), text: "third", edited: "1003-3" });
});

test("a deleted message has no text, and later acts do not change it", () => {
  const gone = all([react(2, 1), edit(3, 1, "x"), erase(4, 1), edit(5, 1, "y"), react(6, 1)]);
  assert.equal(gone.deleted, true);
  assert.equal(gone.text, "");
  assert.equal(gone.reactions ?? gone.edited, undefined);
});

test("a reaction counts once per user and can be removed", () => {
  const both = all([react(2, 1), react(3, 1), react(4, 1, true, self)]);
  assert.deepEqual(both.reactions, [{ emoji: "👍", users: ["u1", "me"] }]);
  assert.deepEqual(applied(both, react(5, 1, false)).reactions, [{ emoji: "👍", users: ["me"] }]);
  assert.deepEqual(all([react(2, 1), react(3, 1, false), react(4, 1, false)]).reactions, []);
});

test("an act changes its message and is not shown as a message", async () => {
  const server = await inLobby({ messages: messages(1, 3) });
  const heard = [];
  server.chat.heard.listen((frame) => heard.push(frame));
  for (const act of [edit(4, 2, "better"), react(5, 3), erase(6, 1)]) server.hear(act);
  assert.deepEqual(texts(server), ["", "better", "text 3"]);
  assert.deepEqual(heard, []);
  const { timeline, position } = server.chat.room("lobby");
  assert.equal(timeline.newest.id, "1003-3");
  assert.equal(position.id, "1006-6", "acts are resumed like messages");
});

test("a page of history has the state at its head: only later acts apply to it", async () => {
  const server = await inLobby({ messages: messages(10, 12) });
  server.hear(react(13, 5, false));
  server.hear(edit(14, 6, "later"));
  server.chat.history.loadOlder("lobby");
  const page = [message(5), message(6, { text: "earlier", edited: "1008-8" }), react(7, 5), edit(8, 6, "")];
  const frame = { type: "history", room: "lobby", epoch, more: false };
  server.say({ ...frame, head: "1013-13", messages: page });
  const [five, six] = shown(server);
  assert.equal(five.reactions, undefined, "taken back before the head");
  assert.equal(six.text, "later");
});

test("a missed act applies to messages from before a gap", async () => {
  const server = await inLobby({ messages: messages(1, 3) });
  server.drop();
  const late = [edit(90, 2, "edited meanwhile"), message(91)];
  const missing = { from: "1004-4", to: "1089-89" };
  await server.reconnect({ recovered: false, missing, messages: late });
  assert.deepEqual(texts(server), ["text 1", "edited meanwhile", "text 3", undefined, "text 91"]);
});

test("an act waits in the outbox like a message, in order, and keeps its key", async () => {
  const storage = new MemoryStorage();
  const server = await inLobby({ messages: [message(1, { from: self })] }, storage);
  server.chat.say("lobby", "first");
  server.chat.say("lobby", "better", { kind: "edit", target: "1001-1" });
  assert.equal(server.sent("edit").length, 0);
  server.ack("key-1", 2);
  const sent = { type: "edit", room: "lobby", id: "1001-1", key: "key-2", text: "better" };
  assert.deepEqual(server.sent("edit"), [sent]);
  const later = await inLobby({ messages: [message(1, { from: self })] }, storage);
  assert.deepEqual(later.sent("edit"), [sent], "after a reload");
  later.ack("key-2", 3);
  assert.deepEqual(texts(later), ["better"]);
  assert.equal(later.outbox.itemsIn("lobby").length, 0);
});

test("each act has exactly the fields it needs", async () => {
  const server = await inLobby({ messages: [message(1, { from: self })] });
  server.chat.say("lobby", "", { kind: "react", target: "1001-1", emoji: "🎉", on: true });
  server.ack("key-1", 2);
  server.chat.say("lobby", "", { kind: "delete", target: "1001-1" });
  const rest = { room: "lobby", id: "1001-1" };
  assert.deepEqual(server.sent("react"), [{ type: "react", ...rest, key: "key-1", emoji: "🎉", on: true }]);
  assert.deepEqual(server.sent("delete"), [{ type: "delete", ...rest, key: "key-2" }]);
});

test("a pending act shows at once and is undone if it fails", async () => {
  const server = await inLobby({ messages: [message(1)] });
  server.chat.say("lobby", "", { kind: "react", target: "1001-1", emoji: "🎉", on: true });
  const row = () => {
    const waiting = server.outbox.itemsIn("lobby");
    const { timeline } = server.chat.room("lobby");
    return arrange({ timeline, comings: new Comings() }, waiting, self).at(-1);
  };
  assert.deepEqual(row().message.reactions, [{ emoji: "🎉", users: ["me"] }]);
  assert.equal(row().act.state, "pending");
  server.refuse("too_many_reactions", { message: "too many", key: "key-1" });
  assert.deepEqual(row().act, {
    key: "key-1",
    state: "failed",
    reason: "The message has reached its limit of reactions.",
    kind: "react",
    final: true,
  });
  assert.equal(row().message.reactions, undefined);
  server.outbox.remove("key-1");
  assert.equal(row().act, undefined);
});

test("a typed emoji may lack its variation selector", () => {
  const expected = {
    "❤": "❤️",
    "☺": "☺️",
    "1⃣": "1️⃣",
    "👍": "👍",
    "👍🏽": "👍🏽",
    "🏳‍🌈": "🏳️‍🌈",
    "❤️": "❤️",
  };
  for (const [typed, emoji] of Object.entries(expected)) {
    assert.equal(typedEmoji(typed), emoji);
    assert.equal(oneEmoji(emoji), emoji, "the server takes it");
  }
  for (const none of ["", "a", "1", "#", "❤\ufe0e", "❤❤", "👍\ufe0e", " "]) assert.equal(typedEmoji(none), null, none);
});
