import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomStore } from "../js/store/RoomStore.js";
import { ReadMark, goesFurtherBack, idBefore, newsIn, unreadIn } from "../js/store/Unread.js";
import { compareIDs } from "../js/transport/frames.js";
import { ann, epoch, message, messages, self } from "./support/TestServer.js";
import { forSeeds } from "./support/seeded.js";

const id = (number) => `${1000 + number}-${number}`;

test("what is read is exactly what was added, in any order, also after it was stored", () =>
  forSeeds(300, (random) => {
    const first = random.below(20);
    let mark = new ReadMark(id(first));
    const read = new Set(Array.from({ length: first }, (_, n) => n + 1));
    for (let turn = random.below(25); turn > 0; turn -= 1) {
      const after = random.below(100);
      const upTo = after + 1 + random.below(12);
      mark.add(id(after), id(upTo));
      for (let number = after + 1; number <= upTo; number += 1) read.add(number);
      if (random.chance(0.3)) mark = new ReadMark(mark.upTo, mark.parts);
      for (let number = 1; number < 120; number += 1) assert.equal(mark.has(id(number)), read.has(number), `${number}`);
    }
    let end = first;
    while (read.has(end + 1)) end += 1;
    assert.equal(mark.upTo, id(end), "what is read without a hole needs no parts");
  }));

test("what is stored is bounded, and what makes way is unread again", () => {
  const mark = new ReadMark(id(0));
  for (let number = 2; number < 1_000; number += 3) mark.add(id(number), id(number + 1));
  assert.ok(mark.parts.length < 2_000);
  assert.ok(mark.has(id(999)));
  assert.ok(!mark.has(id(3)));
});

test("anything that may be stored is ignored if it is no stretch", () => {
  for (const text of ["", " ", "x", ":", "1-1:", ":1-1", "1-1:2-2:3-3", "9-9:1-1", "1-1 2-2", "a:b 5-5:6-6 <b>"]) {
    const mark = new ReadMark("2-2", text);
    assert.equal(mark.upTo, "2-2");
    assert.equal(mark.has("6-6"), text.includes("5-5:6-6"));
  }
});

test("no message is between an id and the one before it", () => {
  for (const one of ["1-1", "5-0", "1700000000000-12", "0-0"]) {
    assert.ok(compareIDs(idBefore(one), one) <= 0);
    if (one !== "0-0") assert.ok(compareIDs(idBefore(one), one) < 0);
  }
});

test("a message is unread until it was read, whatever was read around it", () => {
  const room = new RoomStore();
  room.catchUp({ epoch, head: id(50), recovered: false, messages: messages(1, 50) });
  room.hear(epoch, message(51, { text: "@mira, look" }));
  room.hear(epoch, message(52, { from: self }));
  const mark = new ReadMark(id(10));
  mark.add(id(40), id(50));
  assert.deepEqual(unreadIn(room.timeline, mark, self), { count: 31, mentions: 1, more: false });
  assert.equal(newsIn(room.timeline, mark, self).at(-1).id, id(11), "the first one is the last of the list");
  mark.add(id(10), id(40));
  assert.equal(mark.upTo, id(50));
  assert.deepEqual(newsIn(room.timeline, mark, self), [{ id: id(51), mentions: true }]);
  assert.equal(unreadIn(room.timeline, mark, self, [ann.id]).count, 0);
});

test("what is not loaded may be unread, unless the first loaded message follows what is read", () => {
  const room = new RoomStore();
  room.catchUp({ epoch, head: id(100), recovered: false, messages: messages(51, 100) });
  assert.equal(goesFurtherBack(room.timeline, new ReadMark(id(49))), true);
  assert.equal(goesFurtherBack(room.timeline, new ReadMark(id(50))), false);
  assert.equal(goesFurtherBack(room.timeline, new ReadMark(id(80))), false);
  const all = new ReadMark(id(10));
  all.add(id(50), id(100));
  assert.deepEqual(unreadIn(room.timeline, all, self), { count: 0, mentions: 0, more: true });
});
