import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "../js/store/storage.js";
import { SignIn, askForToken, loginAddress } from "../js/transport/SignIn.js";
import { TestServer, message, self } from "./support/TestServer.js";

const jwt = (n) => `head.body${n}.sign`;
const account = { id: "account", name: "Mira Account", kind: "user" };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A page of a server that offers signing in, and the site's answers to come. */
class TestVisit {
  server = new TestServer();
  visit = new MemoryStorage();
  answers = [];
  asked = [];
  logins = [];
  told = [];
  /** Added to the time of day: the timers do not see it. */
  slept = 0;

  constructor() {
    this.server.identity.name = "Mira";
    const { session, clock } = this.server;
    session.dismissed.listen(() => this.signIn.dismissed());
    this.signIn = new SignIn(session, this.visit, clock, {
      ask: async (path) => {
        this.asked.push(path);
        return this.answers.shift() ?? "failed";
      },
      login: (path) => this.logins.push(path),
      now: () => clock.time + this.slept,
      random: () => 0,
    });
    this.signIn.told.listen((news) => this.told.push(news));
  }

  welcomeGuest() {
    this.server.welcome("n1", { user: { ...self, kind: "guest" }, signIn: "/token" });
  }

  welcomeUser(expiresIn = 600) {
    this.server.welcome("n1", { user: account, token: undefined, expiresIn, signIn: "/token" });
  }

  async asGuest() {
    await this.server.open();
    this.welcomeGuest();
    return this;
  }

  async asUser(expiresIn) {
    await this.asGuest();
    this.answers.push({ token: jwt(1) });
    await this.signIn.start();
    await this.server.accept();
    this.welcomeUser(expiresIn);
    return this;
  }

  /** What a server does that does not let the hello pass. */
  async dismiss() {
    this.server.say({ type: "error", code: "unauthorized", message: "sign in", signIn: "/token" });
    this.server.drop(4403);
    await settled();
  }

  async pass(milliseconds) {
    for (let left = milliseconds; left > 0; left -= 1_000) {
      this.server.clock.advance(Math.min(left, 1_000));
      await settled();
    }
  }

  get tokens() {
    return this.server.sent("hello").map(({ token }) => token);
  }

  /** Whatever happens, nothing connects. */
  async expectBarred(problem) {
    const links = this.server.links.length;
    assert.equal(this.server.session.barred, true);
    assert.equal(this.signIn.problem, problem);
    this.server.socket.wake();
    this.server.socket.connect();
    await this.pass(60_000);
    assert.equal(this.server.links.length, links);
  }
}

const answer = (status, text = "", type = "basic") => ({ status, type, text: async () => text });

for (const [what, given, wanted] of [
  ["a token in JSON", answer(200, '{"token":"a.b-_9.c","more":1}'), { token: "a.b-_9.c" }],
  ["a plain token", answer(200, " a.b.c\n"), { token: "a.b.c" }],
  ["401", answer(401), "login"],
  ["403", answer(403, "a.b.c"), "login"],
  ["a redirect", answer(0, "", "opaqueredirect"), "login"],
  ["a failing site", answer(500, "a.b.c"), "failed"],
  ["a page", answer(200, "<!doctype html>"), "failed"],
  ["the token of a guest", answer(200, "v1abc"), "failed"],
  ["no token", answer(200, '{"token":7}'), "failed"],
  ["broken JSON", answer(200, '{"token":"a.b.c"'), "failed"],
  ["a token that is too long", answer(200, `a.b.${"c".repeat(4_093)}`), "failed"],
  ["no answer", Promise.reject(new TypeError("network")), "failed"],
])
  test(`the site answers with ${what}`, async (context) => {
    context.mock.method(console, "warn", () => {});
    assert.deepEqual(await askForToken("/token", async () => given), wanted);
  });

test("the site learns where to come back to", () => {
  const page = { href: "https://a.example/chat/?x=1#/r/lobby", pathname: "/chat/", search: "?x=1", hash: "#/r/lobby" };
  const back = "return=%2Fchat%2F%3Fx%3D1%23%2Fr%2Flobby";
  assert.equal(loginAddress("/token", page), `https://a.example/token?${back}`);
  assert.equal(loginAddress("/token?for=chat", page), `https://a.example/token?for=chat&${back}`);
});

test("a user signs in and out, and the guest's token and name stay", async () => {
  const one = await new TestVisit().asUser();
  const { server, signIn } = one;
  assert.deepEqual([one.asked, one.tokens, one.told], [["/token"], [jwt(1)], ["signedInAs"]]);
  assert.equal(server.session.nameFixed, true);
  assert.deepEqual([server.identity.token, server.identity.name], ["t1", "Mira"]);
  server.drop(4401);
  server.socket.wake();
  await server.accept();
  one.welcomeUser();
  assert.equal(server.identity.token, "t1");
  assert.ok(server.storage.names.every((name) => !server.storage.getItem(name).includes("body")));
  server.drop();
  server.socket.wake();
  await server.accept();
  assert.deepEqual(one.tokens, [jwt(1)]);
  one.welcomeUser();
  signIn.end();
  await server.accept();
  assert.deepEqual(one.tokens, ["t1"]);
  assert.equal(signIn.signedIn, false);
});

