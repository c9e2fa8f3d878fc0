"""What is unread: where a room opens, what counts as read, and the way to what was missed."""

import re

import pytest
from chatpage import ChatPage, Open, until
from playwright.sync_api import Page, expect
from test_access import LOOKS, look_at
from test_acts import long_press
from test_page import room_link

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def away(chat: ChatPage, room: str = "garden") -> None:
    """In the room, with nothing unread, and looking at another one."""
    chat.page.evaluate(f"location.hash = '#/r/{room}'")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(f"#{room}")
    until(lambda: chat.page.evaluate(f"'webchat.read.{room}' in localStorage"), chat.page)
    chat.page.evaluate("location.hash = '#/r/lobby'")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("#lobby")


def come(chat: ChatPage, room: str = "garden") -> None:
    chat.page.evaluate(f"location.hash = '#/r/{room}'")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(f"#{room}")


def first_unread(page: Page) -> str:
    """The text of the first message after the divider."""
    return page.locator(".separator.new + article .text").inner_text()


def unread(chat: ChatPage) -> int:
    found = re.match(r"\((\d+)\)", chat.page.title())
    return int(found[1]) if found else 0


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("count", [60, 120])
def test_a_room_opens_at_the_first_unread_message_and_what_is_not_shown_stays_unread(
    enter: Open, device: dict, count: int
) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann", **device)
    bob.send("before")
    away(ann)
    bob.say_many(1, count, "garden", at_once=20)
    if count > 100:
        ann.reload()
    until(lambda: unread(ann) == count, ann.page)
    come(ann)
    expect(ann.page.locator(".separator.new")).to_be_in_viewport()
    expect(ann.page.locator(".separator.new")).to_have_text(f"New · {count}")
    expect(ann.page.locator(".separator.new + article")).to_be_in_viewport()
    expect(ann.page.locator(".first-unread")).to_be_hidden()
    ann.page.wait_for_timeout(2_500)
    last = ann.messages.last
    expect(last).not_to_be_in_viewport()
    left = unread(ann)
    # A screenful is read.
    assert count - 25 < left < count
    ann.page.get_by_role("button", name=re.compile(f"^{left} new ↓")).click()
    expect(last).to_be_in_viewport()
    ann.page.wait_for_timeout(2_500)
    assert 0 < unread(ann) < left
    pill = ann.page.get_by_role("button", name=re.compile(r"^↑ \d+ new$"))
    come(ann, "lobby")
    between = unread(ann)
    assert 0 < between < left
    ann.reload()
    until(lambda: unread(ann) == between, ann.page)
    come(ann)
    expect(ann.page.locator(".separator.new")).to_be_in_viewport()
    ann.page.get_by_role("button", name=re.compile("↓$")).click()
    pill.click()
    expect(ann.page.locator(".separator.new")).to_be_in_viewport()
    expect(pill).to_be_hidden()


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_what_is_too_far_back_is_reached_by_a_button_which_loads_it(enter: Open, device: dict) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann", **device)
    bob.send("before")
    away(ann)
    bob.say_many(1, 250, "garden", at_once=20)
    bob.send("@Ann, this is for you")
    ann.reload()
    come(ann)
    pill = ann.page.locator(".first-unread button").first
    expect(pill).to_have_text(re.compile(r"^↑ \d+\+ new$"))
    expect(ann.message("@Ann, this is for you")).to_be_in_viewport()
    until(lambda: "@" not in ann.page.locator(".room-list .count").all_inner_texts(), ann.page)
    pill.click()
    expect(ann.page.locator(".separator.new + article")).to_be_in_viewport()
    assert first_unread(ann.page).startswith("number ")
    expect(ann.message("before")).to_be_attached()
    ann.page.get_by_role("button", name="Latest ↓").or_(ann.page.get_by_role("button", name="new ↓")).click()
    ann.page.get_by_role("button", name="Mark all as read").click()
    expect(ann.page.locator(".first-unread")).to_be_hidden()
    until(lambda: unread(ann) == 0, ann.page)


