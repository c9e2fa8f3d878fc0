"""The page starts with any name, language and stored content, or offers a way out."""

import json
import re
from collections.abc import Iterator

import pytest
from chatpage import WATCH_POLICY, Open
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from localcluster import Node
from playwright.sync_api import Browser, Page, expect


def test_a_name_with_punctuation_reads_writes_and_is_addressed(enter: Open) -> None:
    jean = enter("Jean-Luc")
    other = enter("a.b*c|(d)[e]{f}^$+?\\/")
    jean.send("hello from a hyphen")
    other.expect_message("hello from a hyphen")
    other.say("well said, @jean-luc!")
    jean.expect_message("well said, @jean-luc!")
    expect(jean.log.locator("mark")).to_have_text("@jean-luc")
    jean.reload()
    jean.expect_message("well said, @jean-luc!")


@pytest.mark.parametrize(
    ("languages", "shown"), [(["en-US@posix"], "en"), (["de_DE@euro"], "de"), (["C"], "en"), ([], "en")]
)
def test_a_language_that_intl_rejects_does_not_keep_the_page_from_starting(
    enter: Open, languages: list[str], shown: str
) -> None:
    told = f"Object.defineProperty(navigator, 'languages', {{ get: () => {json.dumps(languages)} }})"
    chat = enter("Ann", before=told, expect_online=False)
    expect(chat.page.locator("html")).to_have_attribute("lang", shown)
    expect(chat.page.locator("#connection.online")).to_be_visible()
    chat.page.locator("#composer-text").fill("hello")
    chat.page.keyboard.press("Enter")
    chat.expect_message("hello")


ITEM = {"key": "kept", "room": "lobby", "text": "not sent yet", "createdAt": 1, "state": "failed"}
KEPT = {"webchat.outbox.kept": json.dumps(ITEM)}
STORE = """
    (entries) => {
        localStorage.clear();
        for (const [name, value] of Object.entries(entries)) localStorage.setItem(name, value);
    }
"""
STORED = "() => ({ ...localStorage })"

junk = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*ITEM, "act", "firstSent", "kind", "target"]), inner, max_size=6)
    ),
    max_leaves=8,
)
values = (
    st.text(max_size=60) | junk.map(json.dumps) | st.sampled_from(["null", "NaN", "[]", "{}", "-1", "lobby " * 2_000])
)
names = st.sampled_from(
    [f"webchat.{name}" for name in ("name", "token", "rooms", "notify", "read.lobby", "draft.lobby", "outbox.a")]
) | st.text(max_size=8).map(lambda rest: f"webchat.outbox.{rest}")
# As this version stores it, with one damaged field.
damaged = st.tuples(st.sampled_from([*ITEM, "act", "firstSent"]), junk).map(
    lambda field: {"webchat.outbox.kept2": json.dumps({**ITEM, "key": "kept2", field[0]: field[1]})}
)
storages = st.tuples(st.dictionaries(names, values, max_size=7), damaged | st.just({})).map(
    lambda parts: {**parts[0], **parts[1], **KEPT}
)


@pytest.fixture
def page(browser: Browser, embedded_node: Node) -> Iterator[Page]:
    """A page that may report errors."""
    page = browser.new_page(service_workers="block")
    yield page
    page.close()


def enter_with_any_name(page: Page) -> None:
    page.locator("#connection.online, #name-dialog[open]").first.wait_for()
    if page.locator("#name-dialog[open]").count():
        page.locator("#name-input").fill("Ann")
        page.keyboard.press("Enter")
    expect(page.locator("#connection.online")).to_be_visible()


def test_the_page_starts_whatever_the_browser_has_stored(page: Page, embedded_node: Node) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{embedded_node.url}/#/r/lobby")

    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(storages)
    def starts(entries: dict[str, str]) -> None:
        page.evaluate(STORE, entries)
        page.reload()
        enter_with_any_name(page)
        expect(page.locator("article", has_text="not sent yet").first).to_be_visible()
        assert problems == [], entries

    starts()


BREAK = {
    "a module that throws": "Intl.DateTimeFormat = class { constructor() { throw new RangeError('broken'); } };",
    "a start that throws": "HTMLDialogElement.prototype.showModal = () => { throw new Error('broken'); };",
}


