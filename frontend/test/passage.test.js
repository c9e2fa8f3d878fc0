import assert from "node:assert/strict";
import { test } from "node:test";
import { Passage } from "../js/extras/Permalink.js";
import { unreadIn } from "../js/store/Unread.js";
import { MyRooms } from "../js/store/storage.js";
import { arrange } from "../js/views/arrange.js";
import { learnMore } from "../js/words/say.js";
import { TestServer, ann, epoch, message, messages, self } from "./support/TestServer.js";

await learnMore();

const later = "00000000000000bb.00000001";
const page = (from, to, fields = {}) => ({
  room: "lobby",
  epoch,
  head: "1100-100",
  messages: messages(from, to),
  more: true,
  ...fields,
});

/** A passage at message 30 of 100; the last twenty are known. */
async function reading(pages = [page(26, 30), page(31, 35)]) {
  const server = await new TestServer().inLobby({ messages: messages(81, 100) });
  const { timeline } = server.chat.room("lobby");
  timeline.passage = new Passage(server.chat, "lobby", pages);
  timeline.join();
  return { server, timeline };
}

const shown = ({ entries }) =>
  entries.map(({ kind, message: one }) => (kind === "gap" ? kind : Number(one.id.split("-")[1])));
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const asked = (server) => server.sent("history").map(({ before, after, limit }) => ({ before, after, limit }));

/** Answers the last history request like a server with messages 1 to 100. */
function answer(server, fields) {
  const { before, after } = server.sent("history").at(-1);
  const number = Number((before ?? after).split("-")[1]);
  const [from, to] = before ? [Math.max(1, number - 50), number - 1] : [number + 1, Math.min(100, number + 50)];
  const more = before ? from > 1 : to < 100;
  server.say({ type: "history", ...page(from, to, { more }), ...fields });
}

test("a passage is shown alone, grows both ways, and joins the end without a hole", async () => {
  const { server, timeline } = await reading();
  assert.deepEqual(shown(timeline), numbers(26, 35));
  timeline.passage.load("after");
  timeline.passage.load("before");
  assert.deepEqual(asked(server), [{ before: undefined, after: "1035-35", limit: 50 }]);
  answer(server);
  assert.deepEqual(shown(timeline), [...numbers(26, 100)], "85 met 81");
  assert.equal(timeline.passage, null);
  server.chat.history.loadOlder("lobby");
  answer(server);
  assert.deepEqual(shown(timeline), numbers(1, 100));
  assert.equal(timeline.startLoading(), null);
});

test("a passage reaches the beginning and requests nothing more", async () => {
  const { server, timeline } = await reading();
  timeline.passage.load("before");
  answer(server);
  assert.deepEqual(shown(timeline), numbers(1, 35));
  timeline.passage.load("before");
  assert.equal(server.sent("history").length, 1);
});

test("rows keep their keys when a passage joins the end", async () => {
  const { server, timeline } = await reading();
  const keys = () =>
    arrange(server.chat.room("lobby"), [], self).flatMap((row) => (row.kind === "message" ? [row.key] : []));
  const before = keys();
  timeline.passage.load("after");
  answer(server);
  assert.deepEqual(keys().slice(0, 10), before);
});

test("new messages are unread at the end and do not change the passage", async () => {
  const { server, timeline } = await reading();
  server.hear(message(101));
  assert.deepEqual(shown(timeline), numbers(26, 35));
  assert.equal(unreadIn(timeline, "1100-100", self).count, 1);
  timeline.passage.load("after");
  answer(server);
  assert.deepEqual(shown(timeline), numbers(26, 101));
  assert.equal(server.chat.room("lobby").position.id, "1101-101");
});

test("acts on messages of the passage apply to it and persist", async () => {
  const { server, timeline } = await reading();
  const edit = (n, text) => message(n, { act: "edit", target: message(30).id, text, from: ann });
  server.hear(edit(101, "better"));
  const text = () => timeline.find("1030-30").text;
  assert.equal(text(), "better");
  timeline.passage.load("after");
  answer(server);
  assert.equal(text(), "better");
});

test("a late page does not undo later acts", async () => {
  const { server, timeline } = await reading();
  server.hear(message(101, { act: "delete", target: message(40).id, text: "" }));
  timeline.passage.load("after");
  answer(server, { head: "1100-100" });
  assert.equal(timeline.find("1040-40").deleted, true);
});

test("a passage that reaches the end at once is not kept", async () => {
  const { timeline } = await reading([page(70, 75), page(76, 100, { more: false })]);
  assert.equal(timeline.passage, null);
  assert.deepEqual(shown(timeline), numbers(70, 100));
});

