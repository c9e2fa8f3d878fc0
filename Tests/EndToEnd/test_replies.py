"""Messages that answer others: by keys and by touch, across a reload, and where the other is deleted or not loaded."""

import re
from pathlib import Path

from chatpage import ChatPage, Open
from playwright.sync_api import Locator, WebSocketRoute, expect
from test_access import LOOKS, look_at
from test_acts import act_on, long_press, tools
from test_page import join, room_link
from test_permalink import expect_linked, id_of


def replying(chat: ChatPage) -> Locator:
    """Above the field."""
    return chat.page.locator("#composer-reply")


def answered(chat: ChatPage, text: str) -> Locator:
    return chat.message(text).locator(".answered")


def test_an_answer_says_what_it_answers_and_leads_there(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann"), enter("Bob", **LOOKS["phone-dark"])
    swallow = False

    def route(page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(lambda frame: None if swallow and '"chat"' in str(frame) else server.send(frame))

    ann.page.route_web_socket("**/ws", route)
    ann.reload()
    ann.send("shall we have lunch together?")
    bob.expect_message("shall we have lunch together?")
    act_on(bob, bob.message("shall we have lunch together?"), "Reply")
    expect(replying(bob)).to_have_text("Replying to \u2068Ann\u2069: shall we have lunch together?")
    expect(bob.field).to_be_focused()
    look_at(bob, artifacts, "replying", "phone-dark")
    bob.send("at noon")
    expect(replying(bob)).to_be_hidden()
    expect(ann.page.locator("#announcer")).to_have_text("Bob, in reply to you: at noon")
    expect(ann.message("at noon")).to_have_class(re.compile(r"\bmentioned\b"))
    expect(answered(ann, "at noon")).to_have_text("Annshall we have lunch together?")
    look_at(bob, artifacts, "reply", "phone-dark")

    keys = ann.page.keyboard
    ann.messages.last.focus()
    keys.press("r")
    expect(ann.field).to_be_focused()
    expect(replying(ann)).to_have_text("Replying to \u2068Bob\u2069: at noon")
    keys.press("Escape")
    expect(replying(ann)).to_be_hidden()
    tools(ann.message("at noon"), "Reply").click()
    keys.type("see you")
    ann.reload()
    expect(ann.field).to_have_value("see you")
    expect(replying(ann)).to_have_text("Replying to \u2068Bob\u2069: at noon")
    look_at(ann, artifacts, "replying", "desktop-light")

    # It waits, and is sent after the next reload.
    swallow = True
    keys.press("Enter")
    expect(answered(ann, "see you")).to_have_text("Bobat noon")
    swallow = False
    ann.reload()
    ann.expect_sent("see you")
    expect(replying(ann)).to_be_hidden()
    expect(answered(bob, "see you")).to_have_text("Bobat noon")
    # Held, it is a part of the message.
    sheet = long_press(bob, bob.message("see you"), ".answered")
    expect(sheet.get_by_role("button", name="Reply")).to_be_visible()
    bob.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert "/m/" not in bob.page.url
    answered(bob, "see you").tap()
    expect_linked(bob, "at noon")

    tools(ann.message("shall we have lunch together?"), "Delete").click()
    ann.page.get_by_role("button", name="Delete for everyone").click()
    for chat in (ann, bob):
        expect(answered(chat, "at noon")).to_have_text("AnnMessage deleted")
    look_at(ann, artifacts, "reply", "desktop-light")


def test_what_is_not_loaded_is_asked_for_and_its_answer_counts_as_a_mention(enter: Open, artifacts: Path) -> None:
    ann = enter("Ann")
    ann.send("an old question")
    ann.say_many(1, 150, at_once=50)
    join(ann, "garden")
    ann.reload()
    bob = enter("Bob", room=f"lobby/m/{id_of(ann, 'an old question')}")
    expect_linked(bob, "an old question")
    bob.page.keyboard.press("r")
    bob.send("a late answer")
    expect(room_link(ann.page, "lobby")).to_have_accessible_name("lobby, 1 mention")
    cho = enter("Cho", **LOOKS["desktop-dark"])
    expect(answered(cho, "a late answer")).to_have_text("Annan old question")
    look_at(cho, artifacts, "reply", "desktop-dark")
    answered(cho, "a late answer").click()
    expect_linked(cho, "an old question")
    cho.page.go_back()
    expect(cho.message("a late answer")).to_be_in_viewport()
