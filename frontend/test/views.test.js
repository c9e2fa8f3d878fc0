import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { RoomStore } from "../js/store/RoomStore.js";
import { Comings } from "../js/store/Timeline.js";
import { cleaned, mentionOf } from "../js/store/text.js";
import { arrange as arrangeRoom } from "../js/views/arrange.js";
import { RowWindow } from "../js/views/MessageList.js";
import { nameOfDay } from "../js/views/RowView.js";
import { parseBlocks, parseInline } from "../js/views/textNodes.js";
import { de as clusterInGerman } from "../js/words/cluster.de.js";
import { en as cluster } from "../js/words/cluster.en.js";
import { de } from "../js/words/de.js";
import { deMore } from "../js/words/deMore.js";
import { enMore } from "../js/words/enMore.js";
import { deFiles } from "../js/words/deFiles.js";
import { deRooms } from "../js/words/deRooms.js";
import { enFiles } from "../js/words/enFiles.js";
import { enRooms } from "../js/words/enRooms.js";
import { en, learnMore, listed, say } from "../js/words/say.js";
import { languageOf } from "../js/words/speaker.js";
import { ann, message, self } from "./support/TestServer.js";

const noon = new Date(2026, 10, 21, 12).getTime();
const minute = 60_000;
const said = (n, ts, fields) => ({
  kind: "message",
  serial: 0,
  message: message(n, { ts, ...fields }),
});
const arrange = (entries, waiting, user, divider, comings = new Comings()) =>
  arrangeRoom({ timeline: { entries }, comings }, waiting, user, divider);
const kinds = (rows) => rows.map((row) => (row.kind === "message" && row.continued ? "continued" : row.kind));

test("messages of one sender within five minutes are one group", () => {
  const entries = [said(1, noon), said(2, noon + 4 * minute), said(3, noon + 9 * minute)];
  const rows = arrange([...entries, said(4, noon + 9 * minute, { from: self })], [], self);
  assert.deepEqual(kinds(rows), ["day", "message", "continued", "message", "message"]);
});

test("a new day breaks a group", () => {
  const midnight = new Date(2026, 10, 22).getTime();
  const rows = arrange([said(1, midnight - 1000), said(2, midnight + 1000)], [], self);
  assert.deepEqual(kinds(rows), ["day", "message", "day", "message"]);
});

test("a gap breaks a group, not a day, and shows what is known about it", () => {
  const missing = { from: "1002-2", to: "1009-9" };
  const gap = { kind: "gap", serial: 1, missing, open: false };
  const rows = arrange([said(1, noon), gap, said(10, noon + minute)], [], self);
  assert.deepEqual(kinds(rows), ["day", "message", "gap", "message"]);
  assert.equal(rows[2].lost, 8);
});

test("another name of the same user is shown", () => {
  const renamed = { from: { ...ann, name: "Anna" } };
  const rows = arrange([said(1, noon), said(2, noon, renamed)], [], self);
  assert.deepEqual(kinds(rows), ["day", "message", "message"]);
});

test("our own row keeps its key on the way into the log", () => {
  const item = { key: "k", room: "lobby", text: "mine", createdAt: noon, state: "pending" };
  const waiting = arrange([said(1, noon)], [item], self).at(-1);
  const sent = arrange([said(1, noon), said(2, noon, { from: self, key: "k" })], [], self).at(-1);
  assert.equal(waiting.key, sent.key);
  assert.deepEqual([waiting.state, sent.state], ["pending", "sent"]);
});

test("all keys of rows differ", () => {
  const back = said(3, noon - 24 * 60 * minute);
  const rows = arrange([said(1, noon), back, said(4, noon)], [], self);
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
});

test("the divider precedes the first unread message of others", () => {
  const entries = [said(1, noon), said(2, noon, { from: self }), said(3, noon), said(4, noon)];
  const rows = arrange(entries, [], self, { after: "1001-1", count: 2 });
  assert.deepEqual(kinds(rows), ["day", "message", "message", "new", "message", "continued"]);
  assert.equal(rows[3].count, 2);
});

test("a note of joins follows its message and breaks a group", () => {
  const comings = new Comings();
  comings.add("1001-1", [self], []);
  const rows = arrange([said(1, noon), said(2, noon)], [], self, null, comings);
  assert.deepEqual(kinds(rows), ["day", "message", "comings", "message"]);
});

