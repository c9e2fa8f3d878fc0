import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../js/store/Outbox.js";
import { MemoryStorage } from "../js/store/storage.js";
import { TestServer, epoch, message, messages, self } from "./support/TestServer.js";

/** A chat in the lobby. */
const online = (storage) => new TestServer(storage).inLobby({ messages: messages(1, 2) });

/** A chat in the lobby in which the user has just sent these texts. */
async function saying(...texts) {
  const server = await online();
  for (const text of texts) server.chat.say("lobby", text);
  return server;
}

function pass(server, ms) {
  for (let step = 0; step < ms; step += 500) {
    server.clock.advance(500);
    if (server.sent("ping").length > 0) server.say({ type: "pong" });
    server.chat.flush();
  }
}

const states = (server) => server.outbox.itemsIn("lobby").map(({ state }) => state);
const unseen = (server) => server.outbox.unseenIn("lobby").map(({ key }) => key);
const keys = (server) => server.sent("chat").map(({ key }) => key);
const texts = (server) => server.chat.room("lobby").timeline.entries.map(({ message: { text } }) => text);

test("one message per room is in flight, in order", async () => {
  const server = await saying("one", "two");
  assert.deepEqual(keys(server), ["key-1"]);
  server.ack("key-1", 3);
  assert.deepEqual(keys(server), ["key-1", "key-2"]);
  assert.deepEqual(texts(server), ["text 1", "text 2", "one"]);
});

test("an acknowledged message takes its place by id", async () => {
  const server = await saying("mine");
  server.hear(message(4));
  server.ack("key-1", 3);
  assert.deepEqual(texts(server), ["text 1", "text 2", "mine", "text 4"]);
  assert.equal(server.outbox.waiting, 0);
});

test("a delivery before its ack shows the message once, and the ack settles it", async () => {
  const server = await saying("mine", "next");
  server.hear(message(3, { from: self, key: "key-1", text: "mine" }));
  assert.deepEqual(texts(server), ["text 1", "text 2", "mine"]);
  assert.deepEqual(unseen(server), ["key-2"]);
  assert.deepEqual(keys(server), ["key-1"], "the next one waits for the ack");
  assert.equal(server.outbox.waiting, 1);
  server.ack("key-1", 3);
  server.ack("key-2", 4);
  assert.deepEqual(texts(server), ["text 1", "text 2", "mine", "next"]);
  assert.deepEqual(server.storage.names, ["webchat.token"], "nothing else is left");
});

test("a message that has arrived is resent until its ack, and does not fail", async () => {
  const server = await saying("mine");
  server.hear(message(3, { from: self, key: "key-1", text: "mine" }));
  pass(server, 5_000);
  pass(server, 5_000);
  pass(server, 5_000);
  assert.deepEqual(states(server), ["pending"]);
  assert.deepEqual(keys(server), ["key-1", "key-1", "key-1", "key-1"]);
  assert.deepEqual(texts(server), ["text 1", "text 2", "mine"]);
});

test("another user's key settles nothing", async () => {
  const server = await saying("mine");
  server.hear(message(3, { key: "key-1" }));
  assert.deepEqual(states(server), ["pending"]);
});

test("without an answer a message is resent after 5 s with its key and fails after 10 s", async () => {
  const server = await saying("mine");
  pass(server, 5_000);
  assert.deepEqual(keys(server), ["key-1", "key-1"]);
  assert.equal(server.sent("ping").length, 1, "is anybody there?");
  pass(server, 5_000);
  assert.deepEqual(states(server), ["failed"]);
  server.chat.retry("key-1");
  assert.deepEqual(keys(server), ["key-1", "key-1", "key-1"]);
  assert.deepEqual(states(server), ["pending"]);
});

test("a failed message lets the next one go, and a late ack still counts", async () => {
  const server = await saying("one", "two");
  pass(server, 10_000);
  assert.equal(keys(server).at(-1), "key-2");
  server.ack("key-1", 3);
  assert.deepEqual(states(server), ["pending"]);
});

test("no message fails while the computer sleeps", async () => {
  const server = await saying("mine");
  pass(server, 2_000);
  server.clock.time += 3_600_000;
  server.chat.flush();
  assert.deepEqual(states(server), ["pending"]);
  server.ack("key-1", 3);
  assert.equal(server.outbox.waiting, 0);
});

test("a clock that is set back delays nothing", async () => {
  const server = await saying("mine");
  pass(server, 2_000);
  server.clock.time -= 3_600_000;
  pass(server, 3_500);
  assert.deepEqual(keys(server), ["key-1", "key-1"], "asked again");
  pass(server, 6_000);
  assert.deepEqual(states(server), ["failed"]);
});

test("after a gap and a clock that was set back, the user decides", async () => {
  const server = await saying("old");
  server.drop();
  server.clock.time -= 3_600_000;
  await server.reconnect({ recovered: false, messages: messages(50, 60) });
  assert.deepEqual(states(server), ["unsure"]);
});

