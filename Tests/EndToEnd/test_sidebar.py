"""The list of rooms: many of them, their order, and what is unread out of sight."""

import re
from pathlib import Path

import pytest
from chatpage import ChatPage, Open, until
from playwright.sync_api import Locator, expect
from test_access import LOOKS, look_at
from test_unread import DESK, PHONE

ROOMS = [f"room-{number}" for number in range(1, 31)]
# A list of 32 rooms, in which nothing is unread.
MANY = f"""
    if (!localStorage["webchat.rooms"]) {{
        const rooms = ["lobby", "a-room-with-a-very-long-name-which-does-not-fit-into-one-line",
            ...{ROOMS}];
        localStorage["webchat.rooms"] = rooms.join(" ");
        for (const room of rooms) localStorage[`webchat.read.${{room}}`] = "0-0";
    }}
"""


def names(chat: ChatPage) -> list[str]:
    return [one.removeprefix("#/r/") for one in links(chat).evaluate_all("all => all.map((one) => one.hash)")]


def links(chat: ChatPage) -> Locator:
    where = "#rooms-sheet" if chat.page.locator("#rooms-sheet").evaluate("node => node.open") else "#rooms"
    return chat.page.locator(f"{where} .room-list a")


def crowd(enter: Open, **context: object) -> tuple[ChatPage, ChatPage]:
    ann = enter("Ann", before=MANY, **context)
    expect(ann.page.locator("#rooms .room-list a")).to_have_count(32)
    return ann, enter("Bob", room="room-30")


def open_rooms(chat: ChatPage, device: dict) -> None:
    if device is not DESK:
        chat.page.get_by_role("button", name=re.compile("^Rooms")).click()


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_of_32_rooms_only_the_list_scrolls_and_each_has_one_line(enter: Open, device: dict) -> None:
    ann, _ = crowd(enter, **device)
    open_rooms(ann, device)
    tall = {
        round(one["height"])
        for one in links(ann).evaluate_all("all => all.map((a) => a.getBoundingClientRect().toJSON())")
    }
    assert len(tall) == 1 and tall.pop() <= 46
    long = links(ann).filter(has_text="a-room-with")
    assert long.locator("bdi").evaluate("node => node.scrollWidth > node.clientWidth")
    expect(long.locator("bdi")).to_have_attribute("title", re.compile("^a-room-with.*line$"))
    side = ann.page.locator("#rooms" if device is DESK else "#rooms-sheet")
    assert side.evaluate("node => node.scrollHeight <= node.clientHeight")
    for part in (side.get_by_role("textbox", name="Room to join"), side.locator(".me")):
        expect(part).to_be_in_viewport(ratio=1)
    assert side.locator(".room-scroll").evaluate("node => node.scrollHeight > node.clientHeight")


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_rooms_with_mentions_come_first_then_unread_ones_and_edges_say_what_is_out_of_sight(
    enter: Open, device: dict
) -> None:
    ann, bob = crowd(enter, **device)
    bob.send("hello")
    bob.page.evaluate("location.hash = '#/r/room-20'")
    bob.send("@Ann, look")
    until(lambda: names(ann)[:3] == ["room-20", "room-30", "lobby"], ann.page)
    open_rooms(ann, device)
    scroll = links(ann).first.locator("xpath=ancestor::div[@class='room-scroll']")
    frame = scroll.locator("xpath=..")
    expect(frame.locator(".edge:visible")).to_have_count(0)
    scroll.evaluate("node => node.scrollTop = node.scrollHeight")
    above = frame.get_by_role("button", name="↑ 1 mention")
    expect(above).to_be_visible()
    above.click()
    expect(links(ann).first).to_be_in_viewport()
    expect(above).to_be_hidden()


def test_no_room_moves_while_the_pointer_or_the_focus_is_in_the_list(enter: Open) -> None:
    ann, bob = crowd(enter)
    before = names(ann)
    ways = (
        (lambda: links(ann).nth(3).hover(), lambda: ann.page.mouse.move(600, 300)),
        (lambda: links(ann).nth(3).focus(), lambda: ann.field.focus()),
    )
    for said, (enter_list, leave_list) in enumerate(ways, 1):
        enter_list()
        bob.send(f"hello {said}")
        expect(links(ann).filter(has_text="room-30")).to_have_accessible_name("room-30, 1 unread")
        assert names(ann) == before
        below = ann.page.locator("#rooms").get_by_role("button", name="↓ 1 unread")
        expect(below).to_be_visible()
        leave_list()
        until(lambda: names(ann)[0] == "room-30", ann.page)
        expect(below).to_be_hidden()
        ann.page.keyboard.press("Alt+ArrowUp")
        expect(ann.page.get_by_role("heading", level=1)).to_have_text("#room-30")
        read = f"""localStorage["webchat.read.room-30"].endsWith("-{said}")"""
        until(lambda read=read: ann.page.evaluate(read), ann.page)
        ann.page.evaluate("location.hash = '#/r/lobby'")
        until(lambda: names(ann) == before, ann.page)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_the_current_room_is_in_view(enter: Open, device: dict) -> None:
    ann, _ = crowd(enter, **device)
    ann.page.evaluate("location.hash = '#/r/room-29'")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#room-29")
    open_rooms(ann, device)
    expect(links(ann).and_(ann.page.locator("[aria-current]"))).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_in_a_long_list_of_rooms(enter: Open, artifacts: Path, look: str) -> None:
    ann, bob = crowd(enter, **LOOKS[look])
    bob.send("hello")
    bob.page.evaluate("location.hash = '#/r/room-20'")
    bob.send("@Ann, look")
    until(lambda: names(ann)[0] == "room-20", ann.page)
    if ann.page.locator("#show-rooms").is_visible():
        ann.page.locator("#show-rooms").click()
    look_at(ann, artifacts, "many-rooms", look)
    links(ann).last.scroll_into_view_if_needed()
    expect(links(ann).last).to_be_in_viewport()
    look_at(ann, artifacts, "rooms-above", look)