@pytest.mark.parametrize("how", [*BREAK, "js/main.js", "js/views/MessageList.js", "messages.css"])
def test_a_page_that_cannot_start_offers_to_reset_its_settings(page: Page, embedded_node: Node, how: str) -> None:
    page.goto(f"{embedded_node.url}/healthz")
    token = "not-known-here"
    page.evaluate(STORE, {"webchat.rooms": "lobby other", "webchat.token": token, "other": "stays", **KEPT})
    if how in BREAK:
        page.add_init_script(f"if (!sessionStorage.mended) {{ {BREAK[how]} }}")
    else:
        page.route(f"**/{how}", lambda route: route.abort())
    page.goto(f"{embedded_node.url}/#/r/lobby")
    reset = page.get_by_role("button", name="Reset this browser's settings")
    # At once, not after the 8 s of a slow connection.
    expect(reset).to_be_visible(timeout=5_000)
    expect(page.get_by_text("Webchat has not started yet.")).to_be_visible()
    expect(page.locator("#app")).to_be_hidden()
    page.evaluate("sessionStorage.mended = 1")
    page.unroute_all()
    page.route("**/js/main.js", lambda route: route.abort())
    # Not a navigation: the page changes its address before it reloads.
    with page.expect_event("load"):
        reset.click()
    assert page.evaluate(STORED) == {"webchat.token": token, "other": "stays", **KEPT}
    page.unroute_all()
    with page.expect_event("load"):
        page.get_by_role("button", name="Reload").click()
    enter_with_any_name(page)
    expect(page.locator("article", has_text="not sent yet")).to_be_visible()
    expect(page.locator("#stuck")).to_have_count(0)


BREAK_CLUSTER = {
    "a module that throws": "Intl.NumberFormat = class { constructor() { throw new RangeError('broken'); } };",
    "a start that throws": "window.EventSource = class { constructor() { throw new Error('broken'); } };",
}


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
@pytest.mark.parametrize("how", [*BREAK_CLUSTER, "a script that cannot be loaded"])
def test_a_cluster_page_that_cannot_start_offers_to_reload(
    browser: Browser, embedded_node: Node, how: str, language: str
) -> None:
    page = browser.new_page(locale=language)
    page.add_init_script(WATCH_POLICY)
    if how in BREAK_CLUSTER:
        page.add_init_script(f"if (!sessionStorage.mended) {{ {BREAK_CLUSTER[how]} }}")
    else:
        page.route("**/js/cluster/main.js", lambda route: route.abort())
    page.goto(f"{embedded_node.url}/cluster")
    reload = page.get_by_role("button", name="Neu laden" if language == "de-DE" else "Reload")
    expect(reload).to_be_visible(timeout=5_000)
    expect(page.locator("#cluster")).to_be_hidden()
    assert page.evaluate("violations") == []
    page.evaluate("sessionStorage.mended = 1")
    page.unroute_all()
    with page.expect_event("load"):
        reload.click()
    expect(page.locator("#verdict")).to_have_text(re.compile("^1 (node|Knoten)"))
    expect(page.locator("#stuck")).to_have_count(0)
    page.close()


def test_a_language_that_cannot_be_loaded_does_not_keep_the_page_from_starting(
    browser: Browser, embedded_node: Node
) -> None:
    page = browser.new_page(locale="de-DE")
    page.route("**/words/de*.js", lambda route: route.abort())
    page.goto(embedded_node.url)
    enter_with_any_name(page)
    expect(page.locator("#composer-text")).to_have_attribute("placeholder", "Message #lobby")
    page.close()


def test_what_the_server_refuses_is_told_in_the_language_of_the_page(browser: Browser, embedded_node: Node) -> None:
    page = browser.new_page(locale="de-DE")
    page.goto(embedded_node.url)
    enter_with_any_name(page)
    # No form accepts this, so the server has to reject it.
    name = json.dumps("Ann\u202e")
    page.evaluate(f"localStorage.setItem('webchat.name', {name})")
    # The error may arrive before the later texts.
    page.route("**/words/deMore.js", lambda route: route.abort())
    page.reload()
    expect(page.locator("#name-problem")).to_contain_text("Dieser Name ist nicht möglich.")
    page.keyboard.press("Escape")
    expect(page.locator("#connection.online")).to_be_visible()
    page.close()
