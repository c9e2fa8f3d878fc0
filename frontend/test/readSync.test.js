// What is read on one device is read on the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadSync } from "../js/extras/ReadSync.js";
import { RoomNotes } from "../js/store/RoomStore.js";
import { MyRooms } from "../js/store/storage.js";
import { ReadMark } from "../js/store/Unread.js";
import { compareIDs } from "../js/transport/frames.js";
import { TestServer, epoch } from "./support/TestServer.js";
import { forSeeds } from "./support/seeded.js";

const id = (number) => `${1000 + number}-${number}`;
const features = ["rooms", "read"];

/** A device in the lobby, where everything up to a number is read. */
async function device(upTo, head = 50) {
  const server = new TestServer();
  const notes = new RoomNotes(server.storage);
  if (upTo !== null) notes.setNote("read", "lobby", id(upTo));
  server.chat.enter("lobby");
  await server.open();
  const timers = [];
  const sync = new ReadSync(server.chat, notes, (_, run) => timers.push(run));
  server.welcome("n1", { features });
  const join = () => server.joined({ head: id(head) });
  const pass = () => {
    for (const run of timers.splice(0)) run();
  };
  const read = (number) => {
    const mark = new ReadMark(notes.read("lobby"), notes.note("seen", "lobby"));
    mark.add(mark.upTo, id(number));
    notes.setNote("read", "lobby", mark.upTo);
    notes.tellRead("lobby");
  };
  const hear = (number, fields) => server.say({ type: "read", room: "lobby", epoch, id: id(number), ...fields });
  const told = () => server.sent("read").map((frame) => frame.id);
  return { server, notes, sync, join, pass, read, hear, told };
}

test("what was read is told once in a while, and only if it is further", async () => {
  const { server, sync, join, pass, read, told } = await device(3);
  assert.equal(server.sent("reads").length, 1);
  join();
  for (const number of [4, 5, 6]) read(number);
  assert.deepEqual(told(), []);
  pass();
  assert.deepEqual(server.sent("read"), [{ type: "read", room: "lobby", epoch, id: id(6) }]);
  pass();
  sync.flush();
  read(6);
  pass();
  assert.deepEqual(told(), [id(6)]);
  read(9);
  sync.flush();
  assert.deepEqual(told(), [id(6), id(9)], "at once when the user looks away");
});

test("what was read before the room was joined, or offline, is told afterwards", async () => {
  const { server, join, pass, read, told } = await device(3);
  read(5);
  pass();
  assert.deepEqual(told(), []);
  join();
  pass();
  assert.deepEqual(told(), [id(5)]);
  server.drop();
  read(8);
  pass();
  server.socket.wake();
  await server.accept();
  server.welcome("n2", { features });
  assert.equal(server.sent("reads").length, 1);
  join();
  pass();
  assert.deepEqual(told(), [id(8)]);
});

test("nothing is told to a server that knows nothing of it", async () => {
  const { server, join, pass, read, sync } = await device(3);
  server.drop();
  server.socket.wake();
  await server.accept();
  server.welcome("n2", { features: ["rooms"] });
  join();
  read(5);
  pass();
  sync.flushAll();
  assert.deepEqual([server.sent("read"), server.sent("reads")], [[], []]);
});

test("what was read elsewhere is read here, in any order, and never unread again", () =>
  forSeeds(100, async (random) => {
    const { notes, join, pass, read, hear, told } = await device(5);
    let furthest = 5;
    let heard = 0;
    const joinedAt = random.below(10);
    for (let turn = 0; turn < 20; turn += 1) {
      if (turn === joinedAt) join();
      const number = 1 + random.below(40);
      const own = random.chance(0.3);
      if (own && number > furthest) read(number);
      if (!own) hear(number);
      // The server tells what is furthest, so of those that came early the last one counts.
      if (!own && turn < joinedAt) heard = number;
      else if (!own || number > furthest) furthest = Math.max(furthest, number);
      if (turn >= joinedAt) furthest = Math.max(furthest, heard);
      assert.equal(notes.read("lobby"), id(furthest));
      if (random.chance(0.3)) pass();
    }
    const all = told();
    assert.deepEqual(all, [...all].sort(compareIDs));
  }));

test("stretches read here join what was read elsewhere", async () => {
  const { notes, join, hear } = await device(5);
  notes.setNote("seen", "lobby", `${id(8)}:${id(12)} ${id(20)}:${id(30)}`);
  join();
  hear(9);
  assert.deepEqual([notes.read("lobby"), notes.note("seen", "lobby")], [id(12), `${id(20)}:${id(30)}`]);
});

test("a room that is entered for the first time begins where it was read elsewhere", async () => {
  const { notes, join, hear } = await device(null);
  join();
  // As the page does.
  notes.setRead("lobby", id(50));
  hear(7);
  assert.equal(notes.read("lobby"), id(7));
  hear(5);
  assert.equal(notes.read("lobby"), id(7), "from then on only forward");
});

test("what was read of another log of the room means nothing", async () => {
  const { notes, join, hear } = await device(5);
  hear(9, { epoch: "00000000000000bb.00000001" });
  join();
  assert.equal(notes.read("lobby"), id(5));
  hear(9, { epoch: `${epoch.split(".")[0]}.0000000f` });
  assert.equal(notes.read("lobby"), id(9), "it moved to another server");
});

test("what was marked as unread here stays unread, until it is read here and newer messages elsewhere", async () => {
  const { notes, join, pass, read, hear, told } = await device(30);
  join();
  // Everything from 20 on, as Reading does it; 30 is the newest.
  notes.setNote("held", "lobby", `${id(19)} ${id(30)}`);
  notes.setNote("read", "lobby", id(19));
  for (const number of [30, 35]) hear(number);
  assert.equal(notes.read("lobby"), id(19));
  read(22);
  hear(30);
  assert.equal(notes.read("lobby"), id(22));
  pass();
  assert.deepEqual(told(), [], "the others have read more");
  hear(36);
  assert.equal(notes.read("lobby"), id(36));
  assert.equal(notes.note("held", "lobby"), "");
});

test("only a link to a user is one, and it names a room that can be opened", () => {
  const token = "AbC-_x9";
  assert.deepEqual(MyRooms.linkInAddress(`#/l/${token}/garden`), { token, room: "garden", others: [] });
  const several = `#/l/${token}/_private-${"a".repeat(26)},garden,,No,_private-${"b".repeat(26)},_direct-x,attic`;
  const { room, others } = MyRooms.linkInAddress(several);
  assert.deepEqual([room, ...others], [`_private-${"a".repeat(26)}`, "garden", "attic"]);
  assert.equal(MyRooms.linkInAddress(`#/l/${token}/${"a,".repeat(900)}`).others.length, 31);

  for (const end of ["", "/", "/NO", "/_private-x", "/%20"])
    assert.deepEqual(MyRooms.linkInAddress(`#/l/${token}${end}`), { token, room: "lobby", others: [] }, end);
  for (const hash of [
    "",
    "#",
    "#/l/",
    "#/l//garden",
    "#/l/a.b",
    "#/l/a b",
    "#/l/a/b/c",
    "#/i/a",
    `#/l/${"a".repeat(4097)}`,
  ])
    assert.equal(MyRooms.linkInAddress(hash), null, hash);
});
