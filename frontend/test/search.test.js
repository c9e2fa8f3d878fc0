import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, pieces, wordsOf } from "../js/extras/folding.js";
import { RoomSearch } from "../js/extras/RoomSearch.js";
import { ann, epoch, message, messages, TestServer } from "./support/TestServer.js";

/** Somebody in the lobby, who can search there. */
async function searching(query = "text") {
  const server = new TestServer();
  server.chat.enter("lobby");
  await server.connect();
  server.joined();
  const search = new RoomSearch(server.session, server.clock);
  search.enter("lobby");
  if (query) search.search(query);
  return { server, search };
}

const question = (server) => server.sent("search").at(-1);
const found = (server, fields) =>
  server.say({
    type: "found",
    room: "lobby",
    epoch,
    head: "9-9",
    query: "text",
    key: question(server).key,
    messages: [],
    more: false,
    ...fields,
  });
const refuse = (server, code, fields) =>
  server.say({
    type: "error",
    code,
    message: "no",
    room: "lobby",
    key: question(server).key,
    ...fields,
  });
const ids = ({ messages: all }) => all.map(({ id }) => Number(id.split("-")[1]));

for (const [one, other] of [
  ["größe", "GROSSE"],
  ["GRÖẞE", "grosse"],
  ["Café", "cafe\u0301"],
  ["ＡＢＣ", "abc"],
  ["ﬁn", "FIN"],
  ["ΣΟΦΌΣ", "σοφος"],
  ["İSTANBUL", "ıstanbul"],
  ["ЁЛКА", "елка"],
  ["سَلَام", "سلام"],
  ["שָׁלוֹם", "שלום"],
  ["❤️", "❤"],
]) {
  test(`${one} and ${other} are the same to a search`, () => assert.equal(fold(one), fold(other)));
}

for (const [one, other] of [
  ["パ", "ハ"],
  ["ø", "o"],
  ["น้ำ", "นำ"],
]) {
  test(`${one} and ${other} are not`, () => assert.notEqual(fold(one), fold(other)));
}

test("matches are marked as they stand in the text", () => {
  const marks = (text, query) =>
    pieces(text, wordsOf(query)).map(({ text: piece, match }) => (match ? `[${piece}]` : piece));
  assert.equal(
    marks("Die Größe zählt, GROSSE!", "grosse").join(""),
    "Die [Größe] zählt, [GROSSE]!",
  );
  assert.equal(marks("cafe\u0301 au lait", "lait CAFE").join(""), "[cafe\u0301] au [lait]");
  assert.equal(marks("banana", "ana nan").join(""), "b[anana]");
  assert.equal(marks("one\n\n two", "two from:ann").join(""), "one [two]");
  assert.equal(marks("nothing", "from:ann").join(""), "nothing");
  assert.equal(marks("<b>&amp;</b>", "amp").join(""), "<b>&[amp];</b>");
  assert.equal(marks("a👍b", "👍").join(""), "a[👍]b");
  assert.equal(
    marks("co\u00adop ｶﾞ か\u3099", "coop が ガ").join(""),
    "[co\u00adop] [ｶﾞ] [か\u3099]",
  );
  assert.equal(marks("が か", "か").join(""), "が [か]");
});

test("of a long text the part around the first match is shown", () => {
  const long = `${"word ".repeat(100)}needle ${"more ".repeat(100)}`;
  const shown = pieces(long, ["needle"]);
  assert.ok(shown.some(({ text, match }) => match && text === "needle"));
  const text = shown.map((piece) => piece.text).join("");
  assert.ok(text.length < 300 && text.startsWith("… word") && text.endsWith(" …"), text);
  const emoji = pieces("😀".repeat(400), []);
  assert.ok(!/[\ud800-\udbff](?![\udc00-\udfff])/.test(emoji[0].text));
});

