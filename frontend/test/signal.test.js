import assert from "node:assert/strict";
import { test } from "node:test";
import { Signal } from "../js/runtime.js";
import { HistoryRequests } from "../js/store/History.js";
import { TestServer, message } from "./support/TestServer.js";

/** Exceptions of listeners are reported, and all other listeners run. */
test("a listener that throws does not stop the others and is reported", (context) => {
  const reported = context.mock.method(console, "error", () => {});
  const signal = new Signal();
  const heard = [];
  for (let place = 0; place < 6; place += 1)
    signal.listen((value) => {
      if (place % 2 === 0) throw new Error(`listener ${place}`);
      heard.push(place + value);
    });
  signal.emit(10);
  assert.deepEqual(heard, [11, 13, 15]);
  const messages = reported.mock.calls.map(({ arguments: [error] }) => error.message);
  assert.deepEqual(messages, ["listener 0", "listener 2", "listener 4"]);
});

test("a failing callback does not stop the others", (context) => {
  const reported = context.mock.method(console, "error", () => {});
  const { chat, session } = new TestServer();
  const requests = HistoryRequests.of(chat);
  let told = 0;
  const failed = () => {
    told += 1;
    throw new Error("shown badly");
  };
  for (const room of ["a", "a", "b"]) requests.ask({ room, limit: 1, failed, answered() {} });
  chat.departed.emit("a");
  session.lost.emit();
  assert.equal(told, 3);
  assert.equal(reported.mock.callCount(), 3);
});

test("a view that fails at every message does not harm the outbox or the rooms", async (context) => {
  context.mock.method(console, "error", () => {});
  const server = new TestServer();
  const fail = () => {
    throw new TypeError("Illegal constructor");
  };
  for (const signal of [server.chat.heard, server.chat.changed, server.outbox.changed]) signal.listen(fail);
  server.session.frames.listen(fail);
  await server.inLobby();
  server.chat.say("lobby", "mine");
  server.ack("key-1", 1);
  server.hear(message(2, { text: "hers" }));
  assert.equal(server.outbox.waiting, 0);
  assert.equal(server.chat.room("lobby").timeline.newest.text, "hers");
});
