// The private rooms that the user has got elsewhere come to this browser's list.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnRooms } from "../js/extras/OwnRooms.js";
import { Signal } from "../js/runtime.js";
import { MemoryStorage, MyRooms } from "../js/store/storage.js";
import { labelOf } from "../js/views/Navigation.js";
import { learnMore } from "../js/words/say.js";
import { TestServer, ann, self } from "./support/TestServer.js";
import { forSeeds } from "./support/seeded.js";

await learnMore();

const secret = (n) => `_private-${"a".repeat(25)}${"abcdefghijklmnopqrstuvwxyz234567"[n]}`;
const direct = `_direct-${"d".repeat(26)}`;

/** A page without a view, whose list has these rooms. */
async function pageWith(rooms, limits = 32) {
  const server = new TestServer();
  const mine = new MyRooms(new MemoryStorage());
  for (const room of rooms) mine.add(room);
  server.chat.beIn(rooms);
  await server.open();
  const all = { textChars: 4000, frameBytes: 65536, rooms: limits, dedupeSeconds: 600 };
  server.welcome("n1", { features: ["rooms"], limits: all });
  const told = [];
  const unread = [];
  const navigation = {
    get rooms() {
      return mine.list.map((name) => ({ name }));
    },
    get closed() {
      return mine.closed;
    },
    include(room, news) {
      if (!mine.add(room)) return false;
      if (news) unread.push(room);
      server.chat.enter(room);
      return true;
    },
    labelOf: (room) => labelOf(room, server.chat.room(room).rules.now),
  };
  const toast = { ask: (text) => told.push(text), show: (text) => told.push(text) };
  const page = { chat: server.chat, self, conversation: { room: "lobby", changed: new Signal() }, navigation, toast };
  new OwnRooms(page);
  return { server, mine, told, unread };
}

const rules = { title: "Planning", topic: "", speak: "everyone", slow: 0, role: "member" };

test("rooms that are missing are entered, but none that the user has closed here", async () => {
  const { server, mine, told } = await pageWith(["lobby", secret(1), secret(2)]);
  assert.equal(server.sent("rooms").length, 1);
  mine.remove(secret(2));
  server.say({ type: "rooms", rooms: [secret(3), secret(2), secret(1), "open", direct] });
  assert.deepEqual(mine.list, ["lobby", secret(1), direct, secret(3)]);
  assert.deepEqual(told, []);
});

test("the newest rooms come first if not all have a place", () =>
  forSeeds(50, async (seeded) => {
    const limit = 1 + seeded.below(6);
    const { server, mine } = await pageWith(["lobby"], limit);
    const rooms = Array.from({ length: seeded.below(8) }, (_, place) => secret(place + 10));
    server.say({ type: "rooms", rooms });
    const places = limit - 1;
    assert.deepEqual(new Set(mine.list), new Set(["lobby", ...rooms.slice(0, places)]));
  }));

test("whoever is added to a room is told once its title is known, and finds it unread", async () => {
  const { server, mine, told, unread } = await pageWith(["lobby", secret(1)]);
  mine.remove(secret(1));
  server.say({ type: "added", room: secret(1), from: ann });
  assert.deepEqual(told, []);
  server.joined({ room: secret(1), rules });
  assert.deepEqual(told, ["\u2068Ann\u2069 added you to \u2068Planning\u2069."]);
  assert.deepEqual(mine.closed, [], "it is open again");
  assert.deepEqual(unread, [secret(1)]);
  server.say({ type: "added", room: secret(1), from: ann });
  server.say({ type: "added", room: direct, from: ann });
  server.joined({ room: direct, rules: { ...rules, title: "", with: ann } });
  assert.deepEqual(told.slice(1), ["\u2068Ann\u2069 writes to you."]);
});

test("what the user does on another device is not news, and open rooms are nobody's gift", async () => {
  const { server, mine, told } = await pageWith(["lobby"]);
  server.say({ type: "added", room: secret(1), from: self });
  server.joined({ room: secret(1), rules });
  server.say({ type: "added", room: "open", from: ann });
  assert.deepEqual(mine.list, ["lobby", secret(1)]);
  assert.deepEqual(told, []);
});
