// Where there are accounts, guests are told apart from them.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { peopleNamed, problemWith } from "../js/extras/rooms.js";
import { sentenceOf } from "../js/views/events.js";
import { titleOf } from "../js/views/Navigation.js";
import { learnMore, markGuests, personName } from "../js/words/say.js";
import { TestServer, ann, message } from "./support/TestServer.js";

await learnMore();
afterEach(() => markGuests(false));

const account = { id: "id-7", name: "Ann" };

test("a guest is shown as one only where there are accounts", () => {
  assert.equal(personName(ann), "Ann");
  markGuests(true);
  assert.equal(personName(ann), "Ann (guest)");
  assert.equal(personName(account), "Ann");
  assert.equal(personName({ id: "u1", name: "Admin (guest)" }), "Admin (guest)", "as the server marked them");
  assert.equal(personName({ id: "", name: "Ann" }), "Ann", "an own message before the first welcome");
});

test("whether there are accounts is told by the welcome", async () => {
  const told = async (welcome) => {
    const server = new TestServer();
    await server.open();
    server.welcome("n1", welcome);
    return server.session.hasAccounts;
  };
  assert.equal(await told({}), false);
  assert.equal(await told({ features: ["rooms"] }), false);
  assert.equal(await told({ features: ["rooms", "accounts"] }), true);
  assert.equal(await told({ signIn: "/token" }), true);
  assert.equal(await told({ user: { ...account, kind: "user" } }), true);
});

test("events and direct rooms name guests as such", () => {
  const entry = message(1, { from: account, act: "role", target: "0-0", member: "u1", role: "banned", text: "Bob" });
  markGuests(true);
  assert.equal(sentenceOf(entry, "lobby").replace(/[\u2068\u2069]/g, ""), "Ann banned Bob (guest)");
  const direct = "_direct-aaaaaaaaaaaaaaaaaaaaaaaaaa";
  assert.equal(titleOf(direct, { title: "", with: ann }), "Ann (guest)");
  assert.equal(titleOf(direct, { title: "", with: account }), "Ann");
});

test("a name means the account, and the name with its mark the guest", () => {
  const people = [ann, account, { id: "u3", name: "Annabel" }];
  assert.match(problemWith(peopleNamed(people, "ann"), "ann"), /Several/);
  markGuests(true);
  assert.deepEqual(peopleNamed(people, "@ann"), [account]);
  assert.deepEqual(peopleNamed(people, "Ann (Guest)"), [ann]);
  assert.deepEqual(peopleNamed(people, "annabel"), [people[2]]);
  assert.match(problemWith(peopleNamed(people, "an"), "an"), /Ann \(guest\)/u);
});

test("the name of an account cannot be changed, though the guest had the same", async () => {
  for (const fixed of [true, false]) {
    const server = new TestServer();
    server.identity.name = account.name;
    const refused = [];
    server.chat.refused.listen((refusal) => refused.push(refusal));
    await server.open();
    server.welcome("n1", { user: { ...account, kind: "user" }, token: undefined, expiresIn: 600 });
    assert.equal(server.session.nameFixed, false, "not known yet");
    const asked = server.sent("rename").map(({ name }) => name);
    assert.deepEqual(asked, [account.name]);
    const refuse = () => server.say({ type: "error", code: "forbidden", message: "it is that of your account" });
    if (fixed) refuse();
    else server.say({ type: "renamed", user: account });
    assert.deepEqual([server.session.nameFixed, refused], [fixed, []], "the user did not ask");
    server.session.rename("Other");
    refuse();
    assert.deepEqual([server.session.nameFixed, refused.length], [true, 1]);
  }
});
