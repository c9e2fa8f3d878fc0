"""What somebody meets who is new: an empty room, the list of rooms, and nothing that only operators understand."""

from pathlib import Path

import pytest
from chatpage import Open, until
from conftest import shared_node
from playwright.sync_api import expect
from test_access import LOOKS, PHONE, look_at
from test_rooms_page import make_open, make_private, open_card, room

embedded_node = shared_node

SHARED = """
    window.shared = [];
    Object.defineProperty(navigator, "share", { value: async (what) => void window.shared.push(what) });
"""


def test_an_empty_room_says_what_to_do_until_something_is_said(enter: Open) -> None:
    ann = enter("Ann", room="fresh", permissions=["clipboard-read", "clipboard-write"])
    empty = ann.log.locator(".empty-room")
    expect(empty).to_contain_text("Nothing has been said in #fresh yet. Say hello!")
    expect(empty).to_contain_text("**bold**")
    empty.get_by_role("button", name="Invite people").click()
    expect(ann.toast).to_have_text("Link copied.")
    assert ann.page.evaluate("navigator.clipboard.readText()") == ann.url
    ann.send("hello")
    expect(empty).to_have_count(0)
    make_private(ann, "Just us")
    expect(empty).to_contain_text("only members can enter")
    empty.get_by_role("button", name="Invite people").click()
    expect(ann.page.get_by_role("button", name="Create link")).to_be_visible()


def test_on_a_phone_the_share_sheet_opens(enter: Open) -> None:
    ann = enter("Ann", room="phones", before=SHARED, **PHONE)
    ann.log.get_by_role("button", name="Invite people").tap()
    until(lambda: ann.page.evaluate("shared") == [{"title": "#phones", "url": ann.url}], ann.page)
    ann.page.get_by_role("button", name="More about this room").tap()
    ann.page.get_by_role("group", name="More about this room").get_by_role("button", name="Invite people").tap()
    until(lambda: len(ann.page.evaluate("shared")) == 2, ann.page)


def test_open_rooms_are_found_by_activity_and_hidden_ones_come_back(enter: Open) -> None:
    bob = enter("Bob", room="older-talk")
    bob.send("first")
    bob.say("/join newer-talk")
    expect(room(bob)).to_have_text("newer-talk")
    bob.send("second")
    bob.say("/create boats")
    expect(room(bob)).to_have_text("boats")
    bob.say("/topic All about boats")
    ann = enter("Ann")
    make_private(ann, "Tucked away")
    card = open_card(ann, "Leave this room")
    card.get_by_role("button", name="Hide in this browser").click()
    ann.page.locator("#rooms").get_by_role("button", name="+ Browse or create").click()
    card = ann.page.get_by_role("dialog", name="Rooms")
    found = card.locator(".directory-list").first.get_by_role("link")
    expect(found.filter(has_text="-talk")).to_have_count(2)
    names = [text.split(" ")[0] for text in found.locator(".name").all_text_contents()]
    assert names.index("#newer-talk") < names.index("#older-talk")
    field = card.get_by_label("Find a room")
    expect(field).to_be_focused()
    field.fill("zzz")
    expect(card.get_by_role("status")).to_have_text("No room with these letters in its name.")
    field.fill("BOAT")
    expect(found).to_have_count(1)
    found.click()
    expect(room(ann)).to_have_text("boats")
    expect(card).to_have_count(0)
    ann.page.locator("#rooms").get_by_role("button", name="+ Browse or create").click()
    expect(found.filter(has_text="boats")).to_contain_text("All about boats")
    expect(found.filter(has_text="boats")).to_contain_text("2 people · you are there")
    card.get_by_role("link", name="Private room").click()
    expect(room(ann)).to_have_text("Tucked away")


def test_only_operators_see_nodes_times_and_the_cluster(enter: Open) -> None:
    ann = enter("Ann")
    operator = enter("Olga", debug=True)
    expect(operator.connection).to_have_attribute("title", "Connected to embedded")
    expect(operator.page.locator("#rooms").get_by_role("link", name="Cluster")).to_be_visible()
    expect(ann.connection).to_have_attribute("title", "")
    expect(ann.page.get_by_role("link", name="Cluster")).to_have_count(0)
    shown = "node => getComputedStyle(node, '::after').content"
    assert ann.connection.evaluate(shown) == "none"
    assert "embedded" in operator.connection.evaluate(shown) or "attr" in operator.connection.evaluate(shown)


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_the_first_minute(enter: Open, artifacts: Path, look: str) -> None:
    ann = enter("Ann", room="quiet", **LOOKS[look])
    expect(ann.log.get_by_role("button", name="Invite people")).to_be_visible()
    look_at(ann, artifacts, "empty-room", look)
    make_open(ann, f"named-{look}")
    rooms = ann.page.get_by_role("button", name="Rooms")
    if rooms.is_visible():
        rooms.click()
    ann.page.locator("#rooms, #rooms-sheet").get_by_role("button", name="+ Browse or create").locator(
        "visible=true"
    ).click()
    expect(ann.page.get_by_role("dialog", name="Rooms").get_by_role("link").first).to_be_visible()
    look_at(ann, artifacts, "directory", look)
