"""Search in a room: asked by keys, by command and by menu; found, not found, further back, and after a loss."""

from __future__ import annotations

import re

from chatpage import ChatPage, Open
from playwright.sync_api import Locator, expect
from test_scale import say_fast


def panel(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("dialog", name=re.compile("Search in #"))


def status(chat: ChatPage) -> Locator:
    return panel(chat).get_by_role("status")


def results(chat: ChatPage) -> Locator:
    return panel(chat).get_by_role("listitem")


def look_for(chat: ChatPage, words: str) -> None:
    panel(chat).get_by_role("textbox", name="Words").fill(words)
    chat.page.keyboard.press("Enter")


def test_a_word_is_found_by_keyboard_alone_and_leads_to_its_message(enter: Open) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    for text in ("Die Größe zählt", "nothing of that kind", "<b>GROSSE</b> Freude"):
        bob.say(text)
        bob.expect_sent(text)
    ann.expect_message("<b>GROSSE</b> Freude")
    ann.page.keyboard.press("Control+Shift+F")
    expect(panel(ann).get_by_role("textbox", name="Words")).to_be_focused()
    ann.page.keyboard.type("größe")
    ann.page.keyboard.press("Enter")
    expect(status(ann)).to_have_text("Found 2 messages. Searched all stored messages.")
    expect(results(ann).locator(".what")).to_have_text(["<b>GROSSE</b> Freude", "Die Größe zählt"])
    expect(results(ann).locator("mark")).to_have_text(["GROSSE", "Größe"])
    expect(results(ann).first).to_contain_text("Bob")

    # Nothing of that: said, and the field is ready for another word.
    look_for(ann, "from:ann größe")
    expect(status(ann)).to_have_text("Nothing found. Searched all stored messages.")
    expect(results(ann)).to_have_count(0)
    ann.page.keyboard.press("Escape")
    expect(panel(ann)).to_have_count(0)
    expect(ann.page.get_by_label("Message", exact=True)).to_be_focused()

    ann.say("/search größe")
    expect(results(ann)).to_have_count(2)
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        ann.page.keyboard.press(key)
    expect(results(ann).nth(1).get_by_role("link")).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(ann.page).to_have_url(re.compile(r"#/r/lobby/m/\d+-1$"))
    expect(panel(ann)).to_have_count(0)

    # What was found is still there when one comes back; what happens to it is shown.
    ann.page.keyboard.press("Control+Shift+F")
    expect(results(ann)).to_have_count(2)
    row = bob.message("Die Größe zählt")
    row.hover()
    row.get_by_role("button", name="Delete", exact=True).click()
    bob.page.get_by_role("button", name="Delete for everyone").click()
    expect(results(ann)).to_have_count(1)


def test_a_long_log_is_searched_further_back_and_after_a_loss(enter: Open) -> None:
    ann = enter("Ann", room="long")
    ann.say("needle one")
    ann.expect_sent("needle one")
    say_fast(ann, 3_100, room="long")
    ann.expect_message("number 3100")
    ann.say("/search needle")
    # It goes on by itself until it is stopped.
    expect(status(ann)).to_have_text(re.compile(r"^Searching… Searched back to .*\d"))
    panel(ann).get_by_role("button", name="Stop").click()
    expect(status(ann)).to_have_text(re.compile(r"^Stopped\. Searched back to .*\d"))
    ann.context.set_offline(True)
    expect(ann.page.locator("#connection")).not_to_have_text("Online")
    panel(ann).get_by_role("button", name="Search further back").click()
    expect(status(ann)).to_have_text(re.compile(r"^Waiting for a connection to search… Searched back to"))
    ann.context.set_offline(False)
    expect(status(ann)).to_have_text("Found 1 message. Searched all stored messages.")
    expect(results(ann).locator("mark")).to_have_text(["needle"])

    # As many as an answer holds may not be all.
    look_for(ann, "number")
    expect(status(ann)).to_have_text(re.compile(r"^Found 50\+ messages\. Searched back to"))
    expect(results(ann)).to_have_count(50)
