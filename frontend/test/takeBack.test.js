// Messages that wait, and that the user takes back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "../js/views/arrange.js";
import { TestServer, messages, self } from "./support/TestServer.js";

/** A chat in the lobby in which the user has just sent these texts. */
async function saying(...texts) {
  const server = await new TestServer().inLobby({ messages: messages(1, 2) });
  for (const text of texts) server.chat.say("lobby", text);
  return server;
}

const keys = (server) => server.sent("chat").map(({ key }) => key);

test("a message that the server does not have can be taken back, others cannot", async () => {
  const server = await saying("one", "two", "three");
  assert.equal(server.chat.takeBack("key-1"), null, "it is under way");
  server.refuse("rate_limited", { key: "key-1", retryAfterMs: 10_000 });
  assert.equal(server.outbox.item("key-1").waits, true);
  const rows = arrange(server.chat.room("lobby"), server.outbox.unseenIn("lobby"), self).slice(-3);
  assert.deepEqual(
    rows.map(({ waits }) => waits),
    [true, true, true],
  );
  assert.equal(server.chat.takeBack("key-2"), "two", "it was never sent");
  assert.equal(server.chat.takeBack("key-1"), "one");
  assert.deepEqual(keys(server), ["key-1", "key-3"], "the next one goes out");
  server.ack("key-3", 3);
  assert.equal(server.chat.takeBack("key-3"), null);
  assert.equal(server.outbox.waiting, 0);
});

test("a message that may have arrived cannot be taken back, even if it is refused later", async () => {
  const server = await saying("one");
  for (let step = 0; step < 11; step += 1) {
    server.clock.advance(500);
    server.chat.flush();
  }
  assert.equal(keys(server).length, 2, "sent again without an answer");
  server.refuse("rate_limited", { key: "key-1", retryAfterMs: 3_000 });
  assert.equal(server.chat.takeBack("key-1"), null);
  const lost = await saying("one");
  lost.refuse("rate_limited", { key: "key-1", retryAfterMs: 3_000 });
  lost.drop();
  assert.equal(lost.chat.takeBack("key-1"), "one", "the only answer was that it is not taken");
  const silent = await saying("one");
  silent.drop();
  await silent.reconnect({ messages: messages(1, 2) });
  silent.refuse("rate_limited", { key: "key-1", retryAfterMs: 3_000 });
  assert.equal(silent.chat.takeBack("key-1"), null);
  assert.equal(JSON.parse(silent.storage.getItem("webchat.outbox.key-1")).text, "one");
});
