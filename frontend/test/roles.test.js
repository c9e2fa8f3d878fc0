// Rooms that belong to somebody (docs/protocol.md, section 13): what applies, as of the join and the entries since.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomNotes, RoomStore } from "../js/store/RoomStore.js";
import { unreadIn } from "../js/store/Unread.js";
import { MemoryStorage, MyRooms } from "../js/store/storage.js";
import { arrange } from "../js/views/arrange.js";
import { sentenceOf, spanOf } from "../js/views/events.js";
import { labelOf, titleOf } from "../js/views/Navigation.js";
import { learnMore } from "../js/words/say.js";
import { TestServer, ann, epoch, message, messages, self } from "./support/TestServer.js";
import { forSeeds } from "./support/seeded.js";

await learnMore();

const secret = `_private-${"a".repeat(26)}`;
const direct = `_direct-${"b".repeat(26)}`;
const none = { title: "", topic: "", speak: "everyone", slow: 0, role: "none" };
const act = (n, fields) => message(n, { target: "0-0", text: "", ...fields });
const role = (n, member, given, fields) => act(n, { act: "role", member, role: given, text: "Bob", ...fields });
const policy = (n, setting, text) => act(n, { act: "policy", setting, text });
const plain = (text) => text.replace(/[\u2068\u2069]/g, "");

/** The rules after some entries, in the plainest way. */
function after(entries) {
  const rules = { ...none };
  for (const { act: kind, member, role: given, setting, text } of entries) {
    if (kind === "role" && member === self.id) rules.role = given;
    if (kind === "policy") rules[setting] = setting === "slow" ? Number(text) : text;
  }
  return rules;
}

function entryAt(n, seeded) {
  const roles = ["owner", "moderator", "member", "banned", "none"];
  const speak = ["everyone", "members", "moderators"];
  return seeded.pick([
    () => message(n),
    () => role(n, seeded.pick([self.id, "u1", "u2"]), seeded.pick(roles)),
    () => policy(n, "speak", seeded.pick(speak)),
    () => policy(n, "slow", seeded.pick(["0", "30", "21600"])),
    () => policy(n, seeded.pick(["title", "topic"]), seeded.pick(["", "Planning", "x"])),
  ])();
}

test("the rules are those of the join and of every entry since, wherever the join was", () =>
  forSeeds(200, (seeded) => {
    const entries = Array.from({ length: 30 }, (_, place) => entryAt(place + 1, seeded));
    const joined = seeded.below(31);
    const shown = seeded.below(joined + 1);
    const room = new RoomStore(() => self.id);
    const head = joined > 0 ? entries[joined - 1].id : "0-0";
    const first = entries.slice(0, shown);
    const rules = seeded.chance(0.1) && joined === 0 ? null : after(entries.slice(0, joined));
    room.catchUp({ epoch, head, recovered: true, messages: first, more: shown < joined }, rules);
    // Pages, then live entries; some arrive twice.
    for (let place = shown; place < 30;) {
      const next = Math.min(30, place + 1 + seeded.below(4));
      room.resume(epoch, entries.slice(place, next));
      if (seeded.chance(0.3)) room.resume(epoch, entries.slice(place, next));
      place = next;
    }
    assert.deepEqual(room.rules.now, after(entries));
  }));

test("history changes no rules, however old or new it is", () => {
  const room = new RoomStore(() => self.id);
  const messagesNow = messages(10, 12);
  room.catchUp({ epoch, head: "1012-12", recovered: false, messages: messagesNow }, { ...none, title: "Now" });
  room.timeline.startLoading();
  room.addHistory({
    epoch,
    head: "1012-12",
    more: false,
    messages: [policy(3, "title", "Then"), role(4, self.id, "owner")],
  });
  assert.deepEqual(room.rules.now, { ...none, title: "Now" });
});

test("after a reset of the log, its entries count even if their numbers go back", () => {
  const room = new RoomStore(() => self.id);
  room.catchUp({ epoch, head: "1012-12", recovered: false, messages: [] }, { ...none, role: "member" });
  const reset = [policy(2, "title", "Again"), role(3, self.id, "moderator")];
  room.catchUp({ epoch: "00000000000000bb.00000001", head: "1003-3", recovered: false, messages: reset });
  assert.deepEqual(room.rules.now, { ...none, title: "Again", role: "moderator" });
});