test("time offline does not count as time without an answer", async () => {
  const server = await saying("mine");
  pass(server, 4_000);
  server.drop();
  server.clock.advance(60_000);
  server.chat.flush();
  assert.deepEqual(states(server), ["pending"]);
});

test("a message that had arrived is in a log without a gap, and is not sent again", async () => {
  const server = await saying("mine");
  server.hear(message(3, { from: self, key: "key-1", text: "mine" }));
  server.drop();
  server.clock.advance(700_000);
  await server.reconnect({ recovered: true, messages: [] });
  assert.deepEqual(keys(server), []);
  assert.deepEqual(states(server), []);
});

test("a message that had arrived and was lost with its log is shown as waiting and sent again", async () => {
  const server = await saying("mine");
  server.hear(message(3, { from: self, key: "key-1", text: "mine" }));
  assert.deepEqual(unseen(server), []);
  server.drop();
  await server.reconnect({ recovered: false, messages: messages(50, 60) });
  assert.deepEqual(unseen(server), ["key-1"]);
  assert.deepEqual(keys(server), ["key-1"]);
});

test("a message written offline is sent once after the reconnect", async () => {
  const server = await online();
  server.drop();
  server.chat.say("lobby", "mine");
  await server.reconnect({ messages: [] });
  assert.deepEqual(keys(server), ["key-1"]);
});

test("a message written while the browser closes the socket is sent once after the reconnect", async () => {
  const server = await online();
  const closing = server.links.at(-1);
  closing.readyState = 2;
  server.chat.say("lobby", "mine");
  assert.deepEqual(closing.sent.filter(({ type }) => type === "chat").length, 0);
  server.drop(1012);
  await server.reconnect({ messages: [] });
  assert.deepEqual(keys(server), ["key-1"]);
});

test("a message that a resume delivers is not sent again, on any page", async () => {
  const server = await saying("mine");
  server.drop();
  await server.reconnect({ messages: [message(3)], more: true });
  assert.deepEqual(keys(server), [], "not before the last page");
  const said = message(4, { from: self, key: "key-1", text: "mine" });
  server.say({ type: "resume", room: "lobby", epoch, messages: [said], more: false });
  assert.deepEqual(keys(server), []);
  assert.equal(server.outbox.waiting, 0);
});

test("an old message is safe to resend if a resume would have delivered it", async () => {
  const server = await saying("mine");
  server.drop();
  server.clock.advance(700_000);
  await server.reconnect({ recovered: true });
  assert.deepEqual(keys(server), ["key-1"]);
});

test("after a gap an old message may have been sent: the user decides", async () => {
  const server = await saying("old");
  server.drop();
  server.clock.advance(600_000);
  server.chat.say("lobby", "new");
  await server.reconnect({ recovered: false, messages: messages(50, 60) });
  assert.deepEqual(states(server), ["unsure", "pending"]);
  assert.deepEqual(keys(server), ["key-2"]);
  server.chat.retry("key-1");
  assert.deepEqual(states(server), ["pending", "pending"]);
});

test("while the server remembers keys, a gap does no harm", async () => {
  const server = await saying("mine");
  server.drop();
  await server.reconnect({ recovered: false, messages: messages(50, 60) });
  assert.deepEqual(keys(server), ["key-1"]);
});

test("a final refusal fails the message, with the reason", async () => {
  const server = await saying("mine");
  server.refuse("too_long", { message: "Too long.", key: "key-1" });
  assert.equal(server.outbox.item("key-1").reason, "Too long.");
  assert.deepEqual(states(server), ["failed"]);
  server.chat.retry("key-1");
  assert.deepEqual(keys(server), ["key-1", "key-1"], "tried again at once");
});

test("a rate limit only delays a message", async () => {
  const server = await saying("mine");
  for (let n = 0; n < 5; n += 1) {
    server.refuse("rate_limited", { key: "key-1", retryAfterMs: 3_000 });
    pass(server, 2_500);
    assert.equal(keys(server).length, n + 1);
    pass(server, 500);
    assert.equal(keys(server).length, n + 2);
  }
  assert.deepEqual(states(server), ["pending"]);
});

test("a log that is unavailable is retried after the requested delay", async () => {
  const server = await saying("mine");
  server.refuse("unavailable", { key: "key-1", retryAfterMs: 1_000 });
  pass(server, 1_000);
  assert.deepEqual(keys(server), ["key-1", "key-1"]);
});

test("not_joined: joins the room, then sends again", async () => {
  const server = await saying("mine");
  server.refuse("not_joined", { key: "key-1" });
  assert.equal(server.sent("join").length, 2);
  server.joined();
  assert.deepEqual(states(server), ["pending"]);
});

test("the outbox survives a reload, in order and with its keys", async () => {
  const before = new TestServer();
  before.chat.say("lobby", "one");
  before.chat.say("lobby", "two");
  before.storage.setItem("webchat.outbox.broken", "{");
  const after = await online(before.storage);
  assert.deepEqual(
    after.outbox.itemsIn("lobby").map(({ text }) => text),
    ["one", "two"],
  );
  assert.deepEqual(keys(after), ["key-1"]);
});

