import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../js/transport/Backoff.js";
import { Identity } from "../js/store/Identity.js";
import { MemoryStorage } from "../js/store/storage.js";
import { parseFrame } from "../js/transport/Socket.js";
import { epoch, TestServer } from "./support/TestServer.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the wait doubles up to 20 s, and is drawn from all of it", () => {
  const longest = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => longest.next());
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
  longest.reset();
  assert.equal(longest.next(), 500);
  assert.equal(new Backoff(() => 0).next(), 0);
});

test("what is not an object with a type is no frame", () => {
  assert.deepEqual(parseFrame('{"type":"pong"}'), { type: "pong" });
  for (const data of ["", "{", "null", "[]", "7", '{"type":1}', new ArrayBuffer(2)]) {
    assert.equal(parseFrame(data), null);
  }
});

test("a quiet line is asked after 25 s and given up after 35 s", async () => {
  const server = new TestServer();
  await server.connect();
  server.clock.advance(24_999);
  assert.equal(server.sent("ping").length, 0);
  server.clock.advance(1);
  assert.equal(server.sent("ping").length, 1);
  server.clock.advance(9_999);
  assert.equal(server.socket.phase, "open");
  server.clock.advance(1);
  assert.deepEqual(server.closed, [4000]);
  assert.equal(server.socket.phase, "waiting");
});

test("a line that answers stays", async () => {
  const server = new TestServer();
  await server.connect();
  for (let round = 0; round < 10; round += 1) {
    server.clock.advance(25_000);
    server.say({ type: "pong" });
  }
  assert.equal(server.links.length, 1);
});

test("after sleep an open line is asked and has three seconds", async () => {
  const server = new TestServer();
  await server.connect();
  server.socket.wake();
  assert.equal(server.sent("ping").length, 1);
  server.clock.advance(3_000);
  assert.deepEqual(server.closed, [4000]);
});

test("when the network is back nobody waits", async () => {
  const server = new TestServer();
  await server.connect();
  for (let loss = 0; loss < 8; loss += 1) {
    server.drop();
    server.socket.wake();
  }
  assert.equal(server.links.length, 9);
});

test("losses in a row wait longer; a connection that lasted forgets them", async () => {
  const server = new TestServer();
  server.socket.connect();
  for (const expected of [250, 500, 1000]) {
    server.drop();
    assert.equal(server.socket.retryAt - server.clock.time, expected);
    server.clock.advance(expected);
  }
  await server.accept();
  server.clock.advance(10_000);
  server.drop();
  assert.equal(server.socket.retryAt - server.clock.time, 250);
});

test("a server that says goodbye is obeyed, once", async () => {
  const server = new TestServer();
  await server.connect();
  server.say({ type: "goodbye", reason: "drain", reconnectAfterMs: 1234 });
  server.drop(1012);
  assert.equal(server.socket.retryAt - server.clock.time, 1234);
  server.clock.advance(1234);
  server.drop();
  assert.equal(server.socket.retryAt - server.clock.time, 250);
});

test("a connection that never opens is given up after 10 s", () => {
  const server = new TestServer();
  server.socket.connect();
  server.clock.advance(10_000);
  assert.deepEqual(server.closed, [4000]);
});

test("hello comes first, with the name and the token of last time", async () => {
  const server = new TestServer();
  server.identity.name = "Mira";
  server.chat.enter("lobby");
  await server.connect();
  assert.deepEqual(server.sent(), [
    { type: "hello", name: "Mira" },
    { type: "join", room: "lobby" },
  ]);
  server.drop();
  server.clock.advance(250);
  await server.accept();
  assert.deepEqual(server.sent(), [{ type: "hello", token: "t1", name: "Mira" }]);
});

test("a token that is not taken is dropped", async () => {
  const server = new TestServer();
  await server.connect();
  server.drop(4401);
  assert.equal(server.identity.token, null);
});

test("a name that is not taken is no reason to stay outside", async () => {
  const server = new TestServer();
  server.identity.name = "\u202e";
  server.socket.connect();
  await server.accept();
  server.say({ type: "error", code: "bad_name", message: "Not this one." });
  assert.deepEqual(server.sent().at(-1), { type: "hello" });
  server.welcome();
  assert.equal(server.session.online, true);
});

test("a new name is ours when the server says so; offline it waits for the next hello", async () => {
  const server = new TestServer();
  server.identity.name = "Mira";
  await server.connect();
  server.session.rename("Mirabel");
  assert.deepEqual(server.sent().at(-1), { type: "rename", name: "Mirabel" });
  assert.equal(server.identity.name, "Mira");
  server.drop();
  server.session.rename("Mirabel");
  server.socket.wake();
  await server.accept();
  assert.deepEqual(server.sent(), [{ type: "hello", token: "t1", name: "Mirabel" }]);
});

test("nothing is said before the welcome", async () => {
  const server = new TestServer();
  server.socket.connect();
  await server.accept();
  server.session.send({ type: "typing", room: "lobby" });
  assert.deepEqual(server.sent(), [{ type: "hello" }]);
});

test("a first token is asked for by one tab at a time", async () => {
  let grant = () => {};
  let free = false;
  const locks = {
    request: async (name, options, held) => {
      await new Promise((granted) => (grant = granted));
      await held();
      free = true;
    },
  };
  const identity = new Identity(new MemoryStorage(), locks);
  const greeting = new AbortController();
  let claimed = false;
  const claim = identity.claim(greeting.signal).then(() => (claimed = true));
  await settled();
  assert.equal(claimed, false);
  grant();
  await claim;
  await settled();
  assert.equal(free, false, "the next tab waits for the end of the greeting");
  greeting.abort();
  await settled();
  assert.equal(free, true);
  identity.token = "t1";
  await identity.claim(new AbortController().signal);
});

test("a room that was asked for is joined again where it was left", async () => {
  const server = new TestServer();
  server.chat.enter("lobby");
  await server.connect();
  server.joined({ messages: [{ id: "5-1", from: { id: "a", name: "A" }, text: "", ts: 5 }] });
  server.drop();
  server.clock.advance(250);
  await server.accept();
  server.welcome();
  assert.deepEqual(server.sent("join"), [{ type: "join", room: "lobby", since: "5-1", epoch }]);
});

test("a server that is too busy to let us in is asked again, when it says", async () => {
  const server = new TestServer();
  server.chat.enter("lobby");
  await server.connect();
  const refusal = { code: "rate_limited", message: "", room: "lobby", retryAfterMs: 700 };
  server.say({ type: "error", ...refusal });
  server.clock.advance(699);
  assert.equal(server.sent("join").length, 1);
  server.clock.advance(1);
  assert.equal(server.sent("join").length, 2);
  server.joined();
  server.say({ type: "error", ...refusal });
  server.clock.advance(1000);
  assert.equal(server.sent("join").length, 2, "once inside, too fast means something else");
});
