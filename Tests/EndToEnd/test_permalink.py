"""Links to messages: context, scrolling on in both directions, and messages that are gone."""

import re
from pathlib import Path

import pytest
from chatpage import ChatPage, Open, messages_in, until
from localcluster import Node
from playwright.sync_api import Locator, Page, expect
from test_access import LOOKS, look_at
from test_page import join


def id_of(chat: ChatPage, text: str, room: str = "lobby") -> str:
    return next(one["id"] for one in messages_in(chat.url.split("/#")[0], room) if one["text"] == text)


def marked(chat: ChatPage) -> Locator:
    return chat.log.locator("article[aria-current]")


def expect_linked(chat: ChatPage, text: str) -> None:
    """Highlighted, in view and focused."""
    expect(marked(chat).locator(".text")).to_have_text(text)
    expect(marked(chat)).to_be_in_viewport()
    expect(marked(chat)).to_be_focused()


def numbers(chat: ChatPage) -> list[int]:
    return [int(text.removeprefix("number ")) for text in chat.texts if text.startswith("number ")]


def expect_no_hole(chat: ChatPage) -> list[int]:
    found = numbers(chat)
    assert found == list(range(found[0], found[-1] + 1))
    return found


def scroll(page: Page, to: str) -> None:
    page.locator("#log").evaluate(f"log => log.scrollTop = {to}")


def test_a_link_opens_its_room_at_the_message_and_leads_on_to_both_ends(enter: Open, artifacts: Path) -> None:
    bob = enter("Bob")
    bob.say_many(1, 1_000, "long", at_once=50)
    wanted = id_of(bob, "number 300", "long")
    ann = enter("Ann", room=f"long/m/{wanted}")
    expect_linked(ann, "number 300")
    assert {*range(275, 326)} <= {*expect_no_hole(ann)} <= {*range(150, 500)}
    ann.picture(artifacts, "permalink-desktop")

    join(bob, "long")
    bob.send("said meanwhile")
    pill = ann.page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    expect_linked(ann, "number 300")
    expect(ann.page).to_have_title("(1) #long · Webchat")

    seen: set[int] = set()

    def go_on(to: str, end: str) -> bool:
        scroll(ann.page, to)
        there = ann.message(end).count() > 0
        seen.update(expect_no_hole(ann))
        return there

    until(lambda: go_on("0", "number 1"), ann.page)
    until(lambda: go_on("log.scrollHeight", "said meanwhile"), ann.page)
    assert seen == set(range(1, 1001))
    assert ann.page.locator("#log").evaluate("node => node.childElementCount") <= 320
    scroll(ann.page, "log.scrollHeight")
    expect(pill).to_be_hidden()
    bob.say("and now at the end")
    expect(ann.message("and now at the end")).to_be_in_viewport()


def test_escape_and_the_pill_lead_to_the_end_and_the_browser_back_to_the_message(enter: Open) -> None:
    bob = enter("Bob")
    bob.say_many(1, 150)
    wanted = id_of(bob, "number 30")
    ann = enter("Ann")
    ann.expect_message("number 150")
    ann.page.goto(f"{ann.url}/m/{wanted}")
    expect_linked(ann, "number 30")
    ann.page.reload()
    expect_linked(ann, "number 30")
    ann.page.keyboard.press("Escape")
    expect(ann.message("number 150")).to_be_in_viewport()
    expect(ann.field).to_be_focused()
    expect(marked(ann)).to_have_count(0)
    assert ann.page.url.endswith("#/r/lobby")
    assert expect_no_hole(ann)[-1] == 150
    ann.page.go_back()
    expect_linked(ann, "number 30")
    ann.page.get_by_role("button", name="Latest").click()
    expect(ann.message("number 150")).to_be_in_viewport()
    join(ann, "garden")
    ann.page.go_back()
    ann.page.go_back()
    expect_linked(ann, "number 30")
    ann.page.go_forward()
    expect(ann.message("number 150")).to_be_in_viewport()
    ann.page.go_back()
    expect_linked(ann, "number 30")
    ann.say("an answer")
    expect(ann.message("an answer")).to_be_in_viewport()
    expect(marked(ann)).to_have_count(0)
    assert expect_no_hole(ann)[-1] == 150


def test_a_link_that_is_said_is_followed_in_the_page_as_often_as_one_likes(enter: Open) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    bob.send("the first word")
    bob.say_many(1, 120)
    wanted = id_of(bob, "the first word")
    bob.say(f"see {bob.url}/m/{wanted}")
    link = ann.log.get_by_role("link")
    for _ in range(2):
        link.click()
        expect_linked(ann, "the first word")
        scroll(ann.page, "log.scrollHeight")
        expect(link).to_be_in_viewport()
        expect(marked(ann)).not_to_be_in_viewport()
    assert len(ann.context.pages) == 1