test("an item that another tab has sent is done here", async () => {
  const server = await online();
  server.drop();
  server.chat.say("lobby", "mine");
  server.storage.removeItem("webchat.outbox.key-1");
  server.outbox.changedElsewhere("webchat.outbox.key-1");
  server.outbox.changedElsewhere("webchat.token");
  assert.equal(server.outbox.waiting, 0);
});

/** Stores an item as another tab does, which sends it itself while it is open. */
function writeElsewhere(server, fields = {}) {
  const item = { key: "other-1", room: "lobby", text: "theirs", createdAt: 5, state: "pending" };
  server.storage.setItem("webchat.outbox.other-1", JSON.stringify({ ...item, ...fields }));
  server.outbox.changedElsewhere("webchat.outbox.other-1");
}

test("an item of another tab is shown here and sent there", async () => {
  const server = await saying("mine");
  writeElsewhere(server);
  const shown = server.outbox.itemsIn("lobby").map(({ text }) => text);
  assert.deepEqual(shown, ["theirs", "mine"], "in the order in which it was said");
  server.ack("key-1", 3);
  pass(server, 14_000);
  assert.deepEqual(keys(server), ["key-1"]);
  server.storage.removeItem("webchat.outbox.other-1");
  server.outbox.changedElsewhere("webchat.outbox.other-1");
  pass(server, 10_000);
  assert.deepEqual(keys(server), ["key-1"]);
});

test("an item of a closed tab is sent here", async () => {
  const server = await online();
  writeElsewhere(server);
  pass(server, 15_000);
  assert.deepEqual(keys(server), ["other-1"]);
  server.ack("other-1", 3);
  assert.deepEqual(texts(server), ["text 1", "text 2", "theirs"]);
});

test("an item that failed in another tab failed here and can be retried here", async () => {
  const server = await online();
  writeElsewhere(server);
  writeElsewhere(server, { state: "failed", reason: "Too long." });
  assert.deepEqual(states(server), ["failed"]);
  pass(server, 20_000);
  assert.deepEqual(keys(server), []);
  server.chat.retry("other-1");
  assert.deepEqual(keys(server), ["other-1"]);
});

test("an invalid item of another tab is ignored", async () => {
  const server = await online();
  server.storage.setItem("webchat.outbox.other-1", "{");
  server.outbox.changedElsewhere("webchat.outbox.other-1");
  assert.deepEqual(states(server), []);
});

test("an item of another tab that arrives after its message does not wait here", async () => {
  const server = await online();
  server.hear(message(3, { from: self, key: "other-1", text: "theirs" }));
  writeElsewhere(server);
  assert.deepEqual(states(server), []);
  assert.deepEqual(texts(server), ["text 1", "text 2", "theirs"]);
});

test("fifty items may wait, not more", () => {
  const { chat, outbox } = new TestServer();
  for (let n = 0; n < Outbox.capacity; n += 1) assert.ok(chat.say("lobby", `${n}`));
  assert.equal(chat.say("lobby", "one too many"), false);
  assert.equal(outbox.waiting, 50);
});

test("rooms do not wait for each other", async () => {
  const server = await online();
  server.chat.enter("other");
  server.joined({ room: "other" });
  server.chat.say("lobby", "one");
  server.chat.say("other", "two");
  assert.deepEqual(keys(server), ["key-1", "key-2"]);
});

test("a room that was left sends nothing", async () => {
  const server = await online();
  server.chat.leave("lobby");
  server.chat.say("lobby", "mine");
  assert.deepEqual(keys(server), []);
  assert.deepEqual(server.sent("leave"), [{ type: "leave", room: "lobby" }]);
});

test("items of a room that is no longer shown are sent, and then the room is left", async () => {
  const server = await online();
  server.drop();
  server.chat.say("lobby", "mine");
  server.chat.leave("lobby");
  server.chat.enter("other");
  await server.reconnect({});
  assert.deepEqual(keys(server), ["key-1"]);
  assert.deepEqual(server.sent("leave"), []);
  server.ack("key-1", 3);
  assert.deepEqual(server.sent("leave"), [{ type: "leave", room: "lobby" }]);
});

test("returning to a room with pending items joins it once, and it stays joined", async () => {
  const server = await saying("mine");
  server.chat.leave("lobby");
  server.chat.enter("lobby");
  server.ack("key-1", 3);
  assert.equal(server.sent("join").length, 1);
  assert.deepEqual(server.sent("leave"), []);
});

test("items of an earlier visit in another room are sent there", async () => {
  const storage = new MemoryStorage();
  new TestServer(storage).chat.say("lobby", "mine");
  const server = new TestServer(storage);
  server.chat.enter("other");
  await server.connect();
  server.chat.flush();
  assert.deepEqual(
    server.sent("join").map(({ room }) => room),
    ["other", "lobby"],
  );
  server.joined();
  assert.deepEqual(keys(server), ["key-1"]);
});
