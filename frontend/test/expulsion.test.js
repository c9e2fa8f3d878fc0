// Rooms that belong to somebody: being removed, what a role allows, names, and requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lostName } from "../js/extras/MakeCards.js";
import { RoomRequests, actionsOn, giveRole, namesNow, peopleNamed, problemWith } from "../js/extras/rooms.js";
import { Outbox } from "../js/store/Outbox.js";
import { MemoryStorage, MyRooms } from "../js/store/storage.js";
import { leaving } from "../js/views/DeadEnds.js";
import { arrange } from "../js/views/arrange.js";
import { learnMore } from "../js/words/say.js";
import { TestServer, ann, message, self } from "./support/TestServer.js";
import { forSeeds } from "./support/seeded.js";

await learnMore();

const secret = `_private-${"a".repeat(26)}`;
const other = `_private-${"b".repeat(26)}`;
const limits = { features: ["rooms"] };

/** In the lobby and in a private room. */
async function inBoth(storage) {
  const server = new TestServer(storage);
  server.expelled = server.chat.expulsions;
  server.chat.beIn(["lobby", secret]);
  await server.open();
  server.welcome("n1", limits);
  server.joined();
  server.joined({ room: secret, rules: { title: "Planning", topic: "", speak: "everyone", slow: 0, role: "member" } });
  return server;
}

const reasons = {
  removed: (server) => server.say({ type: "left", room: secret, reason: "removed" }),
  banned: (server) => server.say({ type: "left", room: secret, reason: "banned" }),
  not_found: (server) => server.refuse("not_found", { room: secret }),
  forbidden: (server) => server.refuse("forbidden", { room: secret }),
};

for (const [why, tell] of Object.entries(reasons))
  test(`${why}: the room is left and forgotten, and not joined again`, async () => {
    const server = await inBoth();
    const refused = [];
    server.chat.refused.listen((refusal) => refused.push(refusal));
    server.say({ type: "chat", room: secret, epoch: "00000000000000aa.00000001", ...message(1) });
    tell(server);
    assert.deepEqual(
      server.expelled.map(({ room, rules, why: told }) => [room, rules.title, told]),
      [[secret, "Planning", why]],
    );
    assert.deepEqual(refused, [], "no second sentence about it");
    assert.deepEqual(server.chat.entered, ["lobby"]);
    assert.equal(server.chat.room(secret).timeline.newest, undefined);
    assert.equal(server.sent("leave").length, 0, "the server knows");
    assert.equal(server.session.nameFixed, false, "it is not about the name");
    server.drop();
    await server.reconnect();
    assert.deepEqual(
      server.sent("join").map(({ room }) => room),
      ["lobby"],
    );
  });

test("rules that the node read again replace what was known", async () => {
  const server = await inBoth();
  const { rules } = server.chat.room(secret);
  const now = { title: "Now", topic: "", speak: "members", slow: 0, role: "owner" };
  server.say({ type: "rules", room: secret, head: "1015-15", rules: now });
  assert.deepEqual(rules.now, now);
  server.say({ type: "rules", room: secret, head: "0-0" });
  assert.deepEqual([rules.now.title, rules.now.role], ["", "none"]);
});

test("what waited to be sent there is not sent, and not lost", async () => {
  const storage = new MemoryStorage();
  const server = await inBoth(storage);
  server.chat.say(secret, "one");
  server.chat.say(secret, "two");
  server.chat.say("lobby", "elsewhere");
  reasons.removed(server);
  const waiting = server.outbox.itemsIn(secret);
  const rows = arrange(server.chat.room(secret), waiting, self).filter(({ kind }) => kind === "message");
  assert.deepEqual(
    rows.map(({ message: { text }, state, reason }) => [text, state, reason]),
    ["one", "two"].map((text) => [text, "failed", "There is no such room, or you are not in it."]),
  );
  assert.deepEqual([...server.outbox.roomsGivenUp], [secret]);
  server.chat.flush();
  assert.deepEqual(server.chat.entered, ["lobby"]);
  assert.equal(server.sent("join").length, 2, "nothing joins it to send them");
  assert.equal(server.outbox.itemsIn("lobby")[0].state, "pending");
  assert.equal(lostName(new Outbox(storage, Date.now), secret), "\u2068Planning\u2069", "also at the next visit");
});

test("who gives up a role in a private room has left it, whichever answer comes first", async () => {
  const server = await inBoth();
  for (const leftFirst of [true, false]) {
    const done = giveRole(server.chat, secret, self, { role: "none" });
    assert.ok(leaving.has(secret));
    const { key } = server.sent("role").at(-1);
    if (leftFirst) reasons.removed(server);
    server.say({ type: "ack", room: secret, key, id: "1050-1" });
    if (!leftFirst) reasons.removed(server);
    assert.equal(await done, "");
    assert.equal(server.expelled.splice(0).length, 1);
    assert.ok(leaving.delete(secret), "the page says that the user has left");
  }
});

