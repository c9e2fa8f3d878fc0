import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeInList } from "../js/extras/Attachments.js";
import { DraftFiles } from "../js/extras/DraftFiles.js";
import { FileBytes } from "../js/extras/FileBytes.js";
import { grantIn } from "../js/extras/Uploads.js";
import { fitting, isAnimated, properName, properType } from "../js/extras/pictures.js";
import { Outbox } from "../js/store/Outbox.js";
import { RoomNotes } from "../js/store/RoomStore.js";
import { MemoryStorage } from "../js/store/storage.js";
import { applied, entryOf, frameOf, parseFrame } from "../js/transport/frames.js";
import { copied, filesNamed, gistOf, sizeOf } from "../js/views/gist.js";
import { learnMore } from "../js/words/say.js";
import { FakeStorage } from "./support/FakeStorage.js";
import { shelfOf } from "./support/Tab.js";
import { TestServer, message, messages, self } from "./support/TestServer.js";
import { forSeeds } from "./support/seeded.js";

await learnMore();

const cat = { id: "f1", name: "cat.png", type: "image/png", bytes: 2_500_000, width: 800, height: 600 };
const report = { id: "f2", name: "report.pdf", type: "application/pdf", bytes: 900 };

test("bytes are kept in the database, or as long as the page if it is full", async (context) => {
  const warned = context.mock.method(console, "warn", () => {});
  const kept = new Map();
  const bytes = new FileBytes(Promise.resolve(shelfOf(kept)), () => 7);
  assert.equal(await bytes.put("a", new Blob(["x"])), true);
  assert.equal(await (await new FileBytes(Promise.resolve(shelfOf(kept)), () => 7).get("a")).text(), "x");
  await bytes.remove("a");
  assert.deepEqual([kept.size, await bytes.get("a")], [0, undefined]);

  const full = { ...shelfOf(kept), put: () => Promise.reject(new Error("full")) };
  const forbidden = Promise.reject(new Error("forbidden"));
  for (const shelf of [Promise.resolve(full), forbidden]) {
    const page = new FileBytes(shelf, () => 7);
    warned.mock.resetCalls();
    assert.equal(await page.put("b", new Blob(["y"])), false);
    assert.match(String(warned.mock.calls.at(-1).arguments[0]), /lost on reload/);
    assert.equal(await (await page.get("b")).text(), "y");
    await page.tidy(new Set());
    await page.remove("b");
    assert.equal(await page.get("b"), undefined);
  }
});

test("what nothing mentions any more is removed after a day", async () => {
  const kept = new Map([
    ["used", { at: 0 }],
    ["old", { at: 0 }],
    ["new", { at: 90_000_000 }],
    ["future", { at: 1e15 }],
    ["damaged", undefined],
  ]);
  const shelf = { ...shelfOf(kept), all: async () => Array.from(kept, ([id, one]) => [id, Number(one?.at)]) };
  await new FileBytes(Promise.resolve(shelf), () => 100_000_000).tidy(new Set(["used"]));
  assert.deepEqual([...kept.keys()], ["used", "new", "damaged"]);
});

test("files of an outbox outlive a reload with their tickets, whatever else is stored", () =>
  forSeeds(500, (random) => {
    const entries = new FakeStorage();
    const outbox = new Outbox(new MemoryStorage(entries), () => 1_000);
    const file = { local: "a", name: random.text(), type: "image/png", bytes: 1 + random.below(99) };
    outbox.add("lobby", "", "k1", undefined, undefined, [{ ...file, ticket: "t", until: 5 }, file]);
    outbox.add("lobby", "text", "k2", undefined, undefined, []);
    const again = new Outbox(new MemoryStorage(entries), () => 1_000);
    assert.deepEqual(again.item("k1").files, [{ ...file, ticket: "t", until: 5 }, file]);
    assert.equal(again.item("k2").files, undefined);
    const stored = JSON.parse(entries.getItem("webchat.outbox.k1"));
    stored.files = random.pick([
      random.junk(),
      [random.junk(), { ...file, [random.pick(["name", "bytes"])]: random.junk() }],
    ]);
    entries.setItem("webchat.outbox.k1", JSON.stringify(stored));
    entries.setItem("webchat.files.lobby", random.pick([JSON.stringify(stored.files), random.text(20)]));
    const drafts = new DraftFiles(new RoomNotes(new MemoryStorage(entries)));
    for (const { local, name, bytes } of [
      ...(new Outbox(new MemoryStorage(entries), () => 1_000).item("k1").files ?? []),
      ...drafts.in("lobby"),
      ...drafts.all,
    ])
      assert.deepEqual([typeof local, typeof name, Number.isFinite(bytes)], ["string", "string", true]);
  }));

