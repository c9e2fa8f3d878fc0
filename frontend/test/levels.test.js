import assert from "node:assert/strict";
import { test } from "node:test";
import { isWanted, levelOf } from "../js/extras/NoticeLevel.js";
import { RoomNotes } from "../js/store/RoomStore.js";
import { MemoryStorage } from "../js/store/storage.js";
import { forSeeds } from "./support/seeded.js";

const direct = `_direct-${"a".repeat(26)}`;

test("a room tells of mentions, a conversation of two of everything, unless the user chose otherwise", () => {
  const notes = new RoomNotes(new MemoryStorage());
  assert.equal(levelOf(notes, "lobby"), "mentions");
  assert.equal(levelOf(notes, direct), "all");
  for (const room of ["lobby", direct])
    for (const level of ["nothing", "mentions", "all"]) {
      notes.setNote("level", room, level);
      assert.equal(levelOf(notes, room), level);
      assert.equal(isWanted(notes, { room, text: "hello" }, "Mira"), level === "all");
      assert.equal(isWanted(notes, { room, text: "hello @mira" }, "Mira"), level !== "nothing");
      assert.equal(isWanted(notes, { room, text: "hello @" }, ""), level === "all");
    }
});

test("whatever is stored is a choice, or none", () =>
  forSeeds(200, (random) => {
    const storage = new MemoryStorage();
    storage.setItem("webchat.level.lobby", random.text());
    assert.equal(levelOf(new RoomNotes(storage), "lobby"), "mentions");
  }));
