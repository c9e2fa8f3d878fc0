"""One node, and what people do on its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from chatpage import Open
from localcluster import Node
from playwright.sync_api import WebSocketRoute, expect


def test_two_people_talk_and_see_one_order(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    for number in range(4):
        (ann, bob)[number % 2].say(f"line {number}")
        for chat in (ann, bob):
            chat.expect_message(f"line {number}")
    ann.expect_sent("line 2")
    assert ann.texts == bob.texts == [f"line {number}" for number in range(4)]


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
    ann.say("before the reload")
    ann.expect_sent("before the reload")
    ann.page.reload()
    ann.expect_online()
    ann.expect_sent("before the reload")
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.page.get_by_role("button", name="Your name: Ann.")).to_be_visible()


def test_two_tabs_of_one_user_are_one_person(enter: Open) -> None:
    ann = enter("Ann")
    second = ann.open_tab()
    expect(second.locator("#connection")).to_have_text("Online")
    ann.say("from the first tab")
    expect(second.get_by_role("article").filter(has_text="from the first tab")).to_have_count(1)
    expect(second.get_by_role("heading", name="Here · 1")).to_be_visible()


def test_a_new_name_reaches_the_others(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.page.get_by_role("button", name="Your name: Ann.").click()
    ann.page.get_by_label("Name", exact=True).fill("Annika")
    ann.page.get_by_role("button", name="Continue").click()
    people = bob.page.get_by_role("complementary", name="Who is here")
    expect(people.get_by_text("Annika")).to_be_visible()
    ann.say("under a new name")
    expect(bob.message("under a new name").locator(".sender")).to_have_text("Annika")


def test_rooms_are_apart_and_can_be_changed(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob", room="garden")
    bob.say("only in the garden")
    bob.expect_sent("only in the garden")
    ann.say("only in the lobby")
    ann.expect_sent("only in the lobby")
    field = ann.page.get_by_role("textbox", name="Room to join")
    field.fill("garden")
    field.press("Enter")
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
    expect(ann.page.locator("#connection")).to_have_text("Reconnecting…")
    banner = ann.page.locator("#banner")
    expect(banner).to_contain_text("Offline. 2 waiting.")
    bob.say("meanwhile")
    bob.expect_sent("meanwhile")
    ann.context.set_offline(False)
    ann.expect_sent("and another")
    expect(banner).to_be_hidden()
    for chat in (ann, bob):
        chat.expect_message("and another")
        assert chat.texts == ["before", "meanwhile", "said in the tunnel", "and another"]


def test_what_waits_survives_a_reload(enter: Open, embedded_node: Node) -> None:
    ann = enter("Ann")
    embedded_node.kill()
    ann.say("written while the server is away")
    expect(ann.page.locator("#banner")).to_contain_text("1 waiting.")
    embedded_node.start()
    ann.page.reload()
    ann.expect_sent("written while the server is away", seconds=30)
    ann.expect_message("written while the server is away")


def test_what_is_not_confirmed_fails_and_can_be_tried_again(enter: Open, artifacts: Path) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    swallow = True

    def route(page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(lambda frame: None if swallow and '"chat"' in str(frame) else server.send(frame))

    ann.page.route_web_socket("**/ws", route)
    ann.page.reload()
    ann.expect_online()
    ann.say("try again")
    row = ann.message("try again")
    expect(row).to_contain_text("Not sent.", timeout=30_000)
    assert bob.texts == []
    ann.picture(artifacts, "failed-desktop")
    swallow = False
    row.get_by_role("button", name="Retry").click()
    ann.expect_sent("try again")
    bob.expect_message("try again")
    swallow = True
    ann.say("think better of it")
    row = ann.message("think better of it")
    expect(row).to_contain_text("Not sent.", timeout=30_000)
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


HOSTILE = [
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    "javascript:window.hacked=1",
    "[x](javascript:window.hacked=1)",
    "https://example.org/\"onmouseover='window.hacked=1'",
    "</p></article><style>*{display:none}</style>",
]


def test_hostile_text_and_names_are_only_text(enter: Open) -> None:
    mallory, ann = enter("<b>Mallory</b>"), enter("Ann")
    for text in HOSTILE:
        mallory.say(text)
        ann.expect_message(text)
    ann.say("See https://example.org/a?b=c, or mailto:ann@example.org.")
    mallory.expect_sent(HOSTILE[-1])
    for chat in (mallory, ann):
        assert chat.texts[: len(HOSTILE)] == HOSTILE
        assert chat.page.evaluate("typeof window.hacked") == "undefined"
        expect(chat.log.locator("script, img, style, b")).to_have_count(0)
        expect(chat.messages.first.locator(".sender")).to_have_text("<b>Mallory</b>")
    links = ann.log.get_by_role("link")
    addresses = [link.get_attribute("href") for link in links.all()]
    assert addresses == ["https://example.org/", "https://example.org/a?b=c", "mailto:ann@example.org"]
    assert all("noopener" in (link.get_attribute("rel") or "") for link in links.all())


def test_the_keyboard_is_enough(enter: Open) -> None:
    ann = enter("Ann")
    field = ann.page.get_by_label("Message", exact=True)
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
    phone = enter("Ann", viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True, color_scheme=scheme)
    desk.say("A long line that has to be broken on a phone, and a longword" + "d" * 60)
    phone.page.get_by_label("Message", exact=True).fill("Written on the phone")
    phone.page.get_by_role("button", name="Send").tap()
    phone.expect_sent("Written on the phone")
    desk.expect_message("Written on the phone")
    width = "document.documentElement.scrollWidth"
    assert phone.page.evaluate(width) == 360
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
