"""What is seldom on the screen: axe looks at each state, and its picture is kept for people to look at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from chatpage import ChatPage, Open
from localcluster import Node
from playwright.sync_api import Browser, expect
from test_access import LOOKS, expect_accessible
from test_keyboard import refuse
from test_page import LOOK, until

# All of them are for who changes the looks: WEBCHAT_LOOKS=all.
SEEN = list(LOOKS) if os.environ.get("WEBCHAT_LOOKS") == "all" else ["desktop-dark", "phone-light"]


@pytest.mark.parametrize("look", SEEN)
def test_axe_finds_nothing_in_what_is_seldom_seen(enter: Open, artifacts: Path, look: str) -> None:
    bob = enter("Bob", room="general")
    ann = enter("Ann", room="general", **LOOKS[look])

    def look_at(state: str) -> None:
        ann.picture(artifacts, f"{state}-{look}")
        expect_accessible(ann.page, look)

    look_at("empty")
    ann.page.get_by_label("Message", exact=True).fill("far too long " * 400)
    expect(ann.page.locator("#composer-notice")).to_contain_text("too many")
    look_at("too-long")
    ann.page.get_by_label("Message", exact=True).fill("")
    bob.say_many(1, 40, room="general")
    ann.expect_message("number 40")
    until(lambda: ann.page.evaluate("localStorage['webchat.read.general']").endswith("-40"), ann.page)
    ann.context.add_init_script(LOOK)
    ann.page.reload()
    ann.expect_online()
    ann.expect_message("number 40")
    ann.message("number 12").scroll_into_view_if_needed()
    ann.page.evaluate("look(false)")
    bob.say("What do you think, @Ann?")
    expect(ann.page.get_by_role("button", name="1 new ↓")).to_be_visible()
    look_at("news-below")
    ann.page.get_by_role("button", name="1 new ↓").click()
    expect(ann.log.locator(".separator.new")).to_be_in_viewport()
    look_at("divider")
    ann.page.evaluate("localStorage['webchat.rooms'] = Array.from({ length: 32 }, (_, n) => `room-${n}`).join(' ')")
    ann.page.goto(f"{ann.url.split('#')[0]}#/r/one-too-many")
    expect(ann.page.locator("#toast")).to_contain_text("You can join up to 32 rooms.")
    look_at("toast")


@pytest.mark.parametrize("look", SEEN)
def test_axe_finds_nothing_at_the_first_visit_and_in_what_was_refused(
    browser: Browser, embedded_node: Node, artifacts: Path, look: str
) -> None:
    ann = ChatPage(browser, embedded_node.url, "Ann", **LOOKS[look])
    ann.page.evaluate("localStorage.clear()")
    ann.page.reload()
    expect(ann.page.get_by_role("dialog", name="What should people call you?")).to_be_visible()
    ann.picture(artifacts, f"first-visit-{look}")
    expect_accessible(ann.page, look)
    ann.page.keyboard.press("Escape")
    ann.expect_online()
    ann.page.route_web_socket("**/ws", refuse)
    ann.page.reload()
    ann.expect_online()
    ann.say("a message that the server does not take")
    expect(ann.messages.first).to_contain_text("Not sent. The message is too long.")
    ann.picture(artifacts, f"failed-{look}")
    expect_accessible(ann.page, look)
    ann.expect_no_problems()
    ann.close()
