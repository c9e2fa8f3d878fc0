import assert from "node:assert/strict";
import { test } from "node:test";
import { fitting, isWhole, tokensAt } from "../js/extras/completing.js";
import { emoji } from "../js/extras/emoji.js";
import { oneEmoji } from "../js/extras/ReactionPicker.js";
import { properName } from "../js/store/text.js";
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

test("any text has bounded tokens", () =>
  forSeeds(500, (random) => {
    const text = random.text(300);
    const caret = random.below(text.length + 1);
    for (const { sign, start, query } of tokensAt(text, caret)) assert.equal(text.slice(start, caret), sign + query);
    const begun = process.cpuUsage();
    tokensAt("@".repeat(100_000), 100_000);
    assert.ok(process.cpuUsage(begun).user < 200_000);
  }));

test("the table of emoji has single emoji with names that can be typed, in both languages", () => {
  for (const german of [true, false]) {
    const all = emoji(german);
    assert.ok(all.length > 180);
    assert.equal(new Set(all.map(({ text }) => text)).size, all.length);
    for (const { text, names } of all) {
      assert.equal(oneEmoji(text), text, names[0]);
      assert.ok(names.length > 0 && names.every((name) => /^[\p{L}\p{N}_+-]{2,}$/u.test(name)), text);
    }
  }
  assert.equal(emoji(true).find(({ text }) => text === "🎉").names[0], "konfetti");
  assert.equal(emoji(false).find(({ text }) => text === "🎉").names[0], "tada");
});
