"""What the user is told of a room: everything, mentions or nothing."""

from pathlib import Path

import pytest
from chatpage import ChatPage, Open
from playwright.sync_api import expect
from test_access import LOOKS, look_at
from test_page import NOTIFICATIONS, room_link
from test_unread import DESK, PHONE, away, come

GERMAN = {"locale": "de-DE"}


def choose(chat: ChatPage, level: str) -> None:
    chat.page.get_by_role("button", name="More about this room").click()
    chat.page.get_by_role("radio", name=level).check(force=True)
    chat.page.keyboard.press("Escape")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_room_notifies_of_all_messages_of_mentions_or_of_nothing(enter: Open, device: dict) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann", **device)
    ann.reload(before=NOTIFICATIONS)
    ann.page.get_by_role("button", name="More about this room").click()
    ann.page.get_by_role("button", name="Turn on notifications").click()
    expect(ann.toast).to_contain_text("You will be notified")
    away(ann)
    counted = ["garden, 1 unread", "garden, 1 mention"]
    muted = ["garden, muted, 1 unread", "garden, muted, 2 unread"]
    for level, wanted, names in (
        (None, [False, True], counted),
        ("All messages", [True, True], counted),
        ("Nothing", [False, False], muted),
    ):
        if level:
            come(ann)
            # What was unread is read.
            ann.page.keyboard.press("Escape")
            choose(ann, level)
            come(ann, "lobby")
        for text, expected, name in zip((f"to all, {level}", f"@Ann, {level}"), wanted, names, strict=True):
            bob.send(text)
            # On phones the list is in a sheet: the same link.
            garden = ann.page.locator("#rooms-sheet, #rooms").locator("a", has_text="garden").first
            expect(garden).to_have_attribute("aria-label", name)
            told = ann.page.evaluate("notified.map(({ body }) => body)")
            assert (f"\u2068Bob\u2069: {text}" in told) == expected, (level, text, told)


def test_a_muted_room_is_dim_and_not_counted_in_the_title(enter: Open, artifacts: Path) -> None:
    bob, ann = enter("Bob", room="garden"), enter("Ann")
    away(ann)
    come(ann)
    choose(ann, "Nothing")
    come(ann, "lobby")
    bob.send("@Ann, look")
    link = room_link(ann.page, "garden")
    expect(link).to_have_accessible_name("garden, muted, 1 unread")
    expect(ann.page).to_have_title("#lobby · Webchat")
    expect(ann.page.locator("#icon")).to_have_attribute("href", "static/icon.svg")
    expect(ann.page.locator("#rooms .dim")).to_have_count(1)
    second = ann.second_tab()
    come(ann)
    choose(ann, "Mentions")
    expect(room_link(second, "garden")).to_have_accessible_name("garden")
    expect(second.locator("#rooms .dim")).to_have_count(0)


@pytest.mark.parametrize("look", [*LOOKS, "german", "german-phone"])
def test_axe_finds_nothing_in_the_menu_with_the_choice(enter: Open, artifacts: Path, look: str) -> None:
    german = {"german": GERMAN, "german-phone": GERMAN | PHONE}
    ann = enter("Ann", expect_online=look in LOOKS, **(LOOKS | german)[look])
    ann.page.locator("#more").click()
    choice = ann.page.locator(".levels")
    expect(choice.get_by_role("radio").nth(1)).to_be_checked()
    choice.get_by_role("radio").nth(2).check(force=True)
    expect(ann.page.locator("#rooms .dim")).to_have_count(1)
    look_at(ann, artifacts, "levels", look)