test("who may speak depends on the policy and the role", () => {
  const may = {
    everyone: "owner moderator member none",
    members: "owner moderator member",
    moderators: "owner moderator",
  };
  for (const [speak, roles] of Object.entries(may))
    for (const given of ["owner", "moderator", "member", "none", "banned"]) {
      const room = new RoomStore();
      room.rules.reset({ ...none, speak, role: given }, "0-0");
      assert.equal(room.rules.maySpeak, roles.split(" ").includes(given), `${speak}, ${given}`);
    }
});

test("values that no version of this page knows change nothing", () => {
  const room = new RoomStore(() => self.id);
  for (const [setting, text] of Object.entries({ slow: "soon", speak: "nobody", colour: "red", role: "owner" }))
    room.resume(epoch, [policy(1, setting, text)]);
  assert.deepEqual(room.rules.now, none);
});

test("what happens to a room is a line of the conversation, not a message", async () => {
  const server = await new TestServer().inLobby({ messages: [message(1)], rules: none });
  const heard = [];
  server.chat.heard.listen((frame) => heard.push(frame));
  server.hear(role(2, self.id, "member", { text: `@${self.name}` }));
  server.hear(policy(3, "topic", `@${self.name}`));
  const { timeline, rules, position } = server.chat.room("lobby");
  const rows = arrange(server.chat.room("lobby"), [], self).map(({ kind }) => kind);
  assert.deepEqual(rows, ["day", "message", "event", "event"]);
  assert.equal(rules.now.role, "member");
  assert.equal(position.id, "1003-3");
  assert.deepEqual(unreadIn(timeline, "1001-1", self), { count: 0, mentions: 0, more: false });
  assert.deepEqual(heard, []);
  assert.equal(timeline.newest.id, "1001-1");
});

test("a join without rules has none", async () => {
  const server = await new TestServer().inLobby({ rules: { ...none, title: "Old" } });
  server.drop();
  await server.reconnect({ messages: [] });
  assert.deepEqual(server.chat.room("lobby").rules.now, none);
});

test("each event is a sentence", () => {
  const told = (entry, room = "lobby", before = undefined) => plain(sentenceOf(entry, room, before));
  assert.equal(told(role(1, "u2", "moderator")), "Ann made Bob a moderator");
  assert.equal(told(role(1, "u2", "owner")), "Ann made Bob an owner");
  assert.equal(told(role(1, "u1", "owner"), secret), "Ann created this room");
  assert.equal(told(role(1, "u1", "member"), secret), "Ann joined by invitation");
  assert.equal(told(role(1, "u2", "member"), secret), "Ann added Bob");
  assert.equal(told(role(1, "u2", "member"), secret, "moderator"), "Ann made Bob a member");
  assert.equal(told(role(1, "u2", "none"), secret), "Ann removed Bob");
  assert.equal(told(role(1, "u2", "none"), "lobby", "banned"), "Ann lifted the ban on Bob");
  assert.equal(told(role(1, "u1", "none"), secret), "Ann gave up their role");
  assert.equal(told(role(1, "u2", "banned")), "Ann banned Bob");
  assert.match(told(role(1, "u2", "banned", { until: 3_601_000 })), /^Ann banned Bob until \d/);
  assert.equal(told(role(1, "u1", "member"), direct), "Ann started this conversation");
  assert.equal(told(role(1, "u2", "member"), direct), "", "the other one is in the title");
  assert.equal(told(policy(1, "topic", "Ships")), "Ann set the topic: Ships");
  assert.equal(told(policy(1, "topic", "")), "Ann removed the topic");
  assert.equal(told(policy(1, "slow", "30")), "Ann turned on slow mode: one message every 30 sec");
  assert.equal(told(policy(1, "slow", "0")), "Ann turned off slow mode");
  assert.equal(told(policy(1, "speak", "moderators")), "Ann let only moderators write here");
  assert.equal(told(policy(1, "constructor", "x")), "Ann changed the settings of this room");
});