test("a question is asked once, and its answer is shown newest first", async () => {
  const { server, search } = await searching(" text ");
  const { key, ...asked } = question(server);
  assert.deepEqual(asked, { type: "search", room: "lobby", query: "text" });
  assert.ok(key.length > 0);
  found(server, { messages: messages(3, 5), before: "1003-3", more: true });
  assert.deepEqual(ids(search), [5, 4, 3]);
  assert.equal(search.state, "done");
  search.searchOn();
  search.searchOn();
  assert.equal(server.sent("search").length, 2);
  assert.equal(question(server).before, "1003-3");
  found(server, { messages: messages(1, 2), before: "1001-1" });
  assert.deepEqual(ids(search), [5, 4, 3, 2, 1]);
  assert.equal(search.more, false);
});

test("the answer to an earlier question is passed over", async () => {
  const { server, search } = await searching("one");
  const { key } = question(server);
  search.search("two");
  found(server, { key, messages: messages(1, 1) });
  assert.equal(search.state, "searching");
  found(server, { messages: messages(2, 2) });
  assert.deepEqual(ids(search), [2]);
  search.search("  ");
  assert.equal(search.state, "idle");
  assert.deepEqual(search.messages, []);
});

test("another room forgets what was found in the last one", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(1, 1) });
  search.enter("lobby");
  assert.equal(search.messages.length, 1);
  search.enter("other");
  assert.deepEqual([search.messages, search.query, search.state], [[], "", "idle"]);
});

test("it goes on after a reconnect, from where it was", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(3, 5), before: "1003-3", more: true });
  search.searchOn();
  server.drop();
  assert.equal(search.waiting, true);
  server.socket.wake();
  await server.accept();
  server.welcome();
  assert.equal(server.sent("search").length, 0);
  server.joined();
  assert.equal(question(server).before, "1003-3");
  found(server, { messages: messages(1, 2) });
  assert.deepEqual(ids(search), [5, 4, 3, 2, 1]);
});

test("a busy server is asked again, some times", async () => {
  const { server, search } = await searching();
  for (let count = 1; count <= 5; count += 1) {
    refuse(server, count % 2 ? "rate_limited" : "unavailable", { retryAfterMs: 700 });
    server.clock.advance(699);
    assert.equal(server.sent("search").length, count);
    server.clock.advance(1);
    assert.equal(server.sent("search").length, count + 1);
  }
  refuse(server, "unavailable");
  assert.equal(search.state, "failed");
  search.searchOn();
  found(server, { messages: messages(1, 1) });
  assert.deepEqual(ids(search), [1]);
});

test("a refusal of what is not asked any more asks nothing", async () => {
  const { server, search } = await searching("one");
  refuse(server, "rate_limited", { retryAfterMs: 100 });
  search.search("two");
  server.clock.advance(1_000);
  assert.equal(server.sent("search").length, 2);
});

test("a node that cannot search is told from one that failed", async () => {
  const { server, search } = await searching();
  refuse(server, "not_joined");
  assert.equal(search.state, "searching");
  refuse(server, "unknown_type");
  assert.equal(search.state, "impossible");
  search.search("other");
  refuse(server, "bad_request");
  assert.equal(search.state, "failed");
});

test("a log that began anew is searched from its end", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(3, 5), before: "1003-3", more: true });
  search.searchOn();
  found(server, { epoch: "00000000000000bb.00000001", messages: messages(1, 2) });
  assert.equal(question(server).before, undefined);
  found(server, { epoch: "00000000000000bb.00000001", messages: messages(1, 1) });
  assert.deepEqual(ids(search), [1]);
});

test("what was found changes and goes as the message does", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(1, 3) });
  const act = (n, fields) =>
    server.say({
      type: "chat",
      room: "lobby",
      epoch,
      ...message(n),
      from: ann,
      text: "",
      ...fields,
    });
  act(4, { act: "edit", target: "1002-2", text: "new" });
  act(5, { act: "delete", target: "1001-1" });
  act(6, { act: "delete", target: "1-99" });
  assert.deepEqual(
    search.messages.map(({ text }) => text),
    ["text 3", "new"],
  );
});