def test_a_mention_counts_until_it_was_on_screen(enter: Open) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann")
    bob.send("before")
    away(ann)
    bob.say_many(1, 30, "garden", at_once=20)
    bob.send("@Ann, in the middle")
    bob.say_many(31, 90, "garden", at_once=20)
    link = room_link(ann.page, "garden")
    expect(link).to_have_accessible_name("garden, 1 mention")
    ann.reload()
    expect(link).to_have_accessible_name("garden, 1 mention")
    come(ann)
    expect(ann.page.locator(".separator.new")).to_be_in_viewport()
    ann.page.get_by_role("button", name=re.compile("↓$")).click()
    ann.page.wait_for_timeout(2_500)
    pill = ann.page.get_by_role("button", name=re.compile(r"^↑ \d+ new · 1 mention$"))
    expect(pill).to_be_visible()
    come(ann, "lobby")
    expect(link).to_have_accessible_name("garden, 1 mention")
    come(ann)
    ann.message("@Ann, in the middle").scroll_into_view_if_needed()
    expect(link).to_have_accessible_name(re.compile(r"^garden(, \d+ unread)?$"))


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_messages_can_be_marked_as_unread_from_one_on(enter: Open, device: dict) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann", **device)
    away(ann)
    come(ann)
    for text in ("one", "two", "three"):
        bob.send(text)
    ann.expect_message("three")
    until(lambda: ann.page.evaluate("localStorage['webchat.read.garden']").endswith("-3"), ann.page)
    two = ann.message("two")
    if device is DESK:
        two.focus()
        ann.page.keyboard.press("u")
    else:
        long_press(ann, two).get_by_role("button", name="Mark as unread from here").tap()
    expect(ann.page.locator(".separator.new")).to_have_text("New · 2")
    assert first_unread(ann.page) == "two"
    ann.page.wait_for_timeout(2_000)
    until(lambda: unread(ann) == 2, ann.page)
    come(ann, "lobby")
    ann.reload()
    until(lambda: unread(ann) == 2, ann.page)
    come(ann)
    assert first_unread(ann.page) == "two"
    until(lambda: unread(ann) == 0, ann.page)


def test_a_new_message_on_screen_is_not_counted_but_those_that_rush_by_are(enter: Open) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    bob.say_many(1, 100, at_once=20)
    ann.expect_message("number 100")
    until(lambda: unread(ann) > 50, ann.page)
    expect(ann.page.get_by_role("button", name=re.compile(r"^↑ \d+ new$"))).to_be_visible()
    ann.page.keyboard.press("Escape")
    until(lambda: unread(ann) == 0, ann.page)
    titles = ann.page.evaluate_handle(
        """() => { const titles = []; new MutationObserver(() => titles.push(document.title)).observe(
            document.querySelector("title"), { childList: true }); return titles; }"""
    )
    bob.send("slowly")
    ann.expect_message("slowly")
    until(lambda: ann.page.evaluate("localStorage['webchat.read.lobby']").endswith("-101"), ann.page)
    assert not [title for title in titles.json_value() if title.startswith("(")]


@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_at_the_button_to_what_is_unread(enter: Open, artifacts, look: str) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann", **LOOKS[look])
    bob.send("before")
    away(ann)
    bob.send("@Ann, look")
    bob.say_many(1, 60, "garden", at_once=20)
    expect(ann.page).to_have_title(re.compile(r"^\(61\)"))
    come(ann)
    expect(ann.page.locator(".separator.new")).to_be_in_viewport()
    look_at(ann, artifacts, "first-unread", look)
    ann.page.get_by_role("button", name=re.compile("↓$")).click()
    expect(ann.page.locator(".first-unread")).to_be_visible()
    look_at(ann, artifacts, "unread-above", look)
