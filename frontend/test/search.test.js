import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, pieces, wordsOf } from "../js/extras/folding.js";
import { RoomSearch } from "../js/extras/RoomSearch.js";
import { tell } from "../js/extras/SearchPanel.js";
import { learnMore } from "../js/words/say.js";
import { TestServer, ann, epoch, message, messages } from "./support/TestServer.js";

await learnMore();

/** A user in the lobby with a search. */
async function searching(query = "text") {
  const server = await new TestServer().inLobby();
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
const refuse = (server, code, fields) => server.refuse(code, { key: question(server).key, ...fields });
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

test("matches are highlighted as written in the text", () => {
  const marks = (text, query) =>
    pieces(text, wordsOf(query)).map(({ text: piece, match }) => (match ? `[${piece}]` : piece));
  assert.equal(marks("Die Größe zählt, GROSSE!", "grosse").join(""), "Die [Größe] zählt, [GROSSE]!");
  assert.equal(marks("cafe\u0301 au lait", "lait CAFE").join(""), "[cafe\u0301] au [lait]");
  assert.equal(marks("banana", "ana nan").join(""), "b[anana]");
  assert.equal(marks("one\n\n two", "two from:ann").join(""), "one [two]");
  assert.equal(marks("nothing", "from:ann").join(""), "nothing");
  assert.equal(marks("<b>&amp;</b>", "amp").join(""), "<b>&[amp];</b>");
  assert.equal(marks("a👍b", "👍").join(""), "a[👍]b");
  assert.equal(marks("co\u00adop ｶﾞ か\u3099", "coop が ガ").join(""), "[co\u00adop] [ｶﾞ] [か\u3099]");
  assert.equal(marks("が か", "か").join(""), "が [か]");
});

test("a long text is cut around its first match", () => {
  const long = `${"word ".repeat(100)}needle ${"more ".repeat(100)}`;
  const shown = pieces(long, ["needle"]);
  assert.ok(shown.some(({ text, match }) => match && text === "needle"));
  const text = shown.map((piece) => piece.text).join("");
  assert.ok(text.length < 300 && text.startsWith("… word") && text.endsWith(" …"), text);
  const emoji = pieces("😀".repeat(400), []);
  assert.ok(!/[\ud800-\udbff](?![\udc00-\udfff])/.test(emoji[0].text));
});

test("a request is sent once, and its results are newest first", async () => {
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

test("it continues back until it finds something or the log ends", async () => {
  const { server, search } = await searching();
  for (let asked = 1; asked < 20; asked += 1) {
    assert.equal(server.sent("search").length, asked);
    found(server, { before: `${2_000 - asked}-${200 - asked}`, more: true });
    assert.equal(search.state, "searching");
    assert.match(tell(search), /^Searching… Searched back to /);
    server.clock.advance(1_000);
    assert.equal(question(server).before, `${2_000 - asked}-${200 - asked}`);
  }
  found(server, { messages: messages(7, 9), before: "1007-7", more: true });
  assert.equal(search.state, "done");
  assert.match(tell(search), /^Found 3\+ messages\. Searched back to /);
  server.clock.advance(20_000);
  assert.equal(server.sent("search").length, 20, "what was found is looked at first");
  search.searchOn();
  found(server, { before: "1005-5", more: true });
  server.clock.advance(1_000);
  found(server, { before: "1001-1", more: false });
  assert.deepEqual([search.state, tell(search)], ["done", "Found 3 messages. Searched all stored messages."]);
});

test("it can be stopped and continued", async () => {
  const { server, search } = await searching();
  search.stop();
  assert.equal(tell(search), "Stopped.");
  found(server, { before: "1090-90", more: true });
  assert.equal(search.before, undefined, "an answer that comes late is passed over");
  search.searchOn();
  found(server, { before: "1090-90", more: true });
  search.stop();
  assert.match(tell(search), /^Stopped\. Searched back to /);
  server.clock.advance(20_000);
  assert.equal(server.sent("search").length, 2);
  search.searchOn();
  assert.equal(question(server).before, "1090-90");
  found(server, { messages: messages(1, 1) });
  search.stop();
  assert.equal(search.state, "done");
});

test("a node that makes no progress is not asked forever", async () => {
  const { server, search } = await searching();
  found(server, { before: "1090-90", more: true });
  server.clock.advance(1_000);
  found(server, { before: "1090-90", more: true });
  server.clock.advance(20_000);
  assert.deepEqual([search.state, server.sent("search").length], ["done", 2]);
});

test("the answer to an earlier request is ignored", async () => {
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

test("another room drops the results of the last one", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(1, 1) });
  search.enter("lobby");
  assert.equal(search.messages.length, 1);
  search.enter("other");
  assert.deepEqual([search.messages, search.query, search.state], [[], "", "idle"]);
});

test("it continues after a reconnect where it was", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(3, 5), before: "1003-3", more: true });
  search.searchOn();
  server.drop();
  assert.equal(search.waiting, true);
  await server.reconnect();
  assert.equal(server.sent("search").length, 0);
  server.joined();
  assert.equal(question(server).before, "1003-3");
  found(server, { messages: messages(1, 2) });
  assert.deepEqual(ids(search), [5, 4, 3, 2, 1]);
});

test("a busy server is asked again, a few times", async () => {
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

test("a refusal of an earlier request changes nothing", async () => {
  const { server, search } = await searching("one");
  refuse(server, "rate_limited", { retryAfterMs: 100 });
  search.search("two");
  server.clock.advance(1_000);
  assert.equal(server.sent("search").length, 2);
});

test("a node that does not support search differs from a failed search", async () => {
  const { server, search } = await searching();
  refuse(server, "not_joined");
  assert.equal(search.state, "searching");
  refuse(server, "unknown_type");
  assert.equal(search.state, "impossible");
  search.search("other");
  refuse(server, "bad_request");
  assert.equal(search.state, "failed");
});

test("after a new log the search starts at its end", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(3, 5), before: "1003-3", more: true });
  search.searchOn();
  found(server, { epoch: "00000000000000bb.00000001", messages: messages(1, 2) });
  assert.equal(question(server).before, undefined);
  found(server, { epoch: "00000000000000bb.00000001", messages: messages(1, 1) });
  assert.deepEqual(ids(search), [1]);
});

test("results are edited and deleted with their messages", async () => {
  const { server, search } = await searching();
  found(server, { messages: messages(1, 3) });
  const act = (n, fields) => server.hear(message(n, { from: ann, text: "", ...fields }));
  act(4, { act: "edit", target: "1002-2", text: "new" });
  act(5, { act: "delete", target: "1001-1" });
  act(6, { act: "delete", target: "1-99" });
  assert.deepEqual(
    search.messages.map(({ text }) => text),
    ["text 3", "new"],
  );
});
