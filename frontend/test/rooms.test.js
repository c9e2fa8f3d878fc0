import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomNotes, RoomStore } from "../js/store/RoomStore.js";
import { Comings } from "../js/store/Timeline.js";
import { unreadIn } from "../js/store/Unread.js";
import { MemoryStorage, MyRooms } from "../js/store/storage.js";
import { compareIDs } from "../js/transport/frames.js";
import { ann, epoch, message, messages, self } from "./support/TestServer.js";

const later = "00000000000000bb.00000001";

function room(first = messages(1, 3), fields = {}) {
  const store = new RoomStore();
  const head = first.at(-1)?.id ?? "0-0";
  store.catchUp({ epoch, head, recovered: true, messages: first, more: false, ...fields });
  return store;
}

/** The numbers of messages, and `gap`. */
function shown({ timeline }) {
  return timeline.entries.map((entry) => (entry.kind === "gap" ? "gap" : Number(entry.message.id.split("-")[1])));
}

test("ids are ordered by time, then by number, numerically", () => {
  const ids = ["10-1", "9-12", "9-2", "10-0"];
  assert.deepEqual(ids.sort(compareIDs), ["9-2", "9-12", "10-0", "10-1"]);
});

test("a repeated message is shown once, in order", () => {
  const store = room();
  store.hear(epoch, message(5));
  store.hear(epoch, message(4));
  store.hear(epoch, message(5));
  assert.deepEqual(shown(store), [1, 2, 3, 4, 5]);
});

test("the position follows deliveries, never acknowledgements", () => {
  const store = room();
  store.confirm(message(6));
  assert.equal(store.position.id, "1003-3");
  store.hear(epoch, message(4));
  assert.equal(store.position.id, "1004-4");
  assert.deepEqual(shown(store), [1, 2, 3, 4, 6]);
});

test("pages of a resume move the position", () => {
  const store = room();
  store.catchUp({ epoch, head: "1009-9", recovered: true, messages: messages(4, 6), more: true });
  assert.equal(store.position.id, "1006-6");
  store.resume(epoch, messages(7, 9));
  assert.equal(store.position.id, "1009-9");
  assert.deepEqual(shown(store), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("an empty room has no position to resume from, so its first messages are not a gap", () => {
  const store = room([], { epoch: "0" });
  assert.equal(store.position, null);
  store.catchUp({ epoch, head: "1002-2", recovered: false, messages: messages(1, 2), more: false });
  assert.deepEqual(shown(store), [1, 2]);
});

test("a failed resume is a gap with the number of lost messages", () => {
  const store = room();
  const missing = { from: "1004-4", to: "1008-8" };
  const answer = { head: "1010-10", recovered: false, missing, messages: messages(9, 10) };
  store.catchUp({ epoch, more: false, ...answer });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 9, 10]);
  assert.equal(store.recovered, false);
  assert.equal(store.timeline.entries[3].open, false, "all of what is missing is lost");
});

test("a new epoch keeps the known messages and has its own position", () => {
  const store = room();
  const fresh = [message(1, { text: "other" }), message(2, { text: "other" })];
  store.catchUp({ epoch: later, head: "1002-2", recovered: false, messages: fresh, more: false });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 1, 2]);
  assert.deepEqual(store.position, { epoch: later, id: "1002-2" });
});

test("an empty new log and a reconnect to it keep the known messages", () => {
  const store = room();
  const nothing = { epoch: "0", head: "0-0", recovered: false, messages: [], more: false };
  store.catchUp(nothing);
  store.catchUp(nothing);
  assert.deepEqual(shown(store), [1, 2, 3, "gap"]);
  store.catchUp({ ...nothing, epoch: later, head: "1001-1", messages: messages(1, 1) });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 1]);
  assert.deepEqual(store.position, { epoch: later, id: "1001-1" });
});

test("a late ack of a message before the known ones leaves no hidden hole", () => {
  const store = room(messages(9, 12));
  store.confirm(message(4));
  assert.deepEqual(shown(store), [9, 10, 11, 12]);
  assert.equal(store.timeline.startLoading(), "1009-9");
});

