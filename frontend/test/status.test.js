import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "./support/TestServer.js";

test("a node's state stays as reported until it changes or another node answers", async () => {
  const server = new TestServer();
  let changes = 0;
  await server.connect();
  assert.equal(server.session.writable, true, "who says nothing takes messages");
  server.session.changed.listen(() => (changes += 1));
  server.say({ type: "status", writable: false });
  assert.equal(server.session.writable, false);
  assert.equal(server.session.online, true);
  assert.equal(changes, 1);
  server.say({ type: "status", writable: false });
  assert.equal(changes, 1, "nothing has changed");
  server.say({ type: "status", writable: true });
  assert.equal(server.session.writable, true);
  server.say({ type: "status", writable: false });
  server.drop();
  await server.connect();
  assert.equal(server.session.writable, true);
});