def test_a_link_is_copied_by_a_key_and_by_the_tools_or_put_into_the_address(enter: Open) -> None:
    ann = enter("Ann")
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.send("worth a link")
    address = f"{ann.url}/m/{id_of(ann, 'worth a link')}"
    toast = ann.toast
    row = ann.messages.first
    row.focus()
    ann.page.keyboard.press("l")
    expect(toast).to_have_text("Link copied.")
    assert ann.page.evaluate("navigator.clipboard.readText()") == address
    ann.page.evaluate("delete Navigator.prototype.clipboard")
    row.hover()
    row.get_by_role("button", name="Copy link").click()
    expect(toast).to_have_text("The link is in the address bar now.")
    expect_linked(ann, "worth a link")
    assert ann.page.url == address


def test_a_message_that_is_not_there_is_told_and_the_end_is_shown(enter: Open) -> None:
    enter("Bob").say_many(1, 60)
    ann = enter("Ann", room="lobby/m/1700000000000-7")
    toast = ann.toast
    for later in ("999999999999999-3", ""):
        expect(toast).to_have_text(re.compile("^The linked message no longer exists"))
        expect(ann.message("number 60")).to_be_in_viewport()
        assert ann.page.url.endswith("#/r/lobby")
        toast.evaluate("node => node.replaceChildren()")
        if later:
            ann.page.evaluate(f"location.hash = '#/r/lobby/m/{later}'")


def test_a_deleted_message_is_told_and_the_end_is_shown(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.send("a slip")
    wanted = id_of(ann, "a slip")
    ann.messages.first.focus()
    ann.page.keyboard.press("Delete")
    ann.page.get_by_role("button", name="Delete for everyone").click()
    bob.expect_message("Message deleted")
    bob.say_many(1, 80)
    for chat in (bob, enter("Cho", room=f"lobby/m/{wanted}")):
        chat.page.goto(f"{ann.url}/m/{wanted}")
        expect(chat.toast).to_have_text(re.compile("^The linked message was deleted"))
        expect(chat.message("number 80")).to_be_in_viewport()


def test_offline_a_link_waits_for_the_connection(enter: Open, embedded_node: Node) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    bob.say_many(1, 120)
    wanted = id_of(bob, "number 20")
    ann.expect_message("number 120")
    ann.context.set_offline(True)
    expect(ann.connection).to_have_text("Reconnecting…")
    ann.page.evaluate(f"location.hash = '#/r/lobby/m/{wanted}'")
    ann.context.set_offline(False)
    expect_linked(ann, "number 20")


@pytest.mark.parametrize("look", ["desktop-dark", "phone-light", "forced-colors"])
def test_axe_finds_nothing_around_a_linked_message(enter: Open, artifacts: Path, look: str) -> None:
    bob = enter("Bob", room="general")
    bob.say_many(1, 90, "general")
    ann = enter("Ann", room=f"general/m/{id_of(bob, 'number 30', 'general')}", **LOOKS[look])
    expect_linked(ann, "number 30")
    look_at(ann, artifacts, "permalink", look)


def test_an_act_that_failed_further_up_is_told_at_the_end_and_given_up(enter: Open, artifacts: Path) -> None:
    ann = enter("Ann")
    ann.send("to be changed")
    wanted = id_of(ann, "to be changed")
    ann.say_many(1, 300, at_once=20)
    refused = {"key": "k1", "room": "lobby", "text": "changed", "createdAt": 1, "state": "failed"}
    refused |= {"reason": "It is too late.", "act": {"kind": "edit", "target": wanted}}
    ann.page.evaluate("item => localStorage.setItem('webchat.outbox.k1', JSON.stringify(item))", refused)
    ann.page.reload()
    row = ann.log.locator(".separator", has_text="Couldn't edit: It is too late.")
    expect(row).to_be_in_viewport()
    look_at(ann, artifacts, "undone", "desktop-light")
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row.get_by_role("button", name="Copy").click()
    expect(row.get_by_role("button", name="Copied")).to_be_visible()
    assert ann.page.evaluate("navigator.clipboard.readText()") == "changed"
    row.get_by_role("link", name="Earlier message").click()
    expect_linked(ann, "to be changed")
    expect(marked(ann)).to_contain_text("It is too late.")
    marked(ann).get_by_role("button", name="Retry").click()
    expect(marked(ann).locator(".text")).to_have_text("changed")
    until(lambda: ann.page.evaluate("localStorage['webchat.outbox.k1'] === undefined"), ann.page)
    ann.page.keyboard.press("Escape")
    expect(row).to_have_count(0)