test("a room that an operator deletes is forgotten: an open one goes on empty, a private one is gone", async () => {
  const server = await inBoth();
  const erased = [];
  server.chat.erased.listen((room) => erased.push(room));
  server.hear(message(1));
  const lobby = server.chat.room("lobby");
  lobby.comings.add("1001-1", [ann], []);
  server.say({ type: "deleted", room: "lobby" });
  const nothing = { epoch: "0", head: "0-0", recovered: false, messages: [], more: false };
  server.say({ type: "reset", room: "lobby", ...nothing });
  assert.deepEqual(arrange(lobby, [], self), [], "no gap: nothing is missing");
  server.say({ type: "chat", room: "lobby", epoch: "00000000000000bb.00000001", ...message(1, { text: "anew" }) });
  assert.equal(lobby.timeline.newest.text, "anew");
  assert.deepEqual(erased, ["lobby"]);
  server.say({ type: "deleted", room: secret });
  assert.deepEqual(server.expelled, [], "not yet");
  reasons.removed(server);
  assert.deepEqual(
    server.expelled.map(({ room, rules, why }) => [room, rules.title, why]),
    [[secret, "Planning", "deleted"]],
  );
});

test("who is banned from a private room is told so, though the server says removed", async () => {
  for (const until of [undefined, 1_800_000_000_000]) {
    const server = await inBoth();
    const entry = { act: "role", target: "0-0", member: self.id, role: "banned", ...(until && { until }) };
    server.say({ type: "chat", room: secret, epoch: "00000000000000aa.00000001", ...message(2, entry) });
    reasons.removed(server);
    assert.deepEqual(
      server.expelled.map((one) => [one.why, one.until]),
      [["banned", until]],
    );
  }
});

test("who is banned is told until when, if the server says it", async () => {
  const server = await inBoth();
  server.say({ type: "left", room: secret, reason: "banned", until: 1_800_000_000_000 });
  server.refuse("forbidden", { room: "lobby", until: 1_700_000_000_000 });
  assert.deepEqual(
    server.expelled.map(({ why, until }) => [why, until]),
    [
      ["banned", 1_800_000_000_000],
      ["forbidden", 1_700_000_000_000],
    ],
  );
});

test("who asks to leave is not removed", async () => {
  const server = await inBoth();
  server.say({ type: "left", room: secret, reason: "asked" });
  assert.deepEqual(server.expelled, []);
});

test("a message that may not be sent says why", async () => {
  const server = await inBoth();
  server.chat.say(secret, "one");
  server.refuse("forbidden", { room: secret, key: "key-1" });
  const [row] = arrange(server.chat.room(secret), server.outbox.itemsIn(secret), self).slice(-1);
  assert.equal(row.reason, "You are not allowed to write in this room.");
  assert.deepEqual(server.expelled, []);
});

test("a private room that the user has closed stays closed, until it is added again", () => {
  const rooms = new MyRooms(new MemoryStorage());
  for (const room of ["lobby", secret, other]) rooms.add(room);
  rooms.remove(secret);
  rooms.remove(other, false);
  rooms.remove("lobby");
  assert.deepEqual(rooms.list, []);
  assert.deepEqual(rooms.closed, [secret], "whoever was removed has not closed it, and open rooms do not come back");
  rooms.add(secret);
  assert.deepEqual(rooms.closed, []);
});

test("an address invites only if it has a token", () => {
  assert.equal(MyRooms.invitationInAddress("#/i/AbC-_.=x"), "AbC-_.=x");
  for (const hash of ["", "#/i/", "#/i", "#/r/i", "#/i/a b", `#/i/${"x".repeat(4_097)}`])
    assert.equal(MyRooms.invitationInAddress(hash), "", hash);
});

const roles = ["owner", "moderator", "member", "banned", "none"];

/** Whether the server takes it: `refusal(of:by:…)` in RoomRules.swift. */
function taken({ own, theirs, isSelf, isLast, kind }, role) {
  if (kind === "direct" || (isLast && role !== "owner")) return false;
  if (own === "owner") return true;
  const moderates = (one) => one === "owner" || one === "moderator";
  if (isSelf && role === "none") return own === "member" || moderates(own);
  return own === "moderator" && !moderates(theirs) && !moderates(role);
}

test("nothing is offered that the server refuses or that changes nothing", () => {
  for (const kind of ["open", "private", "direct"])
    for (const own of roles)
      for (const theirs of roles)
        for (const isSelf of own === theirs ? [false, true] : [false])
          for (const isLast of theirs === "owner" ? [false, true] : [false]) {
            const who = { kind, own, theirs, isSelf, isLast };
            const words = actionsOn(who).map(({ word, role }) => {
              assert.ok(taken(who, role), JSON.stringify({ ...who, role }));
              assert.notEqual(role, theirs);
              return word;
            });
            assert.equal(new Set(words).size, words.length);
          }
});