test("the files of a draft are kept for each room, and those taken back come first", () => {
  const notes = new RoomNotes(new MemoryStorage(new FakeStorage()));
  const drafts = new DraftFiles(notes);
  let changes = 0;
  notes.changed.listen(() => (changes += 1));
  const file = (local) => ({ local, name: "a", type: "x/y", bytes: 1 });
  drafts.set("one", [file("a")]);
  drafts.set("two", [file("b")]);
  drafts.takeBack("two", [{ ...file("c"), ticket: "t", until: 5 }]);
  assert.deepEqual(drafts.in("one"), [file("a")]);
  assert.deepEqual(
    drafts.all.map(({ local, ticket }) => [local, ticket]),
    [
      ["a", undefined],
      ["c", "t"],
      ["b", undefined],
    ],
  );
  drafts.set("one", []);
  assert.deepEqual([drafts.in("one"), drafts.all.length, changes], [[], 2, 4]);
});

test("an answer of the server that makes no sense grants nothing", () => {
  const put = { url: "/files/lobby/1", headers: { Authorization: "Bearer t", odd: 7 } };
  const { headers, seconds } = grantIn({ file: "t", put, expiresIn: "soon" });
  assert.deepEqual([headers, seconds], [{ Authorization: "Bearer t" }, 3_600]);
  assert.equal(grantIn({ file: "t", put: { url: "files/lobby/1" } }).address, "files/lobby/1");
  const bucket = "https://s3.example:9000/pictures/lobby/1?X-Amz-Expires=900";
  assert.equal(grantIn({ file: "t", put: { url: bucket } }).address, bucket);
  const places = ["//files/lobby/1", "https:files/lobby/1", "https:///lobby/1", "ftp://s3.example/1", "files/a b"];
  for (const wrong of [{}, { file: "t" }, { file: 7, put }, ...places.map((url) => ({ file: "t", put: { url } }))])
    assert.equal(grantIn(wrong), null);
  return forSeeds(300, (random) => grantIn({ file: random.junk(), put: random.junk(), expiresIn: random.junk() }));
});

test("entries have the files that can be read, and nothing of the sender's browser", () => {
  const said = { type: "chat", room: "lobby", epoch: "e", ...message(1, { text: "" }) };
  const given = [cat, { ...report, local: "x", ticket: "t" }, null, { name: "no id" }, 7];
  assert.deepEqual(parseFrame(JSON.stringify({ ...said, files: given })).files, [cat, report]);
  for (const none of [undefined, null, "x", {}])
    assert.equal(parseFrame(JSON.stringify({ ...said, files: none })).files, undefined);
});

test("an edit keeps the files of a message, a deletion takes them", () => {
  const said = message(1, { files: [cat] });
  const edit = message(2, { act: "edit", target: said.id, text: "new" });
  assert.deepEqual(applied(said, edit).files, [cat]);
  assert.equal(applied(said, message(2, { act: "delete", target: said.id, text: "" })).files, undefined);
});

test("a message goes with its tickets, without files as ever", () => {
  const item = { key: "k", room: "lobby", text: "", createdAt: 1 };
  const files = [
    { local: "a", ticket: "t1" },
    { local: "b", ticket: "t2" },
  ];
  assert.deepEqual(frameOf({ ...item, files }), {
    type: "chat",
    room: "lobby",
    text: "",
    key: "k",
    files: ["t1", "t2"],
  });
  assert.deepEqual(frameOf(item), { type: "chat", room: "lobby", text: "", key: "k" });
  assert.deepEqual(entryOf({ ...item, files }, self).files, files);
});

test("an ack after its delivery does not replace the files of the server", async () => {
  const server = await new TestServer().inLobby({ messages: messages(1, 2) });
  server.chat.say("lobby", "mine", undefined, undefined, [
    { local: "a", name: "a", bytes: 1, ticket: "t", until: Infinity },
  ]);
  server.hear(message(3, { from: self, key: "key-1", text: "mine", files: [cat] }));
  server.ack("key-1", 3);
  assert.deepEqual(server.chat.room("lobby").timeline.find("1003-3").files, [cat]);
});

