import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomOrder } from "../js/views/RoomList.js";
import { forSeeds } from "./support/seeded.js";

const room = (name, count = 0, mentions = 0, muted = false) => ({
  name,
  title: name,
  kind: "open",
  muted,
  unread: { count, mentions, more: false },
});
const names = (rooms) => rooms.map(({ name }) => name).join(" ");

test("mentions come first, then unread rooms, then the rest, each in the order they were entered", () => {
  const rooms = [room("a"), room("b", 2), room("c", 3, 1), room("d", 1), room("e", 1, 1), room("f", 9, 9, true)];
  assert.equal(names(new RoomOrder().sort(rooms, "")), "c e b d a f");
});

test("the room on screen keeps its rank until another one is shown", () => {
  const order = new RoomOrder();
  assert.equal(names(order.sort([room("a"), room("b", 2), room("c", 1)], "a")), "b c a");
  assert.equal(names(order.sort([room("a"), room("b", 2), room("c", 1)], "c")), "b c a");
  assert.equal(names(order.sort([room("a"), room("b", 2), room("c")], "c")), "b c a");
  assert.equal(names(order.sort([room("a"), room("b", 2), room("c")], "b")), "b a c");
});

test("while the list is held, no room moves, and new ones come last", () =>
  forSeeds(200, (random) => {
    const order = new RoomOrder();
    let rooms = Array.from({ length: 1 + random.below(12) }, (_, n) =>
      room(`room-${n}`, random.below(3), random.below(2)),
    );
    let shown = order.sort(rooms, "room-0").map(({ name }) => name);
    for (let turn = 0; turn < 10; turn += 1) {
      rooms = rooms.filter(() => !random.chance(0.1)).map(({ name }) => room(name, random.below(3), random.below(2)));
      if (random.chance(0.3)) rooms.push(room(`new-${turn}`, random.below(3)));
      const known = new Set(rooms.map(({ name }) => name));
      const added = rooms.map(({ name }) => name).filter((name) => !shown.includes(name));
      shown = [...shown.filter((name) => known.has(name)), ...added];
      assert.deepEqual(
        order.sort(rooms, random.pick(["room-0", "room-1"]), true).map(({ name }) => name),
        shown,
      );
    }
  }));