test("nothing is shown twice after a gap", () => {
  const store = room();
  const fork = "00000000000000aa.00000002";
  const answer = { head: "1004-4", recovered: false, messages: messages(2, 4) };
  store.catchUp({ epoch: fork, more: false, ...answer });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 4]);
});

test("a failover without loss is invisible", () => {
  const store = room();
  const fork = "00000000000000aa.00000002";
  store.catchUp({ epoch: fork, head: "1004-4", recovered: true, messages: [message(4)] });
  assert.deepEqual(shown(store), [1, 2, 3, 4]);
  assert.equal(store.position.epoch, fork);
});

test("earlier messages are requested one page at a time, until there are none", () => {
  const store = room(messages(101, 150));
  const { timeline } = store;
  assert.equal(timeline.startLoading(), "1101-101");
  assert.equal(timeline.startLoading(), null);
  store.addHistory({ epoch, head: "9999-9999", messages: messages(51, 100), more: true });
  assert.equal(timeline.startLoading(), "1051-51");
  timeline.stopLoading();
  assert.equal(timeline.startLoading(), "1051-51");
  store.addHistory({ epoch, head: "9999-9999", messages: messages(1, 50), more: false });
  assert.equal(timeline.startLoading(), null);
  assert.equal(shown(store).length, 150);
});

test("a room that is known from its first message has nothing earlier", () => {
  assert.equal(room(messages(1, 3)).timeline.startLoading(), null);
});

test("a gap is filled with what is available, down to the known messages", () => {
  const store = room();
  store.catchUp({ epoch, head: "1090-90", recovered: false, messages: messages(41, 90) });
  const gap = store.timeline.entries[3];
  assert.equal(gap.open, true);
  assert.equal(store.timeline.startLoading(gap.serial), "1041-41");
  store.addHistory({ epoch, head: "9999-9999", messages: messages(1, 40), more: false });
  assert.equal(shown(store).length, 91);
  assert.equal(store.timeline.entries[3].open, false);
});

test("when the log has changed there is nothing earlier to load", () => {
  const store = room(messages(101, 150));
  store.timeline.startLoading();
  store.addHistory({ epoch: later, head: "9999-9999", messages: messages(1, 50), more: true });
  assert.equal(shown(store).length, 50);
  assert.equal(store.timeline.startLoading(), null);
});

test("an unexpected answer is ignored", () => {
  const store = room();
  store.addHistory({ epoch, head: "9999-9999", messages: [message(99)], more: true });
  assert.deepEqual(shown(store), [1, 2, 3]);
});

test("the oldest messages are dropped at the end of a room and can be loaded again", () => {
  const store = room();
  for (const one of messages(4, 700)) store.hear(epoch, one);
  store.timeline.trim(true);
  assert.equal(shown(store).length, 300);
  assert.equal(store.timeline.startLoading(), "1401-401");
});

test("a reader further up keeps ten thousand", () => {
  const store = room(messages(1, 20_000));
  store.timeline.trim(false);
  assert.equal(store.timeline.entries.length, 20_000);
  store.hear(epoch, message(20_001));
  store.timeline.trim(false);
  assert.equal(store.timeline.entries.length, 10_000);
});

test("members join, leave and change their names", () => {
  const { members } = room();
  members.reset([{ id: "b", name: "Bob" }], 1);
  members.change([{ id: "a", name: "Ann" }], [], 2);
  members.rename({ id: "b", name: "Ab" });
  members.rename({ id: "x", name: "Nobody" });
  assert.deepEqual(members.list, [
    { id: "b", name: "Ab" },
    { id: "a", name: "Ann" },
  ]);
  members.change([], [{ id: "a", name: "Ann" }], 1);
  assert.equal(members.list.length, 1);
});

test("an address names a room, or the lobby", () => {
  assert.equal(MyRooms.inAddress("#/r/general"), "general");
  assert.equal(MyRooms.inAddress("#/r/general/m/1-1"), "general");
  for (const hash of ["", "#", "#/r/", "#/r/Caps", "#/r/_canary", "#/r/a b", "#/x/general"]) {
    assert.equal(MyRooms.inAddress(hash), "lobby");
  }
});

