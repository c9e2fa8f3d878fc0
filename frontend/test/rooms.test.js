import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomStore } from "../js/store/RoomStore.js";
import { compareIDs } from "../js/store/ids.js";
import { Comings } from "../js/store/Comings.js";
import { MyRooms } from "../js/store/MyRooms.js";
import { RoomNotes } from "../js/store/RoomNotes.js";
import { unreadIn } from "../js/store/unread.js";
import { MemoryStorage } from "../js/store/storage.js";
import { ann, epoch, message, messages, self } from "./support/TestServer.js";

const later = "00000000000000bb.00000001";

function room(first = messages(1, 3), fields = {}) {
  const store = new RoomStore();
  const head = first.at(-1)?.id ?? "0-0";
  store.catchUp({ epoch, head, recovered: true, messages: first, more: false, ...fields });
  return store;
}

/** Numbers of messages, and `gap`. */
function shown({ timeline }) {
  return timeline.entries.map((entry) =>
    entry.kind === "gap" ? "gap" : Number(entry.message.id.split("-")[1]),
  );
}

test("ids are ordered by time, then by number, as numbers", () => {
  const ids = ["10-1", "9-12", "9-2", "10-0"];
  assert.deepEqual(ids.sort(compareIDs), ["9-2", "9-12", "10-0", "10-1"]);
});

test("what is said twice is shown once, and in its order", () => {
  const store = room();
  store.hear(epoch, message(5));
  store.hear(epoch, message(4));
  store.hear(epoch, message(5));
  assert.deepEqual(shown(store), [1, 2, 3, 4, 5]);
});

test("the position follows what was delivered, never what was only acknowledged", () => {
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

test("an empty room has no position to resume from, so its first messages are no gap", () => {
  const store = room([], { epoch: "0" });
  assert.equal(store.position, null);
  store.catchUp({ epoch, head: "1002-2", recovered: false, messages: messages(1, 2), more: false });
  assert.deepEqual(shown(store), [1, 2]);
});

test("what could not be resumed is a gap with the count of what is lost", () => {
  const store = room();
  const missing = { from: "1004-4", to: "1008-8" };
  const answer = { head: "1010-10", recovered: false, missing, messages: messages(9, 10) };
  store.catchUp({ epoch, more: false, ...answer });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 9, 10]);
  assert.equal(store.recovered, false);
  assert.equal(store.timeline.entries[3].open, false, "all of what is missing is lost");
});

test("a new epoch keeps what was shown, and counts from its own position", () => {
  const store = room();
  const fresh = [message(1, { text: "other" }), message(2, { text: "other" })];
  store.catchUp({ epoch: later, head: "1002-2", recovered: false, messages: fresh, more: false });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 1, 2]);
  assert.deepEqual(store.position, { epoch: later, id: "1002-2" });
});

test("an empty new log, and a reconnect to it, leave what was shown", () => {
  const store = room();
  const nothing = { epoch: "0", head: "0-0", recovered: false, messages: [], more: false };
  store.catchUp(nothing);
  store.catchUp(nothing);
  assert.deepEqual(shown(store), [1, 2, 3, "gap"]);
  const other = "00000000000000bb.00000001";
  store.catchUp({ ...nothing, epoch: other, head: "1001-1", messages: messages(1, 1) });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 1]);
  assert.deepEqual(store.position, { epoch: other, id: "1001-1" });
});

test("a late answer about a message from before what is shown makes no hidden hole", () => {
  const store = room(messages(9, 12));
  store.confirm(message(4));
  assert.deepEqual(shown(store), [9, 10, 11, 12]);
  assert.equal(store.timeline.startLoading(), "1009-9");
});

test("after a gap nothing is shown twice", () => {
  const store = room();
  const fork = "00000000000000aa.00000002";
  const answer = { head: "1004-4", recovered: false, messages: messages(2, 4) };
  store.catchUp({ epoch: fork, more: false, ...answer });
  assert.deepEqual(shown(store), [1, 2, 3, "gap", 4]);
});

test("a failover that lost nothing is not seen", () => {
  const store = room();
  const fork = "00000000000000aa.00000002";
  store.catchUp({ epoch: fork, head: "1004-4", recovered: true, messages: [message(4)] });
  assert.deepEqual(shown(store), [1, 2, 3, 4]);
  assert.equal(store.position.epoch, fork);
});