test("who joins by invitation is told of once, until they come again", () => {
  const event = (n, from) => ({
    ...said(n, noon, { from, act: "role", member: from.id, role: "member" }),
    kind: "event",
  });
  const comings = new Comings();
  const bob = { id: "u9", name: "Bob" };
  comings.add("1002-2", [ann, bob], []);
  comings.add("1003-3", [bob], []);
  comings.add("1004-4", [ann], [bob]);
  const rows = arrange([said(1, noon), event(2, ann), event(3, bob), said(4, noon)], [], self, null, comings);
  const told = rows.map((row) => (row.kind === "comings" ? row.joined.map(({ name }) => name).join() : row.kind));
  assert.deepEqual(told, ["day", "message", "event", "Bob", "event", "message", "Ann"]);
});

const inline = (text, name) =>
  parseInline(text, name ? mentionOf(name) : null).map(({ kind, text: leaf, href, pieces }) =>
    kind === "text" ? leaf : { [kind]: pieces?.map((piece) => piece.text) ?? href ?? leaf },
  );

test("web and mail addresses become links, without the punctuation around them", () => {
  assert.deepEqual(inline("See https://swift.org/a_(b)?c=1. Or (mailto:a@b.c)!"), [
    "See ",
    { link: "https://swift.org/a_(b)?c=1" },
    ". Or (",
    { link: "mailto:a@b.c" },
    ")!",
  ]);
});

test("nothing else is a link, and no text is lost", () => {
  const texts = [
    "javascript:alert(1)",
    "data:text/html,<b>",
    "ftp://a.b",
    "https://",
    "http://[",
    "file:///etc/passwd",
    "<script>alert(1)</script>",
    "2*3*4 a**b**c * d * ** e ** `` ** *",
    "*over\nlines* `and\nthese`",
  ];
  for (const text of texts) assert.deepEqual(inline(text), [text], text);
});

test("code, bold and italic are formatted, and code is left alone", () => {
  assert.deepEqual(inline("**bold** and *italic*, `**code** https://a.b`"), [
    { bold: ["bold"] },
    " and ",
    { italic: ["italic"] },
    ", ",
    { code: "**code** https://a.b" },
  ]);
  assert.equal(parseInline("**a *b* c**", null)[0].pieces[1].kind, "italic");
});

test("mentions match the whole name in any case", () => {
  assert.deepEqual(inline("hi @QUIET otter, you", "Quiet Otter"), ["hi ", { mention: "@QUIET otter" }, ", you"]);
  for (const text of ["@anna", "x@ann", "ann"]) assert.deepEqual(inline(text, "ann"), [text]);
  assert.deepEqual(inline("@a.b?", "a.b?"), [{ mention: "@a.b?" }], "a name is no pattern");
  assert.equal(mentionOf(""), null);
});

test("every name can be mentioned, whatever characters it has", () => {
  const characters = [...Array(0x80).keys()].map((code) => String.fromCodePoint(code));
  for (const one of [...characters, ..."\u00ad\u00fc\u{1f600}\u0301\u05d0\ud800"]) {
    for (const name of [`Jean${one}Luc`, `${one}Luc`, `Jean${one}`, one, one + one]) {
      const address = `@${name}`;
      const found = inline(`hello ${address} !`, name);
      assert.deepEqual(found, ["hello ", { mention: address }, " !"], JSON.stringify(name));
    }
  }
});

test("quotes and code blocks are separate blocks", () => {
  const text = "see\n> one\n> two\n```js\n> **three**\n\n```\n```\nno end";
  assert.deepEqual(parseBlocks(text, null), [
    { kind: "lines", pieces: [{ kind: "text", text: "see" }] },
    { kind: "quote", blocks: [{ kind: "lines", pieces: [{ kind: "text", text: "one\ntwo" }] }] },
    { kind: "code", text: "> **three**\n" },
    { kind: "lines", pieces: [{ kind: "text", text: "```\nno end" }] },
  ]);
  assert.deepEqual(parseBlocks("", null), []);
});

test("the page holds 300 rows, at the end or around the reader", () => {
  const rows = Array.from({ length: 1000 }, (_, n) => ({ kind: "day", key: `${n}`, at: n }));
  const window = new RowWindow();
  window.fit(rows, true);
  assert.deepEqual([window.rows.length, window.rows[0].key], [300, "700"]);
  window.up();
  assert.equal(window.rows[0].key, "600");
  assert.equal(window.endsAtLast, false);
  const earlier = { kind: "day", key: "earlier", at: 0 };
  window.fit([earlier, ...rows], false);
  assert.equal(window.rows[0].key, "600", "what is loaded above moves nothing");
  for (let n = 0; n < 9; n += 1) window.up();
  assert.equal(window.rows[0].key, "earlier");
  assert.ok(window.startsAtFirst);
  window.down();
  window.toEnd();
  assert.ok(window.endsAtLast);
  window.fit(rows.slice(0, 10), true);
  assert.equal(window.rows.length, 10);
});

