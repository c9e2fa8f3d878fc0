import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, prefixOf } from "../js/store/storage.js";

/** Like the browser's storage: each name is also a property. */
function browserStorage() {
  const methods = {
    getItem(name) {
      return Object.hasOwn(this, name) ? this[name] : null;
    },
    setItem(name, value) {
      this[name] = String(value);
    },
    removeItem(name) {
      delete this[name];
    },
  };
  return Object.create(methods);
}

test("the folder of the page is the prefix of its entries, and the root has none", () => {
  const paths = {
    "/": "",
    "/index.html": "",
    "/chat/": "/chat/",
    "/a/b/": "/a/b/",
    "/chat/x": "/chat/",
  };
  for (const [path, prefix] of Object.entries(paths)) assert.equal(prefixOf(path), prefix, path);
});

test("chats under different paths of a host do not see each other's entries", () => {
  const lasting = browserStorage();
  const chats = ["", "/chat/", "/chat/two/", "/team/"].map(
    (prefix) => new MemoryStorage(lasting, prefix),
  );
  const names = ["webchat.name", "webchat.outbox.k", "/", "ä 😀"];
  for (const [number, chat] of chats.entries())
    for (const name of names) chat.setItem(name, `${name} of ${number}`);
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
