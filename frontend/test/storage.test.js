import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "../js/store/storage.js";
import { TestServer } from "./support/TestServer.js";

/** Like the browser's storage: entries are properties. */
class FullStorage {
  #full = true;

  set full(full) {
    this.#full = full;
  }

  getItem(name) {
    return this[name] ?? null;
  }

  setItem(name, value) {
    if (this.#full) throw new Error("full");
    this[name] = value;
  }

  removeItem(name) {
    delete this[name];
  }
}

test("items that a full storage refuses are still sent", async (context) => {
  const warn = context.mock.method(console, "warn", () => {});
  const full = new FullStorage();
  full["webchat.name"] = "Mira";
  const server = new TestServer(new MemoryStorage(full));
  server.chat.enter("lobby");
  await server.connect();
  server.joined();
  assert.equal(server.identity.name, "Mira", "what it has, it still has");
  assert.equal(server.identity.token, "t1");
  server.chat.say("lobby", "mine");
  assert.equal(server.sent("chat").length, 1);
  assert.ok(warn.mock.callCount() > 0);
  server.say({ type: "ack", room: "lobby", key: "key-1", id: "1003-3" });
  assert.equal(server.outbox.waiting, 0);
});

test("items are stored once the storage has room again", (context) => {
  context.mock.method(console, "warn", () => {});
  const lasting = new FullStorage();
  lasting.a = "1";
  const storage = new MemoryStorage(lasting);
  storage.setItem("a", "2");
  assert.equal(storage.getItem("a"), "2");
  assert.equal(lasting.a, "1");
  lasting.full = false;
  storage.setItem("a", "3");
  assert.equal(lasting.a, "3");
  assert.equal(storage.getItem("a"), "3");
  storage.removeItem("a");
  assert.deepEqual(storage.names, []);
});
