import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, prefixOf } from "../js/store/storage.js";
import { FakeStorage } from "./support/FakeStorage.js";
import { TestServer } from "./support/TestServer.js";

test("items that a full storage refuses are still sent", async (context) => {
  const warn = context.mock.method(console, "warn", () => {});
  const full = new FakeStorage({ "webchat.name": "Mira" }, ["setItem"]);
  const server = await new TestServer(new MemoryStorage(full)).inLobby();
  assert.equal(server.identity.name, "Mira", "what it has, it still has");
  assert.equal(server.identity.token, "t1");
  server.chat.say("lobby", "mine");
  assert.equal(server.sent("chat").length, 1);
  assert.ok(warn.mock.callCount() > 0);
  server.ack("key-1", 3);
  assert.equal(server.outbox.waiting, 0);
});

test("items are stored once the storage has room again", (context) => {
  context.mock.method(console, "warn", () => {});
  const lasting = new FakeStorage({ a: "1" }, ["setItem"]);
  const storage = new MemoryStorage(lasting);
  storage.setItem("a", "2");
  assert.equal(storage.getItem("a"), "2");
  assert.equal(lasting.a, "1");
  lasting.mend();
  storage.setItem("a", "3");
  assert.equal(lasting.a, "3");
  assert.equal(storage.getItem("a"), "3");
  storage.removeItem("a");
  assert.deepEqual(storage.names, []);
});

test("the folder of the page is the prefix of its entries, and the root has none", () => {
  for (const path of ["/", "/index.html"]) assert.equal(prefixOf(path), "", path);
  for (const path of ["/chat/", "/chat/x"]) assert.equal(prefixOf(path), "/chat/", path);
  assert.equal(prefixOf("/a/b/"), "/a/b/");
});

test("chats under different paths of a host do not see each other's entries", () => {
  const lasting = new FakeStorage();
  const chats = ["", "/chat/", "/chat/two/", "/team/"].map((prefix) => new MemoryStorage(lasting, prefix));
  const names = ["webchat.name", "webchat.outbox.k", "/", "ä 😀"];
  for (const [number, chat] of chats.entries()) for (const name of names) chat.setItem(name, `${name} of ${number}`);
  for (const [number, chat] of chats.entries()) {
    for (const name of names) assert.equal(chat.getItem(name), `${name} of ${number}`);
    for (const name of ["webchat.name", "webchat.outbox.k"])
      assert.equal(chat.names.filter((other) => other === name).length, 1);
  }
  chats[1].removeItem("webchat.name");
  assert.deepEqual(
    chats.map((chat) => chat.getItem("webchat.name") !== null),
    [true, false, true, true],
  );
  assert.ok(!chats[1].names.includes("webchat.name"));
});
