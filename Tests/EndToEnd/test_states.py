"""Rare states of the page: axe checks each, and a screenshot is kept."""

import os
from pathlib import Path

import pytest
from chatpage import Open, until
from playwright.sync_api import expect
from test_access import LOOKS, look_at
from test_acts import refuse
from test_page import LOOK

# WEBCHAT_LOOKS=all is for changes of the design.
SEEN = list(LOOKS) if os.environ.get("WEBCHAT_LOOKS") == "all" else ["desktop-dark", "phone-light"]


@pytest.mark.parametrize("look", SEEN)
def test_axe_finds_nothing_in_what_is_seldom_seen(enter: Open, artifacts: Path, look: str) -> None:
    bob = enter("Bob", room="general")
    ann = enter("Ann", room="general", **LOOKS[look])
    look_at(ann, artifacts, "empty", look)
    ann.field.fill("far too long " * 400)
    expect(ann.page.locator("#composer-notice")).to_contain_text("too many")
    look_at(ann, artifacts, "too-long", look)
    ann.field.fill("")
    bob.say_many(1, 40, room="general")
    ann.expect_message("number 40")
    ann.page.keyboard.press("Escape")
    until(lambda: ann.page.evaluate("localStorage['webchat.read.general']").endswith("-40"), ann.page)
    ann.reload(before=LOOK)
    ann.expect_message("number 40")
    ann.message("number 12").scroll_into_view_if_needed()
    ann.page.evaluate("look(false)")
    bob.say("What do you think, @Ann?")
    expect(ann.page.get_by_role("button", name="1 new ↓")).to_be_visible()
    look_at(ann, artifacts, "news-below", look)
    ann.page.get_by_role("button", name="1 new ↓").click()
    expect(ann.log.locator(".separator.new")).to_be_in_viewport()
    look_at(ann, artifacts, "divider", look)
    ann.page.evaluate("localStorage['webchat.rooms'] = Array.from({ length: 32 }, (_, n) => `room-${n}`).join(' ')")
    ann.page.goto(f"{ann.url.split('#')[0]}#/r/one-too-many")
    expect(ann.toast).to_contain_text("You can join up to 32 rooms.")
    look_at(ann, artifacts, "toast", look)


@pytest.mark.parametrize("look", SEEN)
def test_axe_finds_nothing_at_the_first_visit_and_in_what_was_refused(enter: Open, artifacts: Path, look: str) -> None:
    ann = enter("Ann", **LOOKS[look])
    ann.page.evaluate("localStorage.clear()")
    ann.page.reload()
    expect(ann.page.get_by_role("dialog", name="What should people call you?")).to_be_visible()
    look_at(ann, artifacts, "first-visit", look)
    ann.page.keyboard.press("Escape")
    ann.expect_online()
    ann.page.route_web_socket("**/ws", lambda socket: refuse(socket, "chat", "too_long"))
    ann.reload()
    ann.say("a message that the server does not take")
    expect(ann.messages.first).to_contain_text("Not sent. The message is too long.")
    look_at(ann, artifacts, "failed", look)