test("where there is only room for text, it says what files there are", () => {
  const picture = { ...cat, type: "image/jpeg" };
  assert.equal(filesNamed([cat, picture]), "2 pictures");
  assert.equal(filesNamed([report]), "\u2068report.pdf\u2069");
  assert.equal(filesNamed([cat, report]), "2 files");
  assert.equal(gistOf({ text: "", files: [cat] }), "1 picture");
  assert.equal(gistOf({ text: "Look", files: [cat] }), "Look (1 picture)");
  assert.equal(gistOf({ text: "Look" }), "Look");
  assert.equal(copied({ text: "Look", files: [cat, report] }), "Look\ncat.png\nreport.pdf");
  assert.deepEqual([1, 999, 1_000, 2_500_000, 1e13].map(sizeOf), [
    "1 byte",
    "999 bytes",
    "1 kB",
    "2.5 MB",
    "10,000 GB",
  ]);
});

test("any picture fits into the list and can be tapped", () =>
  forSeeds(500, (random) => {
    const [width, height] = [1 + random.below(9_000), 1 + random.below(9_000)];
    const shown = sizeInList({ width, height });
    assert.ok(shown.width >= 44 && shown.width <= 360 && shown.height >= 44 && shown.height <= 300);
    const sent = fitting(width, height, 2_560);
    assert.ok(sent.width >= 1 && sent.width <= Math.min(width, 2_560) && sent.height >= 1 && sent.height <= 2_560);
    assert.ok(Math.abs(sent.width / sent.height / (width / height) - 1) < 0.5 || Math.min(sent.width, sent.height) < 3);
  }));

test("names and types are such as the server takes", () =>
  forSeeds(2_000, (random) => {
    const name = properName(random.text(200) + random.pick(["", ".png", ".tar.gz", "..", "/"]));
    assert.ok([...name].length >= 1 && [...name].length <= 128, name);
    assert.doesNotMatch(name, /[\p{Cc}\p{Cs}/\\\u202a-\u202e\u2066-\u2069]/u);
    assert.match(properType(random.text(30)), /^[^\s/]+\/[^\s/]+$/);
  }));

test("a long name keeps its ending", () => {
  assert.equal(properName(`${"é".repeat(300)}.jpeg`), `${"é".repeat(123)}.jpeg`);
  assert.equal(properName("a/b\\c\u202egnp.exe"), "a_b_cgnp.exe");
  assert.equal(properType("Text/HTML; charset=utf-8"), "text/html");
  assert.equal(properType(""), "application/octet-stream");
});

test("animated pictures are told from others by their first bytes", () => {
  const bytes = (...parts) =>
    Uint8Array.from(
      parts.flatMap((part) => (typeof part === "string" ? [...part].map((one) => one.charCodeAt(0)) : part)),
    );
  const zeros = (count) => Array(count).fill(0);
  const gif = (...blocks) => bytes("GIF89a", [1, 0, 1, 0, 0x80, 0, 0], zeros(6), ...blocks);
  const image = [0x2c, ...zeros(9), 2, 2, 0x4c, 0x01, 0];
  assert.equal(isAnimated(gif(image, [0x3b]), "image/gif"), false);
  assert.equal(isAnimated(gif(image, image, [0x3b]), "image/gif"), true);
  assert.equal(isAnimated(gif([0x21, 0xff, 11], "NETSCAPE2.0", [3, 1, 0, 0, 0], image), "image/gif"), true);
  assert.equal(isAnimated(gif([0x21, 0xfe, 3], "hey", [0], image, [0x3b]), "image/gif"), false);
  assert.equal(isAnimated(bytes("RIFF", zeros(4), "WEBPVP8X", zeros(4), [2]), "image/webp"), true);
  assert.equal(isAnimated(bytes("RIFF", zeros(4), "WEBPVP8X", zeros(4), [0x10]), "image/webp"), false);
  assert.equal(isAnimated(bytes("RIFF", zeros(4), "WEBPVP8 ", zeros(9)), "image/webp"), false);
  assert.equal(isAnimated(bytes("\x89PNG", zeros(30), "acTL", zeros(8), "IDAT"), "image/png"), true);
  assert.equal(isAnimated(bytes("\x89PNG", zeros(30), "IDAT", "acTL"), "image/png"), false);
  return forSeeds(500, (random) => {
    const any = Uint8Array.from(random.list(60, () => random.below(256)));
    for (const type of ["image/gif", "image/webp", "image/png", "image/jpeg"]) isAnimated(any, type);
    isAnimated(gif([...any]), "image/gif");
  });
});