test("another log or a hole leads back to the end", async () => {
  for (const fields of [{ epoch: later }, { messages: messages(60, 70) }]) {
    const { server, timeline } = await reading();
    timeline.passage.load("after");
    answer(server, fields);
    assert.deepEqual(shown(timeline), numbers(81, 100));
  }
});

test("a lost request is repeated, and after leaving the passage nothing leads back to it", async () => {
  const { server, timeline } = await reading();
  timeline.passage.load("after");
  server.drop();
  timeline.passage.load("after");
  assert.equal(server.sent("history").length, 1, "not while offline");
  await server.reconnect({});
  timeline.passage.load("after");
  assert.equal(server.sent("history").length, 1);
  timeline.passage = new Passage(server.chat, "lobby", [page(56, 60), page(61, 65)]);
  answer(server, { epoch: later });
  assert.deepEqual(shown(timeline), numbers(56, 65));
});

test("a message from before a gap that is also in the passage is shown once", async () => {
  const { server, timeline } = await reading();
  timeline.passage = null;
  server.drop();
  await server.reconnect({ recovered: false, messages: messages(141, 150) });
  assert.deepEqual(shown(timeline), [...numbers(81, 100), "gap", ...numbers(141, 150)]);
  const pages = [page(60, 70), page(71, 145, { head: "1150-150" })];
  timeline.passage = new Passage(server.chat, "lobby", pages);
  timeline.join();
  assert.deepEqual(shown(timeline), numbers(60, 150), "what was a gap is not one");
});

test("a late answer to an earlier request is not taken for the next one", async () => {
  for (const [first, second, late, whole] of [
    ["after", "before", messages(36, 85), numbers(1, 35)],
    ["before", "after", messages(1, 25), numbers(26, 100)],
  ]) {
    const { server, timeline } = await reading();
    timeline.passage.load(first);
    server.refuse("rate_limited");
    timeline.passage.load(second);
    answer(server, { messages: late });
    assert.deepEqual(shown(timeline), numbers(26, 35), "the refusal was about something else");
    answer(server);
    assert.deepEqual(shown(timeline), whole);
  }
});

test("an address may name a message", () => {
  assert.equal(MyRooms.messageInAddress("#/r/general/m/1700000000000-12"), "1700000000000-12");
  for (const rest of ["", "/m/", "/m/1", "/m/1-", "/m/1-1/x", "/m/a-b", `/m/${"9".repeat(16)}-1`])
    assert.equal(MyRooms.messageInAddress(`#/r/general${rest}`), "", rest);
});

test("the linked message is highlighted, and a passage does not show the outbox", async () => {
  const { server, timeline } = await reading();
  server.chat.say("lobby", "on its way");
  const rows = () => {
    const waiting = server.outbox.itemsIn("lobby");
    return arrange(server.chat.room("lobby"), waiting, self, null, "1030-30");
  };
  const marked = rows().filter(({ linked }) => linked);
  assert.deepEqual(
    marked.map((row) => row.message.id),
    ["1030-30"],
  );
  assert.equal(marked[0].continued, false, "it says who said it");
  assert.equal(rows().at(-1).message.text, "text 35");
  timeline.passage = null;
  assert.equal(rows().at(-1).message.text, "on its way");
});

test("a failed act on a message that is not loaded is shown at the end", async () => {
  const { server, timeline } = await reading();
  timeline.passage = null;
  server.chat.say("lobby", "", { kind: "react", target: "1005-5", emoji: "🎉", on: true });
  const rows = () =>
    arrange(server.chat.room("lobby"), server.outbox.itemsIn("lobby"), self).filter(({ kind }) => kind === "undone");
  assert.deepEqual(rows(), [], "not while it is on its way");
  server.refuse("not_found", { message: "It is gone.", key: "key-1" });
  assert.deepEqual(rows(), [
    {
      kind: "undone",
      key: "undone key-1",
      href: "#/r/lobby/m/1005-5",
      act: {
        key: "key-1",
        state: "failed",
        reason: "The message no longer exists.",
        kind: "react",
        final: true,
      },
    },
  ]);
});

test("history that did not arrive is requested again after a while", async () => {
  const { server, timeline } = await reading();
  const told = new Promise((resolve) => server.chat.changed.listen(resolve));
  timeline.passage.load("after");
  server.refuse("rate_limited", { retryAfterMs: 20 });
  assert.equal(await told, "lobby", "the list looks whether it still wants more");
  timeline.passage.load("after");
  assert.equal(server.sent("history").length, 2);
});