test("earlier messages are asked for once at a time, until there are none", () => {
  const store = room(messages(101, 150));
  const { timeline } = store;
  assert.equal(timeline.startLoading(), "1101-101");
  assert.equal(timeline.startLoading(), null);
  store.addHistory({ epoch: epoch, head: "9999-9999", messages: messages(51, 100), more: true });
  assert.equal(timeline.startLoading(), "1051-51");
  timeline.stopLoading();
  assert.equal(timeline.startLoading(), "1051-51");
  store.addHistory({ epoch: epoch, head: "9999-9999", messages: messages(1, 50), more: false });
  assert.equal(timeline.startLoading(), null);
  assert.equal(shown(store).length, 150);
});

test("a room that is known from its first message has nothing earlier", () => {
  assert.equal(room(messages(1, 3)).timeline.startLoading(), null);
});

test("a gap is filled with what there is, down to what is known", () => {
  const store = room();
  store.catchUp({ epoch, head: "1090-90", recovered: false, messages: messages(41, 90) });
  const gap = store.timeline.entries[3];
  assert.equal(gap.open, true);
  assert.equal(store.timeline.startLoading(gap.serial), "1041-41");
  store.addHistory({ epoch: epoch, head: "9999-9999", messages: messages(1, 40), more: false });
  assert.equal(shown(store).length, 91);
  assert.equal(store.timeline.entries[3].open, false);
});

test("when the log is another one now, there is nothing earlier to be had", () => {
  const store = room(messages(101, 150));
  store.timeline.startLoading();
  store.addHistory({ epoch: later, head: "9999-9999", messages: messages(1, 50), more: true });
  assert.equal(shown(store).length, 50);
  assert.equal(store.timeline.startLoading(), null);
});

test("an answer nobody waits for is ignored", () => {
  const store = room();
  store.addHistory({ epoch: epoch, head: "9999-9999", messages: [message(99)], more: true });
  assert.deepEqual(shown(store), [1, 2, 3]);
});

test("a long stay lets the oldest go, and can have them back", () => {
  const store = room();
  for (const one of messages(4, 700)) store.hear(epoch, one);
  store.timeline.trim(true);
  assert.equal(shown(store).length, 300);
  assert.equal(store.timeline.startLoading(), "1401-401");
});

test("a reader who is further up keeps ten thousand", () => {
  const store = room(messages(1, 20_000));
  store.timeline.trim(false);
  assert.equal(store.timeline.entries.length, 20_000);
  store.hear(epoch, message(20_001));
  store.timeline.trim(false);
  assert.equal(store.timeline.entries.length, 10_000);
});

test("members come, go and change their names", () => {
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

test("rooms one is in are remembered, at most as many as the server takes", () => {
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

test("a draft and how far was read are kept for each room, and forgotten with it", () => {
  const storage = new MemoryStorage();
  const notes = new RoomNotes(storage);
  notes.setDraft("lobby", "half a");
  notes.setRead("lobby", "1005-5");
  notes.setRead("lobby", "1004-4");
  assert.equal(new RoomNotes(storage).draft("lobby"), "half a");
  assert.equal(notes.read("lobby"), "1005-5", "nothing is unread again");
  assert.equal(notes.read("other"), null);
  notes.setDraft("lobby", "");
  notes.forget("lobby");
  assert.equal(storage.names.length, 0);
});

test("unread is what others said after the last one that was read", () => {
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

test("unread says when there are more than are loaded", () => {
  assert.deepEqual(unreadIn(room(messages(51, 100)).timeline, "1010-10", self), {
    count: 50,
    mentions: 0,
    more: true,
  });
});

test("who came and who left stand in one note; who did both, in none", () => {
  const comings = new Comings();
  const bob = { id: "b", name: "Bob" };
  comings.add("1-1", [ann, bob], []);
  comings.add("1-1", [], [bob, self]);
  assert.deepEqual(comings.after("1-1"), { joined: ["Ann"], left: ["Mira"] });
  comings.add("1-1", [self], [ann]);
  assert.equal(comings.after("1-1"), null);
  for (let n = 0; n < 60; n += 1) comings.add(`2-${n}`, [ann], []);
  assert.equal(comings.after("2-5"), null, "the oldest notes make way");
});

test("ten thousand messages are put in their places quickly, whichever way they come", () => {
  const store = room(messages(9951, 10_000));
  const begun = process.cpuUsage();
  for (let first = 9901; first > 0; first -= 50) {
    store.timeline.startLoading();
    store.addHistory({
      epoch: epoch,
      head: "9999-9999",
      messages: messages(first, first + 49),
      more: first > 1,
    });
  }
  assert.deepEqual(
    shown(store),
    Array.from({ length: 10_000 }, (_, index) => index + 1),
  );
  // Processor time: what else the machine does is not counted.
  assert.ok(process.cpuUsage(begun).user < 2_000_000);
});
