import assert from "node:assert/strict";
import { test } from "node:test";
import { mentionOf } from "../js/store/text.js";
import { parseBlocks, parseInline, roomsIn } from "../js/views/textNodes.js";
import { charactersRead } from "./support/effort.js";
import { Seeded, seed } from "./support/seeded.js";

const random = new Seeded(seed);
const everyCharacter = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));
const brackets = [..."()[]{}（）［］｛｝「」『』【】〈〉《》〔〕〖〗｢｣⟨⟩⟦⟧❨❩＜＞"];
const isClosing = (one) => brackets.indexOf(one) % 2 === 1;
const halfOf = (one) => brackets[brackets.indexOf(one) - 1];
const sentenceEnd = /[\p{Terminal_Punctuation}\p{Sentence_Terminal}\p{Pe}\p{Pf}\u2026]/u;
const linksIn = (pieces) =>
  pieces.flatMap((piece) => (piece.kind === "link" ? [piece] : piece.pieces ? linksIn(piece.pieces) : []));
const linkTexts = (text) => linksIn(parseInline(text, null)).map((link) => link.text);

/** The source of a text, from its parsed form. */
function written(pieces) {
  return pieces
    .map(({ kind, mark, text, address, pieces: inner }) => {
      if (address) return `[${written(inner)}](${address})`;
      const around = kind === "code" ? "\x60" : (mark ?? "");
      return around + (inner ? written(inner) : text) + around;
    })
    .join("");
}

const writtenItem = ({ mark, pieces }) => `${mark} ${written(pieces)}`;
const writtenBlock = (block) =>
  (block.kind === "heading" ? "# " : "") +
  (block.text ??
    block.blocks?.map(writtenBlock).join("\n") ??
    block.items?.map(writtenItem).join("\n") ??
    written(block.pieces));

const parts = [
  ..."ab äß次 👍é\u0301 ⁦א.,;:!?*_'\"\n\t<>&@#/\\\x60~-",
  ...brackets,
  "**",
  "*",
  "\x60",
  "\x60\x60\x60",
  "\n\x60\x60\x60\n",
  "\n\x60\x60\x60js\n",
  "\n> ",
  "> ",
  "***",
  "~~",
  "\n- ",
  "\n  1. ",
  "\n# ",
  "\n> > ",
  "](https://example.com/y)",
  "[a](http://b.c)",
  "http://",
  "https://",
  "mailto:",
  "https://example.com/x",
  "https://[",
  "http://a.b/(c)",

  "javascript:alert(1)",
  "@Ann",
  "@ann",
  "@Jean-Luc",
  "#garden",
  ..."。、！？…”’»\u200b\u202e\ufeff\u0000\u2028İﬁ𝒳\udc00\ud83d",
];
const anyText = () =>
  random.list(40, () => (random.below(20) ? random.pick(parts) : random.pick(everyCharacter))).join("");

test(`no text is lost or refused, and no link swallows what closes around it (SEED=${seed})`, () => {
  for (let count = 0; count < 20_000; count += 1) {
    const text = anyText();
    const mention = random.below(2) ? mentionOf(random.pick(["Ann", "Jean-Luc", "[", "次"])) : null;
    const pieces = parseInline(text, mention);
    assert.equal(written(pieces), text, JSON.stringify(text));
    for (const { text: shown, address, href } of linksIn(pieces)) {
      const link = address ?? shown;
      assert.match(href, /^(https?:\/\/|mailto:)/);
      const open = [];
      for (const one of link) {
        if (!brackets.includes(one)) continue;
        if (!isClosing(one)) open.push(one);
        else assert.equal(open.pop(), halfOf(one), JSON.stringify({ text, link }));
      }
      const last = [...link].at(-1);
      assert.ok(isClosing(last) || !sentenceEnd.test(last), JSON.stringify({ text, link }));
    }
  }
});

