"""Search in a room: by keys and command; results, no results, further back, and after a reconnect."""

import re

from chatpage import ChatPage, Open
from playwright.sync_api import Locator, expect


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
        bob.send(text)
    ann.expect_message("<b>GROSSE</b> Freude")
    ann.page.keyboard.press("Control+Shift+F")
    expect(panel(ann).get_by_role("textbox", name="Words")).to_be_focused()
    ann.page.keyboard.type("größe")
    ann.page.keyboard.press("Enter")
    expect(status(ann)).to_have_text("Found 2 messages. Searched all stored messages.")
    expect(results(ann).locator(".what")).to_have_text(["<b>GROSSE</b> Freude", "Die Größe zählt"])
    expect(results(ann).locator("mark")).to_have_text(["GROSSE", "Größe"])
    expect(results(ann).first).to_contain_text("Bob")

    # No results.
    look_for(ann, "from:ann größe")
    expect(status(ann)).to_have_text("Nothing found. Searched all stored messages.")
    expect(results(ann)).to_have_count(0)
    ann.page.keyboard.press("Escape")
    expect(panel(ann)).to_have_count(0)
    expect(ann.field).to_be_focused()

    ann.say("/search größe")
    expect(results(ann)).to_have_count(2)
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        ann.page.keyboard.press(key)
    expect(results(ann).nth(1).get_by_role("link")).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(ann.page).to_have_url(re.compile(r"#/r/lobby/m/\d+-1$"))
    expect(panel(ann)).to_have_count(0)

    # Results are kept and follow their messages.
    ann.page.keyboard.press("Control+Shift+F")
    expect(results(ann)).to_have_count(2)
    row = bob.message("Die Größe zählt")
    row.hover()
    row.get_by_role("button", name="Delete", exact=True).click()
    bob.page.get_by_role("button", name="Delete for everyone").click()
    expect(results(ann)).to_have_count(1)


def test_a_long_log_is_searched_further_back_and_after_a_loss(enter: Open) -> None:
    ann = enter("Ann", room="long")
    ann.send("needle one")
    ann.say_many(1, 3_100, "long", at_once=50)
    ann.expect_message("number 3100")
    ann.say("/search needle")
    # It continues by itself until it is stopped.
    expect(status(ann)).to_have_text(re.compile(r"^Searching… Searched back to .*\d"))
    panel(ann).get_by_role("button", name="Stop").click()
    expect(status(ann)).to_have_text(re.compile(r"^Stopped\. Searched back to .*\d"))
    ann.context.set_offline(True)
    expect(ann.connection).not_to_have_text("Online")
    panel(ann).get_by_role("button", name="Search further back").click()
    expect(status(ann)).to_have_text(re.compile(r"^Waiting for a connection to search… Searched back to"))
    ann.context.set_offline(False)
    expect(status(ann)).to_have_text("Found 1 message. Searched all stored messages.")
    expect(results(ann).locator("mark")).to_have_text(["needle"])

    # A full page of results may not be all.
    look_for(ann, "number")
    expect(status(ann)).to_have_text(re.compile(r"^Found 50\+ messages\. Searched back to"))
    expect(results(ann)).to_have_count(50)
