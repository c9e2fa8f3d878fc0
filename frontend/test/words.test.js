// The page checks texts and names before the server does: both are tested against the same table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { oneEmoji } from "../js/extras/recentEmoji.js";
import { cleaned, isVisible, mentionOf, properName } from "../js/store/text.js";
import { applied } from "../js/transport/frames.js";
import { message } from "./support/TestServer.js";

const table = JSON.parse(readFileSync(new URL("../../Tests/Samples/words.json", import.meta.url), "utf8"));

for (const { given, name, what = name } of table.names)
  test(`the name ${JSON.stringify(given)} is ${name === null ? "refused" : "taken"}: ${what}`, () =>
    assert.equal(properName(given), name));

for (const { given, text, what = text } of table.texts)
  test(`the text ${JSON.stringify(given)} is ${text === null ? "refused" : "taken"}: ${what}`, () => {
    const travels = cleaned(given);
    if (text === null) assert.ok(!isVisible(travels), JSON.stringify(travels));
    else assert.equal(travels, text.trim());
  });

for (const { given, emoji } of table.emoji)
  test(`the emoji ${JSON.stringify(given)} is ${JSON.stringify(emoji)}`, () => {
    assert.equal(oneEmoji(given), emoji);
    if (emoji) assert.equal(oneEmoji(emoji), emoji);
  });

for (const { of, given, mentioned } of table.mentions)
  test(`${JSON.stringify(given)} ${mentioned ? "mentions" : "does not mention"} ${JSON.stringify(of)}`, () =>
    assert.equal(given.search(mentionOf(of)) >= 0, mentioned));

test("an edit without a text changes nothing: a later edit or the deletion follows", () => {
  const before = message(1, { text: "first" });
  const edit = (n, text) => message(n, { act: "edit", target: before.id, text });
  assert.equal(applied(before, edit(2, "")), before);
  assert.equal(applied(applied(before, edit(2, "")), edit(3, "last")).text, "last");
});
