"""Accessibility: axe on every screen, screen readers, zoom, forced colors, touch targets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chatpage import ChatPage, Open, until
from localcluster import Node
from playwright.sync_api import Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
LOOKS = {
    "desktop-light": {"color_scheme": "light"},
    "desktop-dark": {"color_scheme": "dark"},
    "phone-light": PHONE | {"color_scheme": "light"},
    "phone-dark": PHONE | {"color_scheme": "dark"},
    "forced-colors": {"forced_colors": "active"},
    "zoom-400": {"viewport": {"width": 320, "height": 256}},
}
# With forced colors axe computes colors that are not shown.
UNSEEN = {"forced-colors": ["color-contrast"]}
# Announcements may be replaced before a test reads them.
NOTE_TOLD = """(id) => {
    window.told = [];
    const line = document.getElementById(id);
    new MutationObserver(() => told.push(line.textContent)).observe(line, { childList: true });
}"""


def expect_accessible(page: Page, look: str) -> None:
    rules = {name: {"enabled": False} for name in UNSEEN.get(look, [])}
    options = {"runOnly": {"type": "tag", "values": RULES}, "rules": rules, "resultTypes": ["violations"]}
    results = Axe().run(page, options=options)
    found = [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    assert found == []


def look_at(chat: ChatPage, artifacts: Path, state: str, look: str) -> None:
    """Takes a screenshot and runs axe."""
    chat.picture(artifacts, f"{state}-{look}")
    expect_accessible(chat.page, look)


def more(chat: ChatPage, item: str | None = None) -> None:
    menu = chat.page.get_by_role("group", name="More about this room")
    # Otherwise the click closes the menu, if an Escape before it has not been handled yet.
    expect(menu).to_be_hidden()
    chat.page.get_by_role("button", name="More about this room").click()
    expect(menu).to_be_visible()
    if item:
        chat.page.get_by_role("button", name=item).click()
        expect(chat.page.get_by_role("dialog", name=item)).to_be_visible()


def show_switcher(chat: ChatPage) -> None:
    more(chat, "Go to a room")
    chat.page.get_by_role("combobox").fill("new-room")
    expect(chat.page.get_by_role("option")).to_have_count(1)


def show_search(chat: ChatPage) -> None:
    more(chat)
    chat.page.get_by_role("button", name="Search in this room").click()
    found = chat.page.get_by_role("dialog", name="Search in #general")
    found.get_by_role("textbox", name="Words").fill("NODES")
    chat.page.keyboard.press("Enter")
    expect(found.locator("mark")).to_have_count(2)


def show_rooms(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="Rooms").click()


def ask_name(chat: ChatPage) -> None:
    if chat.page.get_by_role("button", name="Rooms").is_visible():
        show_rooms(chat)
    chat.page.get_by_role("button", name="Your name").click()
    chat.page.get_by_label("Name", exact=True).fill("")
    chat.page.get_by_label("Name", exact=True).evaluate("field => field.form.noValidate = true")
    chat.page.get_by_role("button", name="Continue").click()
    expect(chat.page.get_by_role("alert")).to_have_text(
        "This name cannot be used. Choose 1 to 32 visible characters, and none that change the text direction."
    )


CARDS: dict[str, Callable[[ChatPage], None]] = {
    "menu": more,
    "help": lambda chat: more(chat, "Help"),
    "switcher": show_switcher,
    "search": show_search,
    "name": ask_name,
}
SHEETS: dict[str, Callable[[ChatPage], None]] = {
    "rooms": show_rooms,
    "people": lambda chat: chat.page.get_by_role("button", name="Who is here").click(),
}


def converse(enter: Open, look: str) -> ChatPage:
    """A room with one of everything."""
    bob = enter("Bob", room="general")
    ann = enter("Ann Lee", room="general", debug=True, **LOOKS[look])
    cho = enter("مريم", room="random")
    ann.page.goto(f"{ann.url.split('#')[0]}#/r/random")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#random")
    ann.page.goto(ann.url)
    bob.say("Good morning! Did the **deploy** of `webchat` go through?")
    bob.expect_sent("Good morning! Did the deploy of webchat go through?")
    ann.say("Yes, *all three nodes* are up.")
    ann.say('```swift\nlet node = Node("n2")\n```')
    ann.expect_sent("Yes, all three nodes are up.")
    bob.say("> all three nodes\n@Ann Lee, can you look at https://example.org/graphs?")
    cho.say("@ann lee مرحبا")
    expect(ann.log.locator(".mentioned")).to_have_count(1)
    bob.field.press_sequentially("wait")
    return ann


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_any_screen(enter: Open, artifacts: Path, look: str) -> None:
    ann = converse(enter, look)
    small = not ann.page.get_by_role("navigation", name="Rooms").is_visible()
    look_at(ann, artifacts, "conversation", look)
    for name, open_card in (CARDS | (SHEETS if small else {})).items():
        open_card(ann)
        look_at(ann, artifacts, name, look)
        ann.page.keyboard.press("Escape")
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", ["desktop-light", "desktop-dark"])
def test_axe_finds_nothing_when_things_go_wrong(enter: Open, embedded_node: Node, artifacts: Path, look: str) -> None:
    ann = converse(enter, look)
    ann.say("/dance")
    expect(ann.page.locator("#composer-notice")).to_contain_text("Unknown command /dance.")
    embedded_node.kill()
    ann.say("said offline")
    expect(ann.page.locator("#banner")).to_contain_text("Offline. 1 waiting.")
    look_at(ann, artifacts, "offline", look)
    embedded_node.start()
    ann.expect_online(seconds=40)
    expect(ann.log.locator(".separator.gap")).to_be_visible()
    look_at(ann, artifacts, "gap", look)


def test_a_screen_reader_finds_landmarks_and_messages_in_their_order(enter: Open) -> None:
    ann = converse(enter, "desktop-light")
    expect(ann.page.locator("body")).to_match_aria_snapshot("""
        - navigation "Rooms":
          - heading "Rooms" [level=2]
          - list:
            - listitem:
              - link "random, 1 mention"
            - listitem:
              - link "general"
          - textbox "Room to join"
          - button "+ Browse or create"
          - 'button "Your name: Ann Lee. Change it"'
        - main:
          - heading "general" [level=1]
          - status: Online
          - button "More about this room"
          - log "Messages":
            - article /Bob.*Good morning/
            - article /Ann Lee.*all three nodes/
            - article /Ann Lee.*let node/
            - article /Bob.*can you look/
          - textbox "Message"
          - button "Send"
        - complementary "Who is here":
          - heading /Here · 2/ [level=2]
          - list:
            - listitem: /Ann Lee you/
            - listitem:
              - button "Bob"
    """)


def test_news_is_read_out_and_a_crowd_of_it_only_counted(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    line = ann.page.locator("#announcer")
    ann.page.evaluate(NOTE_TOLD, "announcer")
    ann.say("my own words")
    bob.say("hello")
    expect(line).to_have_text("Bob: hello")
    bob.say_many(1, 30, at_once=50)
    ann.expect_message("number 30")
    until(lambda: any("new messages" in text for text in ann.page.evaluate("told")), ann.page)
    assert not any("my own words" in text for text in ann.page.evaluate("told"))


def test_names_and_text_from_right_to_left_stay_apart(enter: Open) -> None:
    ann, maryam = enter("Ann"), enter("مريم")
    maryam.say("שלום עולם")
    maryam.say("hello")
    ann.expect_message("hello")
    directions = ann.log.locator(".text").evaluate_all("nodes => nodes.map((node) => getComputedStyle(node).direction)")
    assert directions == ["rtl", "ltr"]
    ann.page.evaluate("document.documentElement.dir = 'rtl'")
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    people = ann.page.get_by_role("complementary").bounding_box()
    rooms = ann.page.get_by_role("navigation").bounding_box()
    assert people and rooms and people["x"] < rooms["x"]


def test_who_wants_no_motion_gets_none(enter: Open) -> None:
    ann = enter("Ann", reduced_motion="reduce")
    ann.context.set_offline(True)
    ann.say("waiting")
    expect(ann.log.locator(".sending")).to_be_attached()
    durations = ann.page.evaluate("document.getAnimations().map((one) => one.effect.getTiming().duration)")
    assert set(durations) <= {0}


def test_what_is_touched_is_large_enough(enter: Open) -> None:
    ann = converse(enter, "phone-light")
    ann.page.get_by_role("button", name="Rooms").tap()
    for page_part in ("button", "a", "input"):
        for box in ann.page.locator(f"{page_part}:visible").all():
            size = box.bounding_box()
            inline = box.evaluate("node => node.closest('.text') !== null")
            assert inline or (size and size["height"] >= 44), box.evaluate("node => node.outerHTML")