test("who must log in goes there, and the page asks once more after the return", async () => {
  const one = await new TestVisit().asGuest();
  one.answers.push("login", { token: jwt(2) });
  await one.signIn.start();
  assert.deepEqual(one.logins, ["/token"]);
  const back = new TestVisit();
  back.answers.push({ token: jwt(2) });
  for (const name of one.visit.names) back.visit.setItem(name, one.visit.getItem(name));
  await back.signIn.begin();
  await back.server.accept();
  assert.deepEqual(back.tokens, [jwt(2)]);
  back.welcomeUser();
  assert.deepEqual(back.told, ["signedInAs"]);
});

test("who comes back without having logged in is a guest, and the page does not ask again", async () => {
  const one = new TestVisit();
  one.visit.setItem("webchat.signIn", "/token");
  one.answers.push("login");
  await one.signIn.begin();
  await one.server.accept();
  assert.deepEqual([one.tokens, one.logins, one.visit.names], [[undefined], [], []]);
  await one.dismiss();
  assert.equal(one.asked.length, 1);
  await one.expectBarred(null);
});

for (const path of ["//a.example", "https://a.example", ""])
  test(`the stored path ${JSON.stringify(path)} is not asked`, async () => {
    const one = new TestVisit();
    one.visit.setItem("webchat.signIn", path);
    one.signIn.begin();
    await one.server.accept();
    assert.deepEqual([one.asked, one.tokens], [[], [undefined]]);
  });

test("a failing site leaves the guest alone", async () => {
  const one = await new TestVisit().asGuest();
  await one.signIn.start();
  assert.deepEqual([one.told, one.server.links.length], [["signInFailed"], 1]);
  one.server.drop();
  await one.signIn.start();
  assert.equal(one.server.session.barred, false);
});

test("where guests may not come in, the page asks at once and connects with the token", async () => {
  const one = new TestVisit();
  one.answers.push({ token: jwt(1) });
  await one.server.open();
  await one.dismiss();
  await one.server.accept();
  assert.deepEqual(one.tokens, [jwt(1)]);
  one.welcomeUser();
  assert.deepEqual([one.asked.length, one.told, one.server.session.online], [1, [], true]);
});

test("where guests may not come in, nothing connects before the user signs in", async () => {
  const one = new TestVisit();
  one.answers.push("login");
  await one.server.open();
  await one.dismiss();
  await one.expectBarred(null);
  assert.deepEqual([one.asked.length, one.signIn.mayBeGuest, one.logins], [1, false, []]);
  one.answers.push({ token: jwt(1) });
  await one.signIn.start();
  await one.server.accept();
  one.welcomeUser();
  assert.equal(one.server.session.barred, false);
});

test("a token that the server refuses is not tried twice", async () => {
  const one = new TestVisit();
  one.answers.push({ token: jwt(1) });
  await one.server.open();
  await one.dismiss();
  await one.server.accept();
  await one.dismiss();
  assert.equal(one.asked.length, 1);
  await one.expectBarred("signInRefused");
});

test("without a path there is nothing to ask", async () => {
  const one = new TestVisit();
  await one.server.open();
  one.server.drop(4403);
  await one.expectBarred(null);
  assert.deepEqual([one.asked, one.signIn.offered], [[], false]);
});

test("who signs out while the site is asked stays signed out", async () => {
  const one = await new TestVisit().asUser();
  one.answers.push({ token: jwt(2) });
  one.server.drop(4403);
  one.signIn.end();
  await settled();
  await one.server.accept();
  assert.deepEqual(one.tokens, ["t1"]);
});

test("a token that has ended is replaced; if nobody is logged in, the user decides", async () => {
  const one = await new TestVisit().asUser();
  one.answers.push({ token: jwt(2) }, "login");
  await one.dismiss();
  await one.server.accept();
  assert.deepEqual(one.tokens, [jwt(2)]);
  one.welcomeUser();
  await one.dismiss();
  await one.expectBarred(null);
  assert.equal(one.signIn.mayBeGuest, true);
  one.signIn.end();
  await one.server.accept();
  assert.deepEqual(one.tokens, ["t1"]);
});

