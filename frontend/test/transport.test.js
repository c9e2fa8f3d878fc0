import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../js/runtime.js";
import { Identity, MemoryStorage } from "../js/store/storage.js";
import { parseFrame } from "../js/transport/frames.js";
import { Socket } from "../js/transport/Socket.js";
import { ManualClock } from "./support/ManualClock.js";
import { TestServer, epoch } from "./support/TestServer.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the backoff doubles up to 20 s, with full jitter", () => {
  const longest = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => longest.next());
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000]);
  longest.reset();
  assert.equal(longest.next(), 500);
  assert.equal(new Backoff(() => 0).next(), 0);
});

test("only objects with a type are frames", () => {
  assert.deepEqual(parseFrame('{"type":"pong"}'), { type: "pong" });
  for (const data of ["", "{", "null", "[]", "7", '{"type":1}', new ArrayBuffer(2)]) {
    assert.equal(parseFrame(data), null);
  }
});

test("a silent connection is pinged after 25 s and closed after 35 s", async () => {
  const server = await new TestServer().connect();
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

test("a connection that answers stays open", async () => {
  const server = await new TestServer().connect();
  for (let round = 0; round < 10; round += 1) {
    server.clock.advance(25_000);
    server.say({ type: "pong" });
  }
  assert.equal(server.links.length, 1);
});

test("after sleep an open connection is pinged and has three seconds", async () => {
  const server = await new TestServer().connect();
  server.socket.wake();
  assert.equal(server.sent("ping").length, 1);
  server.clock.advance(3_000);
  assert.deepEqual(server.closed, [4000]);
});

test("when the network is back the socket reconnects at once", async () => {
  const server = await new TestServer().connect();
  for (let loss = 0; loss < 8; loss += 1) {
    server.drop();
    server.socket.wake();
  }
  assert.equal(server.links.length, 9);
});

test("repeated losses wait longer; a connection that lasted resets the backoff", async () => {
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

test("the delay of a goodbye applies once", async () => {
  const server = await new TestServer().connect();
  server.say({ type: "goodbye", reason: "drain", reconnectAfterMs: 1234 });
  server.drop(1012);
  assert.equal(server.socket.retryAt - server.clock.time, 1234);
  server.clock.advance(1234);
  server.drop();
  assert.equal(server.socket.retryAt - server.clock.time, 250);
});

test("a connection that does not open is closed after 10 s", () => {
  const server = new TestServer();
  server.socket.connect();
  server.clock.advance(10_000);
  assert.deepEqual(server.closed, [4000]);
});

test("a connection that cannot be created counts as lost and is retried", (t) => {
  t.mock.method(console, "error", () => {});
  const clock = new ManualClock();
  let tries = 0;
  const makeLink = () => {
    tries += 1;
    if (tries < 4) throw new DOMException("no", "SecurityError");
    return {};
  };
  const socket = new Socket(makeLink, new Backoff(() => 0.5), clock);
  const codes = [];
  socket.closed.listen((code) => codes.push(code));
  socket.connect();
  for (const expected of [250, 500, 1000]) {
    assert.equal(socket.phase, "waiting");
    assert.equal(socket.retryAt - clock.time, expected);
    clock.advance(expected);
  }
  assert.equal(socket.phase, "connecting");
  assert.deepEqual(codes, [1006, 1006, 1006]);
});

test("hello comes first, with the stored name and token", async () => {
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

test("only a token that was sent and refused is dropped", async () => {
  const server = await new TestServer().connect();
  const again = async () => {
    server.socket.wake();
    await server.accept();
  };
  for (const code of [1006, 1011, 4408]) {
    server.drop(code);
    assert.equal(server.identity.token, "t1", `closed with ${code}`);
    await again();
    assert.equal(server.sent("hello")[0].token, "t1");
  }
  server.identity.token = "t2";
  server.drop(4401);
  assert.equal(server.identity.token, "t2", "another tab has got a newer one");
  await again();
  server.drop(4401);
  assert.equal(server.identity.token, null);
});

test("a frozen tab that holds the lock does not block others", async () => {
  const locks = { request: () => new Promise(() => {}) };
  const server = await new TestServer(new MemoryStorage(), locks).open();
  assert.deepEqual(server.sent("hello"), []);
  server.clock.advance(3_000);
  await settled();
  assert.equal(server.sent("hello").length, 1);
});

test("works without locks", async () => {
  const request = () => {
    throw new DOMException("no", "SecurityError");
  };
  const server = await new TestServer(new MemoryStorage(), { request }).connect();
  assert.equal(server.session.online, true);
});

test("a name that another tab sets during the hello is requested after the welcome", async () => {
  const server = new TestServer();
  server.identity.name = "Mira";
  await server.open();
  server.identity.name = "Mirabel";
  server.welcome();
  assert.deepEqual(server.sent("rename"), [{ type: "rename", name: "Mirabel" }]);
});

test("a refused name does not prevent the welcome", async () => {
  const server = new TestServer();
  server.identity.name = "\u202e";
  await server.open();
  server.say({ type: "error", code: "bad_name", message: "Not this one." });
  assert.deepEqual(server.sent().at(-1), { type: "hello" });
  server.welcome();
  assert.equal(server.session.online, true);
});

test("a new name counts once the server accepts it; offline it waits for the next hello", async () => {
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

test("nothing is sent before the welcome", async () => {
  const server = await new TestServer().open();
  server.session.send({ type: "typing", room: "lobby" });
  assert.deepEqual(server.sent(), [{ type: "hello" }]);
});

test("one tab at a time requests a first token", async () => {
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

test("a room is rejoined at its last position", async () => {
  const server = await new TestServer().inLobby({
    messages: [{ id: "5-1", from: { id: "a", name: "A" }, text: "", ts: 5 }],
  });
  server.drop();
  await server.reconnect();
  assert.deepEqual(server.sent("join"), [{ type: "join", room: "lobby", since: "5-1", epoch }]);
});

test("a join that the server is too busy for is repeated after the requested delay", async () => {
  const server = new TestServer();
  server.chat.enter("lobby");
  await server.connect();
  server.refuse("rate_limited", { retryAfterMs: 700 });
  server.clock.advance(699);
  assert.equal(server.sent("join").length, 1);
  server.clock.advance(1);
  assert.equal(server.sent("join").length, 2);
  server.joined();
  server.refuse("rate_limited", { retryAfterMs: 700 });
  server.clock.advance(1000);
  assert.equal(server.sent("join").length, 2, "once inside, too fast means something else");
});