test("every event of this version is a sentence, whatever its values are", () =>
  forSeeds(300, (seeded) => {
    const entry = { ...entryAt(1, seeded), text: seeded.text() };
    if (entry.act === "role") entry.until = seeded.pick([undefined, 0, 8e15, 1e308]);
    if (!entry.act) return;
    assert.equal(typeof sentenceOf(entry, seeded.pick(["lobby", secret, direct])), "string");
  }));

test("lengths of time are told in their largest whole unit", () => {
  const told = {
    1: "1 sec",
    30: "30 sec",
    60: "1 min",
    90: "90 sec",
    3600: "1 hour",
    86400: "1 day",
    604800: "7 days",
  };
  for (const [seconds, text] of Object.entries(told)) assert.equal(spanOf(seconds), text);
});

test("a room is called by the other user, its title or its name", () => {
  assert.equal(titleOf("lobby", none), "lobby");
  assert.equal(labelOf("lobby", none), "#lobby");
  assert.equal(plain(labelOf("lobby", { ...none, title: "Hall" })), "Hall");
  assert.equal(titleOf(secret, none), "Private room");
  assert.equal(titleOf(secret, { ...none, title: "Planning" }), "Planning");
  assert.equal(titleOf(direct, { ...none, with: ann }), "Ann");
  assert.equal(titleOf(direct, none), "Private messages");
});

test("the name of a room says who may enter it", () => {
  for (const [name, kind] of Object.entries({
    [secret]: "private",
    [direct]: "direct",
    private: "open",
    "_private-x": "open",
    [`${secret}a`]: "open",
    [`_private-${"1".repeat(26)}`]: "open",
    [`x${secret}`]: "open",
  }))
    assert.equal(MyRooms.kindOf(name), kind, name);
});

test("messages of muted users are folded, unread by nobody, and can be opened", async () => {
  const notes = new RoomNotes(new MemoryStorage());
  const bob = { id: "u2", name: "Bob" };
  const said = [
    message(1),
    message(2, { from: bob }),
    message(3, { from: bob }),
    message(4),
    message(5, { from: bob }),
  ];
  const server = await new TestServer().inLobby({ messages: said });
  const room = server.chat.room("lobby");
  const open = new Set();
  const rows = (linked) =>
    arrange(room, [], self, null, linked, { room: "lobby", muted: notes.muted, open }).map(
      ({ kind, count, message: one }) => (kind === "muted" ? `${count} muted` : (one?.text ?? kind)),
    );
  const all = ["day", "text 1", "text 2", "text 3", "text 4", "text 5"];
  assert.deepEqual(rows(), all);
  notes.mute(bob.id, true);
  assert.deepEqual(rows(), ["day", "text 1", "2 muted", "text 4", "1 muted"]);
  assert.deepEqual(rows("1005-5"), ["day", "text 1", "2 muted", "text 4", "text 5"], "a linked one is shown");
  assert.equal(unreadIn(room.timeline, "1001-1", self, notes.muted).count, 1);
  const [{ key }] = arrange(room, [], self, null, "", { room: "lobby", muted: notes.muted, open }).filter(
    ({ kind }) => kind === "muted",
  );
  open.add(key);
  assert.deepEqual(rows(), ["day", "text 1", "2 muted", "text 2", "text 3", "text 4", "1 muted"]);
  notes.mute(bob.id, false);
  assert.deepEqual(rows(), all);
  assert.deepEqual(notes.muted, []);
});

test("muted users are neither announced nor shown as typing", async () => {
  const server = await new TestServer().inLobby();
  const told = [];
  server.chat.ignores = (user) => user === ann.id;
  server.chat.heard.listen(({ text }) => told.push(text));
  server.chat.typing.listen(({ user }) => told.push(user.name));
  server.hear(message(1));
  server.say({ type: "typing", room: "lobby", user: ann });
  assert.deepEqual(told, []);
  server.hear(message(2, { from: { id: "u2", name: "Bob" } }));
  assert.deepEqual(told, ["text 2"]);
});