for (const [expiresIn, after] of [
  [3_600, 2_880],
  [300, 240],
  [200, 140],
  [60, 30],
  [0, 1],
])
  test(`a token of ${expiresIn} s is renewed after ${after} s`, async () => {
    const one = await new TestVisit().asUser(expiresIn);
    one.answers.push({ token: jwt(2) });
    for (let second = 0; second < after - 1; second += 1) {
      one.server.say({ type: "pong" });
      await one.pass(1_000);
    }
    assert.equal(one.asked.length, 1);
    await one.pass(1_000);
    assert.deepEqual(one.server.sent("renew"), [{ type: "renew", token: jwt(2) }]);
    assert.equal(one.server.session.userToken, jwt(1), "not accepted yet");
    one.server.say({ type: "renewed", expiresIn: 3_600 });
    assert.equal(one.server.session.userToken, jwt(2));
    one.server.say({ type: "pong" });
    await one.pass(20_000);
    assert.equal(one.asked.length, 2);
  });

test("a renewal that fails is tried again every 10 s", async () => {
  const one = await new TestVisit().asUser(60);
  one.answers.push("failed", "login", { token: jwt(2) }, { token: jwt(3) });
  for (const asked of [2, 3, 4, 5]) {
    await one.pass(asked === 2 ? 30_000 : 10_000);
    one.server.say({ type: "pong" });
    assert.equal(one.asked.length, asked);
    if (asked === 4) one.server.say({ type: "error", code: "unauthorized", message: "not accepted" });
  }
  assert.deepEqual([one.logins, one.server.session.userToken, one.server.session.online], [[], jwt(1), true]);
});

test("a computer that wakes up late renews at once, and the clock may be set back", async () => {
  const one = await new TestVisit().asUser(3_600);
  await one.pass(5_000);
  one.slept = 3_000_000;
  await one.pass(10_000);
  assert.equal(one.asked.length, 2);
  one.slept = -3_600_000;
  await one.pass(10_000);
});

test("a guest renews nothing, and a page without an offer has nothing to ask", async () => {
  const one = await new TestVisit().asUser(60);
  one.signIn.end();
  await one.server.accept();
  one.welcomeGuest();
  one.server.say({ type: "pong" });
  await one.pass(30_000);
  assert.equal(one.asked.length, 1);
  const plain = new TestVisit();
  await plain.server.connect();
  await plain.signIn.start();
  assert.deepEqual([plain.asked, plain.signIn.offered, plain.signIn.asking], [[], false, false]);
});

test("a refused new name is that of the account", async () => {
  const one = await new TestVisit().asUser();
  one.server.session.nameFixed = false;
  one.server.session.rename("Other");
  one.server.say({ type: "error", code: "forbidden", message: "your name is that of your account" });
  assert.deepEqual([one.server.session.nameFixed, one.server.session.renaming], [true, null]);
});

test("unsent messages are sent under the new name, and those under way are the user's to decide", async () => {
  const one = new TestVisit();
  const { server } = one;
  server.chat.enter("lobby");
  await one.asGuest();
  server.joined();
  for (const text of ["lost?", "arrived", "unsent"]) server.chat.say("lobby", text);
  server.ack("key-1", 1);
  assert.deepEqual(
    server.sent("chat").map(({ text }) => text),
    ["lost?", "arrived"],
  );
  server.chat.say("lobby", "last");
  one.answers.push({ token: jwt(1) });
  await one.signIn.start();
  await server.accept();
  one.welcomeUser();
  server.joined();
  assert.deepEqual(
    server.sent("chat").map(({ text }) => text),
    ["unsent"],
  );
  assert.equal(server.outbox.item("key-2").state, "unsure");
  server.hear(message(2, { from: self, key: "key-2", text: "arrived" }));
  assert.equal(server.outbox.item("key-2"), undefined);
  server.ack("key-3", 3);
  assert.deepEqual(
    server.sent("chat").map(({ text }) => text),
    ["unsent", "last"],
  );
});

test("what arrived before signing in is not sent again", async () => {
  const one = new TestVisit();
  const { server } = one;
  server.chat.enter("lobby");
  await one.asGuest();
  server.joined();
  server.chat.say("lobby", "arrived");
  one.answers.push({ token: jwt(1) });
  await one.signIn.start();
  await server.accept();
  one.welcomeUser();
  server.joined({ messages: [message(1, { from: self, key: "key-1", text: "arrived" })] });
  assert.deepEqual([server.outbox.itemsIn("lobby"), server.sent("chat")], [[], []]);
});

test("an operator has signed in like any user, and whom a proxy names needs no token", async () => {
  const one = await new TestVisit().asUser();
  const operator = { ...account, kind: "operator" };
  one.server.welcome("n1", { user: operator, token: undefined, expiresIn: 60, signIn: "/token" });
  assert.deepEqual(
    [one.server.session.isGuest, one.server.session.nameFixed, one.signIn.byProxy],
    [false, true, false],
  );
  const other = new TestVisit();
  await other.server.open();
  other.server.welcome("n1", { user: account, token: undefined, signIn: "/token" });
  await other.pass(20_000);
  assert.deepEqual([other.signIn.byProxy, other.server.session.nameFixed, other.asked], [true, true, []]);
  assert.deepEqual(other.visit.names, []);
});
