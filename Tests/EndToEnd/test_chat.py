"""The chat page with one node: messages, presence, rooms, history, outages."""

import re
from pathlib import Path

import pytest
from chatpage import Open
from localcluster import Node
from playwright.sync_api import WebSocketRoute, expect
from test_access import PHONE
from test_page import join


def test_who_is_here_is_shown_and_follows(enter: Open) -> None:
    ann = enter("Ann")
    people = ann.page.get_by_role("complementary", name="Who is here")
    bob = enter("Bob")
    expect(people.get_by_role("listitem")).to_have_text([re.compile("Ann.*you"), re.compile("Bob")])
    expect(people.get_by_role("heading")).to_have_text("Here · 2")
    bob.page.goto("about:blank")
    expect(people.get_by_role("heading")).to_have_text("Here · 1")


def test_a_reload_keeps_name_and_history(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("before the reload")
    ann.reload()
    ann.expect_sent("before the reload")
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.page.get_by_role("button", name="Your name: Ann.")).to_be_visible()


def test_rooms_are_apart_and_can_be_changed(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob", room="garden")
    bob.send("only in the garden")
    ann.send("only in the lobby")
    join(ann, "garden")
    ann.expect_message("only in the garden")
    assert ann.texts == ["only in the garden"]
    assert ann.page.url.endswith("#/r/garden")
    ann.page.go_back()
    ann.expect_message("only in the lobby")
    assert ann.texts == ["only in the lobby"]


def test_scrolling_up_brings_history_and_the_reader_stays_in_place(enter: Open) -> None:
    enter("Bob").say_many(1, 130)
    ann = enter("Ann")
    ann.expect_message("number 130")
    expect(ann.messages).to_have_count(50)
    row = ann.message("number 85").first
    row.scroll_into_view_if_needed()
    expect(ann.messages).to_have_count(100)
    expect(row).to_be_in_viewport()
    ann.log.press("Home")
    expect(ann.messages).to_have_count(130)
    assert ann.texts == [f"number {number}" for number in range(1, 131)]


def test_a_reader_further_up_is_told_of_news_and_left_alone(enter: Open) -> None:
    bob = enter("Bob")
    bob.say_many(1, 40)
    ann = enter("Ann")
    ann.expect_message("number 40")
    ann.message("number 3").scroll_into_view_if_needed()
    expect(ann.page.get_by_role("button", name="Latest")).to_be_visible()
    bob.say("news")
    pill = ann.page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    expect(ann.message("number 3")).to_be_in_viewport()
    pill.click()
    expect(ann.message("news")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_what_comes_before_the_page_knows_of_the_scrolling_does_not_pull_the_reader_back(enter: Open) -> None:
    bob = enter("Bob")
    bob.say_many(1, 40)
    ann = enter("Ann")
    ann.expect_message("number 40")
    ann.page.evaluate('document.addEventListener("scroll", (event) => event.stopPropagation(), true)')
    ann.page.locator("#log").evaluate("log => log.scrollTop = 0")
    bob.say("news")
    expect(ann.page.get_by_role("button", name="1 new")).to_be_visible()
    expect(ann.message("number 1")).to_be_in_viewport()


def test_said_offline_it_waits_and_is_sent_once(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.say("before")
    bob.expect_message("before")
    ann.context.set_offline(True)
    ann.say("said in the tunnel")
    ann.say("and another")
    expect(ann.connection).to_have_text("Reconnecting…")
    banner = ann.page.locator("#banner")
    expect(banner).to_contain_text("Offline. 2 waiting.")
    bob.send("meanwhile")
    ann.context.set_offline(False)
    ann.expect_sent("and another")
    expect(banner).to_be_hidden()
    for chat in (ann, bob):
        chat.expect_message("and another")
        assert chat.texts == ["before", "meanwhile", "said in the tunnel", "and another"]
    ann.context.set_offline(True)
    expect(ann.connection).to_have_text("Reconnecting…")
    for number in range(51):
        ann.say(f"{number} of 51")
    notice = ann.page.locator("#composer-notice")
    expect(notice).to_contain_text("50 messages are already waiting")
    expect(ann.field).to_have_value("50 of 51")
    ann.context.set_offline(False)
    ann.expect_sent("49 of 51")
    expect(notice).to_have_text("")
    ann.page.keyboard.press("Enter")
    ann.expect_sent("50 of 51")


def test_what_waits_survives_a_reload(enter: Open, embedded_node: Node) -> None:
    ann = enter("Ann")
    embedded_node.kill()
    ann.say("written while the server is away")
    expect(ann.page.locator("#banner")).to_contain_text("1 waiting.")
    embedded_node.start()
    ann.page.reload()
    ann.expect_sent("written while the server is away")
    ann.expect_message("written while the server is away")


def test_what_is_not_confirmed_fails_and_can_be_tried_again(enter: Open, artifacts: Path) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    swallow = True

    def route(page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(lambda frame: None if swallow and '"chat"' in str(frame) else server.send(frame))

    ann.page.route_web_socket("**/ws", route)
    ann.reload()
    ann.say("try again")
    row = ann.message("try again")
    expect(row).to_contain_text("Not sent.")
    assert bob.texts == []
    ann.picture(artifacts, "failed-desktop")
    swallow = False
    row.get_by_role("button", name="Retry").click()
    ann.expect_sent("try again")
    bob.expect_message("try again")
    swallow = True
    ann.say("think better of it")
    row = ann.message("think better of it")
    expect(row).to_contain_text("Not sent.")
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_the_keyboard_is_enough(enter: Open) -> None:
    ann = enter("Ann")
    field = ann.field
    expect(field).to_be_focused()
    ann.page.keyboard.type("first line")
    ann.page.keyboard.press("Shift+Enter")
    ann.page.keyboard.type("second line")
    ann.page.keyboard.press("Enter")
    ann.expect_sent("first line\nsecond line")
    expect(field).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(enter: Open, artifacts: Path, scheme: str) -> None:
    desk = enter("Bob", color_scheme=scheme)
    phone = enter("Ann", **PHONE, color_scheme=scheme)
    desk.say("A long line that has to be broken on a phone, and a longword" + "d" * 60)
    phone.send("Written on the phone")
    desk.expect_message("Written on the phone")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 360
    phone.picture(artifacts, f"phone-{scheme}")
    desk.picture(artifacts, f"desktop-{scheme}")
    phone.page.get_by_role("button", name="Who is here: 2").tap()
    sheet = phone.page.get_by_role("dialog", name="Who is here")
    expect(sheet.get_by_role("listitem")).to_have_count(2)
    phone.picture(artifacts, f"phone-{scheme}-people")
    phone.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expected = "rgb(25, 28, 32)" if scheme == "dark" else "rgb(253, 252, 251)"
    expect(phone.page.get_by_role("main")).to_have_css("background-color", expected)