test(`no block of a text is lost (SEED=${seed})`, () => {
  // The marks of code, quotes and headings disappear, and so does the name of a language.
  const plain = (text) => text.replace(/^[> ]*\x60{3}[\w+-]*$/gm, "").replace(/[\s>#\x60]/gu, "");
  for (let count = 0; count < 20_000; count += 1) {
    const text = anyText();
    const blocks = parseBlocks(text, mentionOf("Ann"));
    const shown = blocks.map((block) => writtenBlock(block)).join("\n");
    assert.equal(plain(shown), plain(text), JSON.stringify(text));
  }
});

test("punctuation that ends a sentence or closes a bracket is never part of a link, in any script", () => {
  const link = "https://example.com/x";
  const ends = everyCharacter.filter((one) => sentenceEnd.test(one));
  assert.ok(ends.length > 300, String(ends.length));
  for (const one of ends) {
    const name = `U+${one.codePointAt(0).toString(16)}`;
    assert.deepEqual(linkTexts(`${link}${one}`), [link], name);
    assert.deepEqual(linkTexts(`(${link}${one} and`), [link], name);
    // An apostrophe touches a letter, and an ellipsis may replace a part of a path.
    if (one > "\u007f" && !"’…".includes(one)) assert.deepEqual(linkTexts(`次は${link}${one}次`), [link], name);
  }
});

test(`a link in any sentence is found whole, and so is the next one (SEED=${seed})`, () => {
  const word = () => random.pick(["a", "Z9", "次", "Über", "%20", "a.b", "-", "it’s", "~", "a_b", "x*y"]);
  const path = (depth) =>
    random
      .list(4, () => {
        const at = 2 * random.below(brackets.length / 2);
        return depth && !random.below(3) ? brackets[at] + path(depth - 1) + brackets[at + 1] : word();
      })
      .join("/");
  const close = [...'）」。、！”>\n "', "』次", ") ", "). ", "，と", "：次"];
  for (let count = 0; count < 5_000; count += 1) {
    const links = Array.from({ length: 3 }, () => `https://example.com/${path(3)}/e?q=${random.below(99)}#f`);
    const text = links.map((link) => random.pick(["「", "（", "次は", "", "(", "„"]) + link + random.pick(close));
    assert.deepEqual(linkTexts(text.join("")), links, JSON.stringify(text));
  }
});

/** How often a character is read, at most. */
const mostReads = 60;

test("parsing reads each character a limited number of times", () => {
  const spans = [
    "**a ",
    "*a",
    "*a **b ",
    "** *",
    "_*",
    "@Ann@",
    "> x\n",
    "\x60\n",
    "_a b_c ",
    " _a",
    "~~a ",
    "***a **b *c _d ~~e ",
  ];
  spans.push("[a](", "[a](http://b ", "[", "](", "- a\n", "# a\n", "> > > > > > > a\n", "1. - # ");
  const fences = ["\x60\x60\x60\n", "\x60\x60\x60a\n"];
  const links = ["http://(", "http://[", "http://)", "mailto:"];
  const wide = ["https://a。", "https://a.b/（", "「https://a.b」"];
  for (const piece of [...parts, ...spans, ...fences, ...links, ...wide]) {
    // What would close everything, but does not.
    for (const end of ["", " _ ", " * ", " ] ", " ~~ ", " *** "]) {
      const text = piece.repeat(20_000 / piece.length) + end;
      const read = charactersRead(() => parseBlocks(text, mentionOf("Ann")));
      assert.ok(read < mostReads * text.length, `${read} of ${JSON.stringify(piece + end)}`);
    }
  }
});

/** A text as nested arrays: easy to compare. */
const shape = (pieces) =>
  pieces.map(({ kind, text, href, pieces: inner }) =>
    inner ? [kind, ...(href ? [href] : []), ...shape(inner)] : kind === "text" ? text : [kind, text],
  );
const inline = (text) => shape(parseInline(text, null));

test("people's marks are formats where they touch words outside, and nowhere else", () => {
  assert.deepEqual(inline("~~old~~ and _new_"), [["strike", "old"], " and ", ["italic", "new"]]);
  assert.deepEqual(inline("***both***"), [["bold", ["italic", "both"]]]);
  assert.deepEqual(inline("**a _b_ ~~c~~**"), [["bold", "a ", ["italic", "b"], " ", ["strike", "c"]]]);
  assert.deepEqual(inline("_say snake_case now_"), [["italic", "say snake_case now"]]);
  for (const text of [
    "snake_case_name",
    "__init__",
    "a ~~ b ~~",
    "_ a_",
    "~/x ~y",
    "2 * 3 * 4",
    "****",
    "_a\nb_",
    "5_000_",
  ])
    assert.deepEqual(inline(text), [text]);
});

test(`a mention is one, whatever marks the name has and stand around it (SEED=${seed})`, () => {
  const leaves = (pieces) => pieces.flatMap((piece) => (piece.pieces ? leaves(piece.pieces) : [piece]));
  const marks = ["_", "*", "**", "***", "~~", "[", "]", "`"];
  const odd = () => random.list(2, () => random.pick([...marks, "-", ".", "é", "次"])).join("");
  for (let count = 0; count < 2_000; count += 1) {
    const name = `${odd()}${random.pick(["Ann", "x", "次", ""])}${odd()}` || "*";
    const around = () =>
      random.list(5, () =>
        random.pick([...marks.slice(0, 5), "word", "_word_", "*word*", "snake_case", "\n", "**a", "b**"]),
      );
    const text = [...around(), `@${name}`, ...around(), `@${name}`, ...around()].join(" ");
    const pieces = parseInline(text, mentionOf(name));
    const found = leaves(pieces).filter(({ kind }) => kind === "mention");
    assert.deepEqual(
      found.map((piece) => piece.text),
      [`@${name}`, `@${name}`],
      JSON.stringify({ text, name }),
    );
    assert.equal(written(pieces), text);
  }
  assert.deepEqual(shape(parseInline("_so @ann_ is here_", mentionOf("ann_"))), [
    ["italic", "so ", ["mention", "@ann_"], " is here"],
  ]);
  assert.deepEqual(shape(parseInline("`@ann_` *@ann_*", mentionOf("ann_"))), [
    ["code", "@ann_"],
    " ",
    ["italic", ["mention", "@ann_"]],
  ]);
});

test(`names of rooms stand alone, and neither in code nor in a word or an address (SEED=${seed})`, () => {
  const leaves = (blocks) => blocks.flatMap((one) => (one.pieces ? leaves(one.pieces) : (one.blocks ?? [one])));
  const rooms = (text) =>
    parseBlocks(text, null)
      .flatMap((block) => leaves([block]))
      .filter(({ kind }) => kind === "room")
      .map((piece) => piece.text.slice(1));
  for (let count = 0; count < 5_000; count += 1) {
    const room = Array.from({ length: 1 + random.below(64) }, () => random.pick([..."abz09"])).join("");
    const text = `${random.pick(["", "see ", "(", "次は ", "**", "*", "„", "so:"])}#${room}`;
    const end = random.pick(["", ".", ", and", ")", "**", "*", "”", "\n", "。", "?"]);
    assert.deepEqual(rooms(text + end), [room], JSON.stringify(text + end));
    assert.deepEqual(roomsIn(text + end), [room]);
    for (const other of [
      `a#${room}`,
      `\x60${text}\x60`,
      `https://a.b/#${room}`,
      `x/#${room}`,
      `##${room}`,
      `#${room}-é`,
    ])
      assert.deepEqual(rooms(other), [], other);
  }
  assert.deepEqual(rooms("#a-b_c #_a #A ##b c#d &#39; #é #ab\u0301 #f/g"), ["a-b_c"]);
  assert.deepEqual(rooms("\x60\x60\x60\n#a\n\x60\x60\x60\n#b"), ["b"]);
});

test("a link has the text before it, unless that could pretend another address", () => {
  assert.deepEqual(inline("see [the docs](https://a.b/c_(d))."), [
    "see ",
    ["link", "https://a.b/c_(d)", "the docs"],
    ".",
  ]);
  assert.deepEqual(inline("[**x** y](mailto:a@b.c)"), [["link", "mailto:a@b.c", ["bold", "x"], " y"]]);
  for (const text of ["[x](javascript:alert(1))", "[x](y)", "[x] (https://", "[](", "[x](data:text/html,1)"])
    assert.deepEqual(linkTexts(text), [], text);
  const pretending = [
    "https://bank.com",
    "\x60https:\x60//bank.com/login",
    "**https:**//bank.com",
    "https:*/*/bank.com/",
    "www.bank.com",
    "bank.com/login",
    "bank.com",
    "ｈttps://bank.com",
    "https\u200B://bank.com",
    "\u202Emoc.knab//:sptth",
  ].map((label) => `[${label}](https://evil.com)`);
  for (const label of ["evil.com", "the docs, v1.2", "see node.js here", "evil.com/x"])
    assert.deepEqual(linkTexts(`[${label}](https://evil.com/y)`), [label]);
  for (const text of [...pretending, "![x](https://a.b/c.png)", "[a\nb](https://a.b)"])
    assert.ok(
      linksIn(parseInline(text, null)).every((link) => !link.address),
      text,
    );
});

test("lists keep their marks and numbers, and headings and nested quotes are blocks", () => {
  const [list] = parseBlocks("- a\n* **b**\n  - c\n2. d\n10) e", null);
  assert.deepEqual(
    list.items.map(({ mark, ordered, level, pieces }) => [mark, ordered, level, shape(pieces)]),
    [
      ["-", false, 0, ["a"]],
      ["*", false, 0, [["bold", "b"]]],
      ["-", false, 1, ["c"]],
      ["2.", true, 0, ["d"]],
      ["10)", true, 0, ["e"]],
    ],
  );
  for (const text of ["-a", "- ", "1.5 litres", "#tag", "# ", "####### x"])
    assert.deepEqual(
      parseBlocks(text, null).map(({ kind }) => kind),
      ["lines"],
      text,
    );
  assert.deepEqual(
    parseBlocks("## a\nb", null).map(({ kind }) => kind),
    ["heading", "lines"],
  );
  const [quote] = parseBlocks("> a\n>\n> > b\n> - c", null);
  assert.deepEqual(
    quote.blocks.map(({ kind }) => kind),
    ["lines", "quote", "list"],
  );
  assert.equal(parseBlocks("> ".repeat(2_000) + "x", null).length, 1);
});
