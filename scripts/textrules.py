"""The house rules that look at text, not at Swift code: for the page, for the size of files, and for Markdown."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAXIMUM_LINES = 400
MAXIMUM_COLUMNS = 120

Find = Callable[[str, str], Iterator[tuple[int, str]]]


@dataclass(frozen=True)
class Rule:
    """`find` gets a path relative to the root and the file's text, and yields line numbers (from 1) with a sentence."""

    name: str
    find: Find
    bad: tuple[tuple[str, str], ...]
    good: tuple[tuple[str, str], ...]


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def page_patterns(path: str, text: str) -> Iterator[tuple[int, str]]:
    if path.startswith("frontend/js/") and path != "frontend/js/store/text.js":
        for match in re.finditer(r"\bRegExp\(", text):
            yield line_of(text, match.start()), "a pattern built from text: store/text.js escapes it"


def page_languages(path: str, text: str) -> Iterator[tuple[int, str]]:
    if path.startswith("frontend/js/") and path != "frontend/js/words/speaker.js":
        for match in re.finditer(r"\bnavigator\??\.\s*languages?\b", text):
            yield line_of(text, match.start()), "Intl may reject this tag: import language from words/speaker.js"


def too_long(path: str, text: str) -> Iterator[tuple[int, str]]:
    lines = text.count("\n")
    if path.endswith((".swift", ".js", ".css", ".py", ".lua")) and lines > MAXIMUM_LINES:
        yield MAXIMUM_LINES + 1, f"{lines} lines: the maximum is {MAXIMUM_LINES}; split the file by concern"


def too_wide(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Prose in Markdown. Tables, code blocks and URLs cannot be wrapped."""
    if path not in ("README.md", "CONTRIBUTING.md") and not re.fullmatch(r"docs/[^/]+\.md", path):
        return
    in_code = False
    for number, line in enumerate(text.split("\n"), 1):
        fence = line.lstrip().startswith("```")
        in_code ^= fence
        columns = len(re.sub(r"\bhttps?://\S+", "", line))
        if columns > MAXIMUM_COLUMNS and not (fence or in_code or line.startswith("|")):
            yield number, f"{columns} columns: the maximum is {MAXIMUM_COLUMNS}; wrap the line"


def unfinished(path: str, text: str) -> Iterator[tuple[int, str]]:
    for match in re.finditer(r"\b(TODO|FIXME|XXX)\b", text):
        yield line_of(text, match.start()), f"{match[0]}: finish it or file an issue"


def carriage_returns(path: str, text: str) -> Iterator[tuple[int, str]]:
    at = text.find("\r\n")
    if at >= 0:
        yield line_of(text, at), "CRLF: a shell in a container reads the CR as part of the word; save the file with LF"


TEXT_RULES = (
    Rule(
        "page patterns",
        page_patterns,
        bad=(("frontend/js/views/A.js", "const find = new RegExp(name);\n"),),
        good=(
            ("frontend/js/store/text.js", "new RegExp(literal)\n"),
            ("frontend/js/views/A.js", "/** @type {RegExp} */\n"),
        ),
    ),
    Rule(
        "page languages",
        page_languages,
        bad=(
            ("frontend/js/views/A.js", "new Intl.NumberFormat(navigator.language)\n"),
            ("frontend/js/views/A.js", "globalThis.navigator?.languages\n"),
        ),
        good=(
            ("frontend/js/words/speaker.js", "navigator?.languages\n"),
            ("frontend/js/views/A.js", "navigator.locks\n"),
        ),
    ),
    Rule(
        "length",
        too_long,
        bad=(
            ("Sources/ChatModel/A.swift", "\n" * (MAXIMUM_LINES + 1)),
            ("frontend/a.css", "\n" * (MAXIMUM_LINES + 1)),
        ),
        good=(("Sources/ChatModel/A.swift", "\n" * MAXIMUM_LINES), ("docs/a.md", "\n" * 1000)),
    ),
    Rule(
        "width",
        too_wide,
        bad=(
            ("docs/a.md", "word " * 25),
            ("docs/a.md", "https://example.org/ " + "word " * 25),
            ("README.md", "```\ncode\n```\n" + "é" * (MAXIMUM_COLUMNS + 1)),
        ),
        good=(
            ("docs/a.md", "é" * MAXIMUM_COLUMNS + "\n| a cell | " + "x" * 200 + " |\n"),
            ("docs/a.md", "see https://example.org/" + "x" * 200 + "\n"),
            ("docs/a.md", "```sh\n" + "x" * 200 + "\n```\n"),
            ("bench/README.md", "x" * 200),
        ),
    ),
    Rule(
        "unfinished",
        unfinished,
        bad=(("frontend/js/a.js", "// TODO: later\n"), ("Sources/ChatModel/A.swift", "/// FIXME\n")),
        good=(("frontend/js/a.js", "const todos = [];\n"),),
    ),
    Rule(
        "line ends",
        carriage_returns,
        bad=(("deploy/a.sh", "set -eu\r\ntrue\n"), ("frontend/js/a.js", "let a;\n\r\n")),
        good=(("deploy/a.sh", "set -eu\nprintf 'a\\r\\n'\n"),),
    ),
)
