"""A hundred people whom nobody has listed: each opens the page, writes, is addressed and reloads, and it is as the log.

SEED=… repeats a run, PEOPLE=… is how many there are.
"""

import json
import os
import re
import string
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from chatpage import SAY_MANY, messages_in
from conftest import shared_node
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from localcluster import Node
from people import Person, people
from playwright.sync_api import Browser, Page, expect
from test_widths import MISFITS

# The same people in each run, so that only a change can break it; SEED= chooses others.
SEED = int(os.environ.get("SEED", "29"))
PEOPLE = int(os.environ.get("PEOPLE", "100"))

# Before the page starts: makes the browser that of a new person.
SIT_DOWN = """
    const told = new URLSearchParams(location.search);
    Object.defineProperty(navigator, "languages", { get: () => JSON.parse(told.get("languages") ?? "[]") });
    if (location.protocol === "http:" && localStorage.getItem("person") !== told.get("person")) {
        localStorage.clear();
        localStorage.setItem("person", told.get("person"));
    }
"""

SHOWN = """() => [...document.querySelectorAll("#log article")].map((row) => ({
    name: row.querySelector(".sender").textContent,
    label: row.getAttribute("aria-label"),
    text: row.querySelector(".text").textContent,
    sent: row.classList.contains("sent"),
    mentioned: row.classList.contains("mentioned"),
    links: [...row.querySelectorAll(".text a")].map((link) => link.protocol),
}))"""


embedded_node = shared_node


def plain(text: str) -> str:
    """Without whitespace and the marks of quotes, lists, headings, emphasis and code, which become formatting."""
    return re.sub(r"[\s>*`_~#•+-]|js", "", text)


def difference(page: Page, log: list[dict[str, Any]]) -> str:
    """How the page differs from the log."""
    shown = page.evaluate(SHOWN)
    if len(shown) != len(log):
        return f"{len(shown)} messages are shown, {len(log)} are in the log"
    for row, message in zip(shown, log, strict=True):
        name, text = message["from"]["name"], message["text"]
        if row["name"] != name or not row["label"].endswith(f": \u2068{text}\u2069"):
            return f"{row} is shown for {message}"
        if plain(row["text"]) != plain(text):
            return f"text was lost: {row} of {message}"
        if not {"http:", "https:", "mailto:"}.issuperset(row["links"]):
            return f"a link leads elsewhere: {row}"
    return "" if all(row["sent"] for row in shown) else "not all is sent"


def until(page: Page, holds: Callable[[], str], what: str) -> None:
    deadline = time.monotonic() + 20
    while problem := holds():
        assert time.monotonic() < deadline, f"{what}: {problem}"
        page.wait_for_timeout(50)


class Desk:
    """One page that all persons use in turn, so that the browser loads the files only once."""

    def __init__(self, browser: Browser, node: Node) -> None:
        self.node = node
        self.context = browser.new_context(service_workers="block")
        self.context.set_default_timeout(20_000)
        self.context.add_init_script(SIT_DOWN)
        self.page = self.context.new_page()
        self.devtools = self.context.new_cdp_session(self.page)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.count = 0
        self.name = ""
        # A person that failed is tried again and keeps the name.
        self.places: dict[str, int] = {}

    def live(self, person: Person) -> None:
        page, node = self.page, self.node

        def stored() -> list[dict[str, Any]]:
            return messages_in(node.url, person.room)

        self.count += 1
        self.problems.clear()
        self.devtools.send("Emulation.setTimezoneOverride", {"timezoneId": person.zone})
        page.set_viewport_size({"width": person.width, "height": person.height})
        who = urlencode({"languages": json.dumps(person.languages), "person": self.count})
        page.goto(f"{node.url}/?{who}#/r/{person.room}")
        # Each ASCII punctuation mark occurs in a name.
        place = self.places.setdefault(repr(person), len(self.places))
        mark = string.punctuation[place % len(string.punctuation)]
        self.name = f"{person.name[:30]}{mark}b"
        page.locator("#name-input").fill(self.name, timeout=10_000)
        page.keyboard.press("Enter")
        expect(page.locator("#connection.online")).to_be_visible(timeout=10_000)
        before = len(stored())
        field = page.locator("#composer-text")
        field.fill(person.text)
        field.press("Enter")
        until(page, lambda: "" if len(stored()) > before else "not in the log", "what one writes")
        name = stored()[-1]["from"]["name"]
        page.evaluate(SAY_MANY, ["Other", person.room, [f"@{name} {person.other}"], 1, 0])
        log = stored()
        assert len(log) == before + 2
        until(page, lambda: difference(page, log), "before the reload")
        assert page.evaluate(SHOWN)[-1]["mentioned"], f"{name!r} is addressed and not told"

        field.fill(person.draft)
        page.reload()
        expect(page.locator("#connection.online")).to_be_visible(timeout=10_000)
        until(page, lambda: difference(page, log), "after the reload")
        assert page.evaluate(SHOWN)[-1]["mentioned"], f"{name!r} is addressed and not told after a reload"
        expect(field).to_have_value(person.draft)
        assert page.evaluate(MISFITS) == []
        assert re.match(r"(en|de)\b", page.evaluate("document.documentElement.lang"))
        assert self.problems == []


@pytest.fixture(scope="module")
def desk(browser: Browser, embedded_node: Node) -> Iterator[Desk]:
    desk = Desk(browser, embedded_node)
    yield desk
    desk.context.close()


@seed(SEED)
@settings(
    max_examples=PEOPLE,
    deadline=None,
    database=None,
    print_blob=False,
    # A browser is too slow for shrinking.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(person=people)
def test_a_hundred_people_see_what_the_log_holds(desk: Desk, person: Person) -> None:
    note(f"SEED={SEED} repeats it")
    try:
        desk.live(person)
    finally:
        note(f"{desk.name!r}: the page complained about {desk.problems}")
