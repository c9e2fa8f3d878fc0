"""Generated users: names, rooms, texts, browser languages, time zones and window sizes."""

import string
from dataclasses import dataclass

from hypothesis import strategies as st

# ruff: noqa: RUF001 (ambiguous characters are tested)
# Letters of many scripts, combining, right-to-left and joining characters, and all ASCII punctuation.
LETTERS = [*"aZ9", *"éßØıİñ", *"я次あ한אبाก", "ﬁ", "𝒳", "e\u0301", "W", "ﷺ", "👍", "👩\u200d💻", "🇩🇪", "❤\ufe0f"]
MARKS = [*string.punctuation, *" ¿«»„“”‘’…・。、（）「」\u00ad\u0301\u200d\u200f"]
PARTS = [
    *LETTERS,
    *MARKS,
    *["\n", "\n\n", "\t", "\u2066", "\u202e", "> ", "\n> ", "**", "`", "\n```\n", "\n```js\n"],
    *["@", "@all ", "@jean-luc"],
    *["https://example.com/x）", "（https://example.com/y）。", "http://[", "mailto:a@b.c", "javascript:alert(1)"],
    *["<b>x</b>", "&amp;", "{n}", "${x}", "%s", "\\u0000", "\u007f", "\u0085", "W" * 80, "word " * 20],
]
TAGS = ["en", "de", "EN", "fr", "C", "c", "POSIX", "zh", "english", "x", "i-klingon", ""]
ENDS = ["", "-US", "_DE", "@posix", "@euro", ".UTF-8", "-", "-x-", "-u-nu-arab", "-u-hc-h24", "-Latn-DE-1996", "-$"]
ZONES = ["UTC", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"]


@dataclass(frozen=True)
class Person:
    name: str
    room: str
    text: str
    other: str
    draft: str
    languages: list[str]
    zone: str
    width: int
    height: int


def joined(parts: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(parts), max_size=most).map("".join)


# Contains a letter, and does not begin with a slash, which would be a command.
visible = st.tuples(st.sampled_from(LETTERS), joined(PARTS, 30)).map("".join)
names = st.one_of(
    st.tuples(joined(MARKS, 4), st.sampled_from("aZя次אب"), joined([*LETTERS, *MARKS], 12))
    .map("".join)
    .map(lambda name: name[:32]),
    st.sampled_from(["W" * 32, "ﷺ" * 32]),
)
rooms = st.tuples(
    st.sampled_from(string.ascii_lowercase + string.digits),
    st.text(string.ascii_lowercase + string.digits + "_-", max_size=63),
).map("".join)
languages = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(ENDS)).map("".join), max_size=3)

people = st.builds(
    Person,
    name=names,
    room=rooms,
    text=visible,
    other=visible,
    draft=st.one_of(st.just(""), visible),
    languages=languages,
    zone=st.sampled_from(ZONES),
    width=st.integers(320, 1600),
    height=st.integers(400, 1000),
)
