import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "../js/views/arrange.js";
import { splitLinks } from "../js/views/links.js";
import { nameOfDay } from "../js/views/times.js";
import { cleaned } from "../js/store/text.js";
import { ann, message, self } from "./support/TestServer.js";

const noon = new Date(2026, 10, 21, 12).getTime();
const minute = 60_000;
const said = (n, ts, fields) => ({
  kind: "message",
  serial: 0,
  message: message(n, { ts, ...fields }),
});
const kinds = (rows) =>
  rows.map((row) => (row.kind === "message" && row.continued ? "continued" : row.kind));

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

test("a gap breaks a group, not a day, and says what it knows", () => {
  const missing = { from: "1002-2", to: "1009-9" };
  const gap = { kind: "gap", serial: 1, missing, open: false };
  const rows = arrange([said(1, noon), gap, said(10, noon + minute)], [], self);
  assert.deepEqual(kinds(rows), ["day", "message", "gap", "message"]);
  assert.equal(rows[2].lost, 8);
});

test("another name of the same person is shown", () => {
  const renamed = { from: { ...ann, name: "Anna" } };
  const rows = arrange([said(1, noon), said(2, noon, renamed)], [], self);
  assert.deepEqual(kinds(rows), ["day", "message", "message"]);
});

test("our own row keeps its identity on the way into the log", () => {
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

test("web and mail addresses become links, without the sentence around them", () => {
  assert.deepEqual(splitLinks("See https://swift.org/a_(b)?c=1. Or (mailto:a@b.c)!"), [
    { text: "See " },
    { text: "https://swift.org/a_(b)?c=1", href: "https://swift.org/a_(b)?c=1" },
    { text: ". Or (" },
    { text: "mailto:a@b.c", href: "mailto:a@b.c" },
    { text: ")!" },
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
    "",
  ];
  for (const text of texts) {
    const pieces = splitLinks(text);
    assert.ok(
      pieces.every(({ href }) => href === undefined),
      text,
    );
    assert.equal(pieces.map((piece) => piece.text).join(""), text);
  }
});

test("days near us have names", () => {
  const now = new Date(2026, 10, 21, 12);
  assert.equal(nameOfDay(noon, now), "Today");
  assert.equal(nameOfDay(noon - 24 * 60 * minute, now), "Yesterday");
  assert.match(nameOfDay(new Date(2024, 0, 5).getTime(), now), /2024/);
});

test("what cannot travel is taken out before it is sent", () => {
  assert.equal(cleaned(" a\u0000\u001b[31mb\n\tc\r\n "), "a[31mb\n\tc");
  assert.equal(cleaned("half \ud83d of one, and 😀 whole"), "half \ufffd of one, and 😀 whole");
  assert.equal(cleaned("\u0007\u0007"), "");
});
