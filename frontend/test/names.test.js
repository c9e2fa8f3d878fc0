import assert from "node:assert/strict";
import { test } from "node:test";
import { MyRooms } from "../js/store/storage.js";
import { properName } from "../js/store/text.js";
import { invitationIn, nearestRoom } from "../js/views/Surroundings.js";
import { Seeded, seed } from "./support/seeded.js";

const random = new Seeded(seed);

test("the nearest room name is the one that people would type", () => {
  const expected = {
    Team: "team",
    Über: "uber",
    "#General Chat": "general-chat",
    Straße: "strasse",
    _x: "x",
    "Team!": "team",
    "Ærø Łódź": "aero-lodz",
    "１２": "12",
    東京: "",
    "": "",
    "---": "",
    "team-": "team-",
    İzmir: "izmir",
    "a/b": "a-b",
  };
  for (const [text, name] of Object.entries(expected)) assert.equal(nearestRoom(text), name);
  assert.equal(nearestRoom("My ", true), "my-");
  assert.equal(nearestRoom("x".repeat(10_000)).length, 64);
});

test(`the nearest name is a name, and a name is its own (SEED=${seed})`, () => {
  const alphabet = [..."abzAZ09_-# .!/%ßÜéİæ東\u0301\u200b\ud800👍ﬁＡ"];
  for (let count = 0; count < 20_000; count += 1) {
    const text = random.list(70, () => random.pick(alphabet)).join("");
    for (const goesOn of [false, true]) {
      const name = nearestRoom(text, goesOn);
      assert.ok(name === "" || MyRooms.isName(name), JSON.stringify({ text, name }));
      assert.equal(nearestRoom(name, goesOn), name, JSON.stringify(text));
    }
    const address = `#/r/${random.below(2) ? text : encodeURIComponent(text.toWellFormed())}`;
    assert.ok(MyRooms.isName(MyRooms.inAddress(address)));
    const wrong = MyRooms.wrongInAddress(address);
    assert.ok(wrong === "" || !MyRooms.isName(wrong));
  }
});

test("an address with more than a room and a message is invalid", () => {
  const wrong = {
    "#/r/a/b": "a/b",
    "#/r/a/b/": "a/b",
    "#/r/a/b/m/1-1": "a/b",
    "#/r/a%2Fb": "a/b",
    "#/r/a/mm": "a/mm",
    "#/r/a//": "a/",
    "#/r//a": "/a",
    "#/r/a": "",
    "#/r/a/": "",
    "#/r/a/m": "",
    "#/r/a/m/": "",
    "#/r/a/m/x/y": "",
    "#/r/a/m/1-1": "",
    "#/r/m/m/1-1": "",
    "#/r/": "",
    "#": "",
  };
  for (const [address, name] of Object.entries(wrong)) {
    assert.equal(MyRooms.wrongInAddress(address), name, address);
    if (name) assert.equal(MyRooms.inAddress(address), "lobby", address);
  }
  assert.equal(MyRooms.inAddress("#/r/a/m/1-1"), "a");
});

test("a name begins with no combining mark", () => {
  for (const given of ["\u0301Ann", " \u0301 \u0308Ann ", "\u20ddAnn", "Ann"]) assert.equal(properName(given), "Ann");
  assert.equal(properName(" \u0301"), null);
  assert.equal(properName("A\u0301nn"), "\u00c1nn");
  for (let count = 0; count < 2_000; count += 1) {
    const name = properName(random.list(5, () => random.pick([..."aé \u0301\u0903\u200d"])).join("")) ?? "a";
    assert.doesNotMatch(name, /^[\p{M}\p{White_Space}]/u);
    assert.equal(properName(name), name);
  }
});

test("a link that invites is not taken for the name of a room", () => {
  assert.equal(invitationIn(" https://chat.example/x/#/i/AbC-_.=x\n"), "#/i/AbC-_.=x");
  for (const text of ["", "lobby", "https://chat.example/#/r/lobby", "#/i/", "#/i/a b"])
    assert.equal(invitationIn(text), "", text);
});
