import assert from "node:assert/strict";
import { test } from "node:test";
import { fitting, isWhole, tokensAt } from "../js/extras/completing.js";
import { emoji } from "../js/extras/emoji.js";
import { RecentEmoji, oneEmoji, quickCount } from "../js/extras/recentEmoji.js";
import { properName } from "../js/store/text.js";
import { charactersRead } from "./support/effort.js";
import { forSeeds } from "./support/seeded.js";

const people = (names) => names.map((name, key) => ({ key: `${key}`, label: name, insert: `@${name} ` }));
const labels = (found) => found.map(({ label }) => label);
/** The people that the list shows for a text with the caret at its end. */
const offered = (text, candidates) => {
  for (const token of tokensAt(text, text.length).filter(({ sign }) => sign === "@")) {
    const found = fitting(candidates, token.query);
    if (found.length > 0) return { token, found };
  }
  return null;
};

test("each sign begins a token where a word may begin, and nowhere else", () => {
  const signs = (text) => tokensAt(text, text.length).map(({ sign, query }) => sign + query);
  assert.deepEqual(signs("@"), ["@"]);
  assert.deepEqual(signs("hello (@an"), ["@an"]);
  assert.deepEqual(signs("mail a@b"), []);
  assert.deepEqual(signs("@one\n@two"), ["@two"]);
  assert.deepEqual(signs("see #gar"), ["#gar"]);
  assert.deepEqual(signs("see #gar den"), []);
  assert.deepEqual(signs("so :sm"), [":sm"]);
  for (const text of ["so :)", "at 12:30", ":D", ": x", "a::b"]) assert.deepEqual(signs(text), [], text);
  assert.deepEqual(signs("/jo"), ["/jo"]);
  for (const text of ["a /jo", "//jo", "/join x", "\n"]) assert.deepEqual(signs(text), [], text);
});

test("the beginning of a name comes before that of a word, and that before the rest", () => {
  const names = people(["Joanna", "Mary Ann", "Anna", "Ännchen", "Bob"]);
  assert.deepEqual(labels(fitting(names, "an")), ["Anna", "Ännchen", "Mary Ann", "Joanna"]);
  assert.deepEqual(labels(fitting(names, "mary a")), ["Mary Ann"]);
  assert.deepEqual(labels(fitting(names, "ann how are you")), [], "a name that goes on is none");
  assert.equal(fitting(people(Array.from({ length: 50 }, (_, n) => `Ann ${n}`)), "").length, 8);
});

test("a name of any characters is found by its beginning, whatever precedes it", () =>
  forSeeds(500, (random) => {
    const name = properName(
      random.pick([random.text(20), "Jean Luc @home", "مريم #1", "👩‍👩‍👧 Fam", "a:b - c", "@", "Al /x"]),
    );
    if (name === null) return;
    const before = random.pick(["", "hello ", "(", "@Bob, ", "# ", "שלום "]);
    const typed = [...name].slice(0, 1 + random.below([...name].length)).join("");
    const answer = offered(`${before}@${typed}`, people(["Other", name]));
    assert.ok(answer && labels(answer.found).includes(name), JSON.stringify({ before, typed, name }));
    const whole = tokensAt(`@${name}`, name.length + 1).find(({ start }) => start === 0);
    assert.ok(whole && isWhole(whole, people([name])[0]), "then Enter sends");
  }));

test("a name that is shown counts more than another one", () => {
  const all = emoji(false).map(({ text, names }) => ({
    key: text,
    label: names[0],
    insert: text,
    found: names.slice(1),
  }));
  assert.equal(fitting(all, "heart")[0].insert, "❤️");
  assert.equal(fitting(all, "herz")[0].insert, "❤️", "names of the other language are found");
});

test("umlauts are found as they are, without their dots and as two letters, and so are two letters by an umlaut", () => {
  const keys = emoji(true).map(({ text, names }) => ({
    key: text,
    label: names[0],
    insert: text,
    found: names.slice(1),
  }));
  for (const typed of ["schlüssel", "Schlüssel", "schluessel", "schlussel", "schlu", "SCHLUE", "schlu\u0308"])
    assert.equal(fitting(keys, typed)[0].insert, "🔑", typed);
  for (const typed of ["heiß", "heiss"])
    assert.ok(
      fitting(keys, typed).some(({ insert }) => insert === "🥵"),
      typed,
    );
  const names = people(["Jürgen Groß", "Mueller", "Søren", "Zoë"]);
  for (const [typed, name] of [
    ["juergen", "Jürgen Groß"],
    ["jurgen gross", "Jürgen Groß"],
    ["GROß", "Jürgen Groß"],
    ["müll", "Mueller"],
    ["soeren", "Søren"],
    ["zoe", "Zoë"],
  ])
    assert.deepEqual(labels(fitting(names, typed)), [name], typed);
});

test("any text has bounded tokens", () =>
  forSeeds(500, (random) => {
    const text = random.text(300);
    const caret = random.below(text.length + 1);
    for (const { sign, start, query } of tokensAt(text, caret)) assert.equal(text.slice(start, caret), sign + query);
    const many = random.pick(["@", "#", ":", "@a ", "/"]).repeat(random.below(100_000));
    assert.ok(charactersRead(() => tokensAt(many, many.length)) < 100_000);
  }));

test("the table of emoji has single emoji with names that can be typed, in both languages", () => {
  for (const german of [true, false]) {
    const all = emoji(german);
    assert.ok(all.length > 300);
    assert.ok(new Set(all.map(({ group }) => group)).size > 6);
    assert.equal(new Set(all.map(({ text }) => text)).size, all.length);
    for (const { text, title, names } of all) {
      assert.match(title, /^[\p{Lu}\d+-][^_]*$/u);
      assert.equal(oneEmoji(text), text, names[0]);
      assert.ok(names.length > 0 && names.every((name) => /^[\p{L}\p{N}_+-]{2,}$/u.test(name)), text);
    }
  }
  assert.equal(emoji(true).find(({ text }) => text === "🎉").names[0], "konfetti");
  assert.equal(emoji(false).find(({ text }) => text === "🎉").names[0], "tada");
});

test("recent emoji are single ones, each once, and chosen ones come first without moving those that are in view", () => {
  const all = emoji(false).map(({ text }) => text);
  forSeeds(100, (random) => {
    let stored = random.chance(0.5)
      ? random.list(20, () => random.pick([...all, "❤", random.text(4)])).join(" ")
      : null;
    const recent = new RecentEmoji({ getItem: () => stored, setItem: (_, text) => (stored = text) });
    for (let step = 0; step < 60; step += 1) {
      const before = recent.latest(quickCount);
      const chosen = random.pick(all);
      recent.note(chosen);
      const list = recent.latest(14);
      assert.equal(list.length, 14);
      assert.equal(new Set(list).size, 14);
      for (const one of list) assert.equal(oneEmoji(one), one);
      if (stored?.split(" ").slice(0, quickCount).includes(chosen)) assert.ok(list.slice(0, 3).includes(chosen));
      if (before.includes(chosen) && list[0] !== chosen) assert.deepEqual(list.slice(0, quickCount), before);
      assert.ok(list.indexOf(chosen) >= 0 && list.indexOf(chosen) < quickCount);
    }
    assert.ok(stored.split(" ").length <= 40);
  });
});