test("owners may do everything, moderators what is below them, others give up what they have", () => {
  const words = (fields) =>
    actionsOn({ kind: "private", isSelf: false, isLast: false, ...fields }).map(({ word }) => word);
  const bans = ["ban"];
  assert.deepEqual(words({ own: "owner", theirs: "member" }), ["makeOwner", "makeModerator", "remove", ...bans]);
  assert.deepEqual(words({ own: "owner", theirs: "owner" }), ["makeModerator", "makeMember", "remove", ...bans]);
  assert.deepEqual(words({ own: "moderator", theirs: "none" }), ["makeMember", ...bans]);
  assert.deepEqual(words({ own: "moderator", theirs: "moderator" }), []);
  assert.deepEqual(words({ own: "moderator", theirs: "banned" }), ["unban"]);
  assert.deepEqual(words({ own: "member", theirs: "none" }), []);
  assert.deepEqual(words({ own: "member", theirs: "member", isSelf: true }), ["giveUpRole"]);
  assert.deepEqual(words({ own: "owner", theirs: "owner", isSelf: true, isLast: true }), []);
  assert.deepEqual(words({ kind: "open", own: "moderator", theirs: "member" }), ["takeRole", ...bans]);
});

test("a name means those who are called so, or else those whose name begins so", () => {
  const people = ["Ann", "Anna", "Bob", "bob", "Zoë K"].map((name, place) => ({ id: `u${place}`, name }));
  const found = (name) => peopleNamed(people, name).map((one) => one.name);
  assert.deepEqual(found("ann"), ["Ann"]);
  assert.deepEqual(found("@ANNA"), ["Anna"]);
  assert.deepEqual(found("an"), ["Ann", "Anna"]);
  assert.deepEqual(found("BOB"), ["Bob", "bob"]);
  assert.deepEqual(found("zoë"), ["Zoë K"]);
  for (const name of ["", "  ", "@", "x"]) assert.deepEqual(found(name), []);
});

test("an id means its user, and where nothing may happen by mistake, a part of a name means nobody", () => {
  const people = [
    { id: "u1", name: "Ann" },
    { id: "u2", name: "u1" },
    { id: "u3", name: "Bob Lee" },
  ];
  assert.deepEqual(peopleNamed(people, "u1"), [people[0]]);
  assert.deepEqual(peopleNamed(people, "u9"), []);
  const problem = (name) => problemWith(peopleNamed(people, name), name, true);
  for (const name of ["ann", "@Ann", "u3", "bob lee"]) assert.equal(problem(name), "", name);
  assert.match(problem("bob"), /nobody called .bob. here\. Did you mean .Bob Lee.\?/u);
  assert.match(problem("u9"), /nobody called/);
});

test("people in the list of roles are called as they are now", async () => {
  const server = await inBoth();
  const given = message(1, { act: "role", target: "0-0", member: "u1", role: "member", text: "Ann I" });
  server.joined({ members: [self, { id: "u2", name: "Bob now" }], messages: [given, message(2), message(3)] });
  server.hear(message(4, { from: { id: "u3", name: "Cho now" } }));
  const roles = [
    { id: "u1", name: "Ann before", role: "member" },
    { id: "u2", name: "Bob before", role: "member" },
    { id: "u3", name: "Cho before", role: "member" },
    { id: "u4", name: "Dan", role: "banned" },
  ];
  const names = () => roles.map(namesNow(server.chat, "lobby")).map(({ name }) => name);
  assert.deepEqual(names(), ["Ann", "Bob now", "Cho now", "Dan"]);
  server.hear(message(5, { act: "role", target: "0-0", member: "u1", role: "moderator", text: "Ann II" }));
  assert.deepEqual(names()[0], "Ann II");
  assert.deepEqual(roles.map(namesNow(server.chat, "lobby"))[3], roles[3]);
});

test("any name is found among the people, whatever it is", () =>
  forSeeds(200, (seeded) => {
    const people = seeded.list(8, () => ({ id: seeded.text(4), name: seeded.text() }));
    for (const { name } of people) {
      const found = peopleNamed(people, name);
      if (name.trim().replace(/^@/, "").trim() !== "") assert.ok(found.some((one) => one.name === name));
    }
    assert.ok(Array.isArray(peopleNamed(people, seeded.text())));
  }));

test("requests about rooms are answered by key, and the roles by room", async () => {
  const server = await inBoth();
  const requests = new RoomRequests(server.chat);
  const made = requests.ask({ type: "create", private: true, title: "x" });
  const asked = requests.roles(secret);
  const again = requests.roles(secret);
  const refused = requests.ask({ type: "accept", token: "t" });
  const [{ key }] = server.sent("create");
  server.say({ type: "created", key: "somebody else's", room: other });
  server.say({ type: "created", key, room: other });
  server.refuse("forbidden", { room: undefined, key: server.sent("accept")[0].key });
  server.say({ type: "roles", room: "lobby", roles: [], count: 0 });
  server.say({ type: "roles", room: secret, roles: [{ ...ann, role: "owner" }], count: 1 });
  assert.equal((await made).answer.room, other);
  assert.equal((await refused).refusal, "forbidden");
  assert.deepEqual((await asked).roles, [{ ...ann, role: "owner" }]);
  assert.equal((await again).count, 1);
  const lost = requests.ask({ type: "create", private: true });
  server.drop();
  assert.equal((await lost).refusal, "silence");
});
