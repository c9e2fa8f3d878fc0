import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeStorage } from "./support/FakeStorage.js";
import { Tab, files, settled } from "./support/Tab.js";

async function saying(text, ...names) {
  const tab = new Tab({ entries: new FakeStorage() });
  await tab.enter();
  await tab.say(text, ...names);
  return tab;
}

test("a message is sent with its tickets once all files are uploaded, and later ones wait behind it", async () => {
  const tab = await saying("", "a", "b");
  await tab.say("later");
  const [asked] = tab.server.sent("upload");
  assert.deepEqual(asked, {
    type: "upload",
    room: "lobby",
    key: "a",
    name: "a",
    mediaType: "image/png",
    bytes: 10,
    width: 2,
    height: 1,
  });
  await tab.grant();
  assert.equal(tab.puts[0].address, "files/lobby/a");
  assert.equal(await tab.puts[0].bytes.text(), "a");
  tab.puts[0].progress(5);
  assert.equal(tab.uploads.progress("key-1"), 0.25);
  await tab.answerPut(201);
  assert.equal(tab.uploads.progress("key-1"), 0.5);
  assert.deepEqual(tab.chats, []);
  await tab.grant();
  await tab.answerPut(200);
  assert.deepEqual(tab.chats, [["", ["ticket a", "ticket b"]]]);
  tab.server.ack("key-1", 1);
  assert.deepEqual(tab.chats.at(-1), ["later", undefined]);
});

test("a bucket that has the file already is as good as one that stores it", async () => {
  const tab = await saying("mine", "a");
  await tab.grant();
  await tab.answerPut(412);
  assert.deepEqual(
    tab.chats.map(([text, tickets]) => [text, tickets?.length]),
    [["mine", 1]],
  );
});

test("while it uploads, a message can be taken back: the upload stops and the next one goes", async () => {
  const tab = await saying("mine", "a");
  await tab.say("later");
  await tab.grant();
  assert.equal(tab.puts.length, 1);
  assert.equal(tab.server.chat.takeBack("key-1"), "mine");
  await settled();
  assert.equal(tab.puts.length, 0);
  assert.deepEqual(tab.chats, [["later", undefined]]);
});

test("the server says why it takes no file", async () => {
  for (const [refusal, code] of [
    [{ code: "too_long" }, "file_too_big"],
    [{ code: "bad_request" }, "bad_request"],
    [{ code: "forbidden" }, "forbidden"],
    [{ code: "unavailable", retryAfterMs: 60_000 }, "files_full"],
    [{ code: "rate_limited", retryAfterMs: 600_000 }, "file_limit"],
  ]) {
    const tab = await saying("mine", "a");
    tab.server.refuse(refusal.code, { key: "a", ...refusal });
    await settled();
    assert.deepEqual(tab.states, [code]);
  }
  for (const [status, code] of [
    [413, "file_too_big"],
    [415, "file_broken"],
    [507, "files_full"],
  ]) {
    const tab = await saying("mine", "a");
    await tab.grant();
    await tab.answerPut(status);
    assert.deepEqual(tab.states, [code]);
    tab.server.chat.retry("key-1");
    await tab.tick(500);
    assert.equal(tab.server.sent("upload").length, 2, "a retry asks again");
  }
});

test("a server without files fails the message, and lets later ones go", async () => {
  const tab = new Tab({ entries: new FakeStorage() });
  await tab.enter({});
  await tab.say("", "a");
  await tab.say("later");
  assert.deepEqual(tab.states, ["no_files", "pending"]);
  assert.deepEqual(tab.chats, [["later", undefined]]);
});

test("a file whose bytes are gone fails its message", async (context) => {
  context.mock.method(console, "warn", () => {});
  const tab = await saying("mine", "a");
  await tab.bytes.remove("a");
  tab.server.drop();
  await settled();
  tab.server.socket.wake();
  await tab.server.accept();
  tab.server.welcome("n1", { files });
  tab.server.joined();
  await tab.tick(1_000);
  assert.deepEqual(tab.states, ["file_lost"]);
});