test("both languages have the same texts with the same placeholders", () => {
  const gaps = (forms) =>
    [forms]
      .flatMap((one) => (typeof one === "string" ? one : Object.values(one)))
      .map((text) => text.match(/\{\w+\}/g)?.toSorted() ?? []);
  for (const [ours, theirs] of [
    [en, de],
    [enMore, deMore],
    [enRooms, deRooms],
    [enFiles, deFiles],
    [cluster, clusterInGerman],
  ]) {
    assert.deepEqual(Object.keys(theirs), Object.keys(ours));
    for (const word of Object.keys(ours)) {
      assert.equal(typeof theirs[word], typeof ours[word], word);
      assert.deepEqual(gaps(theirs[word]), gaps(ours[word]), word);
    }
  }
  assert.deepEqual(
    Object.keys(enMore).filter((word) => Object.hasOwn(en, word)),
    [],
  );
});

test("texts are filled in, singular or plural, and names are isolated", async () => {
  await learnMore();
  assert.equal(say("unread", { n: 1 }), "1 unread");
  assert.equal(say("notSent", { reason: "$& {n}" }), "Not sent. $& {n}");
  assert.equal(say("typing", { n: 2, names: listed(["A", "B"]) }), "⁨A⁩ and ⁨B⁩ are typing…");
});

test("recent days have names", () => {
  const now = new Date(2026, 10, 21, 12);
  assert.equal(nameOfDay(noon, now), "Today");
  assert.equal(nameOfDay(noon - 24 * 60 * minute, now), "Yesterday");
  assert.match(nameOfDay(new Date(2024, 0, 5).getTime(), now), /2024/);
});

test("characters that the server drops are removed before sending", () => {
  assert.equal(cleaned(" a\u0000\u001b[31mb\n\tc\r\n "), "a[31mb\n\tc");
  assert.equal(cleaned("half \ud83d of one, and 😀 whole"), "half \ufffd of one, and 😀 whole");
  assert.equal(cleaned("\u0007\u0007"), "");
});

test("any language of a browser maps to one that Intl accepts", () => {
  const expected = {
    "en-US": "en-US",
    "de-AT": "de-AT",
    "en-US@posix": "en",
    "de_DE.UTF-8": "de",
    DE: "de",
    "en-": "en",
    english: "en",
    fr: "en",
    C: "en",
    "": "en",
  };
  for (const [tag, language] of Object.entries(expected)) {
    assert.equal(languageOf([tag]), language, tag);
    new Intl.PluralRules(languageOf([tag]));
  }
  assert.equal(languageOf([]), "en");
  assert.equal(languageOf(["fr", "de-CH", "en"]), "de-CH");
});

test("every error code of the protocol has a text in both languages", () => {
  const protocol = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
  const [listed] = protocol.match(/^Error codes: [^]*?\n\n/m);
  const codes = [...listed.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code]) => code);
  const fields = ["key", "history", "join", "retryAfterMs", "trace"];
  const told = codes.filter((code) => !fields.includes(code));
  assert.ok(told.length >= 14, told.join());
  for (const code of told) {
    assert.ok({ ...en, ...enMore }[`error_${code}`], code);
    assert.ok({ ...de, ...deMore }[`error_${code}`], code);
  }
});

test("a refusal is told by its code, never in the words of the server", async () => {
  await learnMore();
  const item = { key: "k", room: "lobby", text: "mine", createdAt: 1, state: "failed" };
  const reasonFor = (fields) => {
    const rows = arrangeRoom(new RoomStore(), [{ ...item, ...fields }], self);
    return rows.at(-1).reason;
  };
  const reason = "text has 5000 characters";
  assert.equal(reasonFor({ code: "too_long", reason }), enMore.error_too_long);
  assert.equal(reasonFor({ code: "too_sad", reason }), "The server refused this (too_sad).");
  assert.equal(reasonFor({ code: "constructor", reason }), "The server refused this (constructor).");
  assert.equal(reasonFor({ reason }), reason, "as an earlier version has kept it");
});