test("the rooms of the user are stored, up to the limit of the server", () => {
  const rooms = new MyRooms(new MemoryStorage());
  for (let n = 0; n < 32; n += 1) assert.ok(rooms.add(`room-${n}`));
  assert.equal(rooms.add("one-more"), false);
  assert.equal(rooms.add("room-3"), true, "we are there already");
  rooms.remove("room-3");
  assert.ok(rooms.add("one-more"));
  assert.equal(rooms.list.length, 32);
});

test("another tab's rooms are ours", () => {
  const rooms = new MyRooms(new MemoryStorage());
  let told = 0;
  rooms.changed.listen(() => (told += 1));
  rooms.changedElsewhere("webchat.rooms");
  rooms.changedElsewhere("webchat.token");
  assert.equal(told, 1);
});

test("draft and last read message are stored per room; leaving drops only the latter", () => {
  const storage = new MemoryStorage();
  const notes = new RoomNotes(storage);
  notes.setDraft("lobby", "half a");
  notes.setRead("lobby", "1005-5");
  notes.setRead("lobby", "1004-4");
  assert.equal(new RoomNotes(storage).draft("lobby"), "half a");
  assert.equal(notes.read("lobby"), "1005-5", "nothing is unread again");
  assert.equal(notes.read("other"), null);
  notes.forget("lobby");
  assert.equal(notes.read("lobby"), null);
  assert.equal(notes.draft("lobby"), "half a", "another tab may be writing it");
  notes.setDraft("lobby", "");
  assert.equal(storage.names.length, 0);
});

test("the unfinished edit is stored per room", () => {
  const storage = new MemoryStorage();
  const notes = new RoomNotes(storage);
  const edit = { id: "1005-5", text: "two\nlines, " };
  notes.setEdit("lobby", edit);
  assert.deepEqual(new RoomNotes(storage).edit("lobby"), edit);
  assert.equal(notes.edit("other"), null);
  notes.setEdit("lobby", null);
  assert.equal(storage.names.length, 0);
  for (const broken of ["", "x", "1005-5", "x y"]) {
    storage.setItem("webchat.edit.lobby", broken);
    assert.equal(notes.edit("lobby"), null);
  }
});

test("messages of others after the last read one are unread", () => {
  const store = room(messages(1, 3));
  store.hear(epoch, message(4, { from: self }));
  store.hear(epoch, message(5, { text: "Hello @mira!" }));
  assert.deepEqual(unreadIn(store.timeline, "1002-2", self), {
    count: 2,
    mentions: 1,
    more: false,
  });
  assert.equal(unreadIn(store.timeline, "1005-5", self).count, 0);
  assert.equal(unreadIn(store.timeline, null, self).count, 0, "who is new has missed nothing");
});

test("unread says if there are more than the loaded ones", () => {
  assert.deepEqual(unreadIn(room(messages(51, 100)).timeline, "1010-10", self), {
    count: 50,
    mentions: 0,
    more: true,
  });
});

test("joins and leaves share one note, and cancel out", () => {
  const comings = new Comings();
  const bob = { id: "b", name: "Bob" };
  comings.add("1-1", [ann, bob], []);
  comings.add("1-1", [], [bob, self]);
  assert.deepEqual(comings.after("1-1"), { joined: [ann], left: [self] });
  comings.add("1-1", [self], [ann]);
  assert.equal(comings.after("1-1"), null);
  for (let n = 0; n < 60; n += 1) comings.add(`2-${n}`, [ann], []);
  assert.equal(comings.after("2-5"), null, "the oldest notes make way");
});

test("ten thousand messages are inserted quickly, in any order", () => {
  const store = room(messages(9951, 10_000));
  const begun = process.cpuUsage();
  for (let first = 9901; first > 0; first -= 50) {
    store.timeline.startLoading();
    const page = messages(first, first + 49);
    store.addHistory({ epoch, head: "9999-9999", messages: page, more: first > 1 });
  }
  assert.deepEqual(
    shown(store),
    Array.from({ length: 10_000 }, (_, index) => index + 1),
  );
  // CPU time, so that other processes do not count.
  assert.ok(process.cpuUsage(begun).user < 2_000_000);
});