test("failures are repeated with growing delays, then the message fails; offline ones do not count", async () => {
  const tab = await saying("mine", "a");
  const times = [];
  for (let n = 0; n < 8; n += 1) {
    await tab.grant();
    times.push(tab.server.clock.time);
    await tab.answerPut(n % 2 ? 503 : 0);
    await tab.untilAsked();
  }
  assert.deepEqual(tab.states, ["file_failed"]);
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  assert.ok(gaps.at(-1) >= 10_000 && gaps[0] <= 1_000, `${gaps}`);

  const other = await saying("mine", "a");
  for (let n = 0; n < 12; n += 1) {
    await other.grant();
    const [put] = other.puts;
    other.server.drop();
    await settled();
    put.answer(0);
    await settled();
    other.server.socket.wake();
    await other.server.accept();
    other.server.welcome("n1", { files });
    other.server.joined();
    await other.untilAsked();
  }
  assert.deepEqual(other.states, ["pending"]);
});

test("the server says when to try again", async () => {
  const tab = await saying("mine", "a");
  tab.server.refuse("rate_limited", { key: "a", retryAfterMs: 30_000 });
  await settled();
  await tab.tick(29_000);
  assert.equal(tab.server.sent("upload").length, 1);
  await tab.tick(2_000);
  assert.equal(tab.server.sent("upload").length, 2);
  await tab.grant();
  await tab.answerPut(429, 40_000);
  await tab.tick(39_000);
  assert.equal(tab.server.sent("upload").length, 2);
  await tab.tick(2_000);
  assert.equal(tab.server.sent("upload").length, 3);
});

test("a ticket that has ended is asked for again", async () => {
  const tab = await saying("mine", "a", "b");
  await tab.grant({ expiresIn: 60 });
  await tab.answerPut(201);
  await tab.grant();
  await tab.tick(60_000);
  await tab.answerPut(201);
  assert.deepEqual(tab.chats, []);
  assert.equal(tab.server.sent("upload").at(-1).key, "a");
  await tab.grant();
  await tab.answerPut(201);
  assert.deepEqual(tab.chats, [["mine", ["ticket a", "ticket b"]]]);
});

test("tickets that the server does not know are asked for again, once", async () => {
  const tab = await saying("mine", "a");
  for (let n = 0; n < 2; n += 1) {
    await tab.grant({ file: `ticket ${n}` });
    await tab.answerPut(201);
    assert.deepEqual(tab.chats.at(-1), ["mine", [`ticket ${n}`]]);
    tab.server.refuse("bad_request", { key: "key-1" });
    await tab.tick(500);
  }
  assert.deepEqual(tab.states, ["bad_request"]);
});

/** What browsers do with locks that are taken. */
class Locks {
  #taken = new Set();

  async request(name, { ifAvailable }, run) {
    assert.ok(ifAvailable);
    if (this.#taken.has(name)) return run(null);
    this.#taken.add(name);
    try {
      return await run({ name });
    } finally {
      this.#taken.delete(name);
    }
  }
}

for (const locks of [new Locks(), undefined])
  test(`of two tabs one uploads, ${locks ? "with" : "without"} locks, and the other takes over when it ends`, async () => {
    const entries = new FakeStorage();
    const browser = { entries, kept: new Map(), locks };
    const [ann, tab] = [new Tab(browser), new Tab(browser)];
    /** Storage events reach the other tab. */
    const write = entries.setItem;
    Object.defineProperty(entries, "setItem", {
      value(name, value) {
        write.call(entries, name, value);
        for (const one of [ann, tab]) if (one !== writer) one.server.outbox.changedElsewhere(name);
      },
    });
    let writer = ann;
    const both = async (ms) => {
      for (let step = 0; step < ms; step += 500)
        for (const one of living) {
          writer = one;
          await one.tick(0);
          one.server.clock.advance(500);
        }
    };
    let living = [ann, tab];
    await ann.enter();
    await tab.enter();
    writer = ann;
    await ann.say("mine", "a", "b");
    await ann.grant();
    await both(60_000);
    assert.equal(ann.puts.length, 1);
    assert.deepEqual([tab.puts, tab.server.sent("upload")], [[], []]);
    writer = ann;
    await ann.answerPut(201);
    await ann.grant();
    await both(60_000);
    // The first tab is closed in the middle.
    living = [tab];
    if (locks) await ann.answerPut(0);
    await both(25_000);
    assert.equal(tab.server.sent("upload").at(-1).key, "b", "what is uploaded stays");
    writer = tab;
    await tab.grant();
    await tab.answerPut(201);
    assert.deepEqual(tab.chats, [["mine", ["ticket a", "ticket b"]]]);
  });
