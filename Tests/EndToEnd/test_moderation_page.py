"""What moderators do on the page, and how one leaves: asked once more, or undone."""

import re
from pathlib import Path

import pytest
from chatpage import Open
from conftest import shared_node
from playwright.sync_api import expect
from test_access import LOOKS, look_at
from test_rooms_page import accept, events, follow, invitation, listed, make_open, make_private, open_card, person, room

embedded_node = shared_node


def test_a_ban_is_asked_with_its_length_and_names_are_those_of_now(enter: Open) -> None:
    ann = enter("Ann")
    make_open(ann, "strict")
    bob = enter("Bob", room="strict")
    expect(bob.page.locator("#people li").filter(has_text="Ann")).to_contain_text("Owner")
    bob.send("hello")
    card = person(ann, "Bob")
    card.get_by_role("button", name="Make member").click()
    expect(card).to_have_count(0)
    bob.say("/nick Bobby")
    card = person(ann, "Bobby")
    card.get_by_role("button", name="Ban…").click()
    expect(card.get_by_role("alert").last).to_contain_text("Ban \u2068Bobby\u2069 from #strict?")
    expect(card.get_by_label("For how long")).to_be_focused()
    assert card.locator("option").all_text_contents() == ["1 hour", "1 day", "7 days", "Until somebody lifts it"]
    card.get_by_role("button", name="Cancel").click()
    expect(card.get_by_role("button", name="Ban…")).to_be_visible()
    ann.page.keyboard.press("Escape")
    card = open_card(ann, "Members and roles")
    row = card.locator("[data-user]").filter(has_text="Bobby")
    row.locator("summary").click()
    row.get_by_role("button", name="Ban…").click()
    row.get_by_label("For how long").select_option("7 days")
    row.get_by_role("button", name="Ban", exact=True).click()
    expect(row).to_contain_text("Banned until")
    expect(bob.toast).to_contain_text("You are banned from #strict")
    ann.page.keyboard.press("Escape")
    expect(events(ann).last).to_contain_text("banned \u2068Bobby\u2069 until")
    expect(ann.log.locator(".event time").last).to_have_attribute("datetime", re.compile("T"))


def test_commands_that_put_somebody_out_can_be_undone_and_take_whole_names(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Undoing")
    bob = enter("Bob Lee", room="elsewhere")
    link = invitation(ann)
    accept(bob, link, "Undoing")
    notice = ann.page.locator("#composer-notice")
    for line in ("/kick bob", "/ban bob 5", "/ban fqqqqqqqqqqqqqqqqqqqqqqqqq"):
        ann.say(line)
        expect(notice).to_contain_text("There is nobody called")
        expect(ann.field).to_have_value(line)
    ann.say("/kick bob lee")
    expect(ann.toast).to_contain_text("You removed \u2068Bob Lee\u2069.")
    expect(bob.toast).to_contain_text("You were removed from")
    ann.toast.get_by_role("button", name="Undo").click()
    expect(bob.toast).to_contain_text("added you to")
    bob.toast.get_by_role("button", name="Show").click()
    expect(room(bob)).to_have_text("Undoing")
    ann.say("/ban bob lee 5")
    expect(bob.toast).to_contain_text("You are banned from \u2068Undoing\u2069 until")
    follow(bob, link).get_by_role("button", name="Join").click()
    over = bob.page.get_by_role("heading", name="You are banned from \u2068Undoing\u2069 until")
    expect(over).to_be_visible()


def test_a_private_room_is_hidden_or_left_for_good(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Ways out")
    bob = enter("Bob", room="elsewhere")
    accept(bob, invitation(ann), "Ways out")
    address = bob.page.url
    card = open_card(bob, "Leave this room")
    card.get_by_role("button", name="Hide in this browser").click()
    expect(room(bob)).to_have_text("elsewhere")
    expect(ann.page.locator("#people .people-list li")).to_have_count(1)
    bob.page.evaluate("address => { location.href = address; }", address)
    expect(room(bob)).to_have_text("Ways out")
    bob.say("/leave")
    card = bob.page.get_by_role("dialog", name="Leave \u2068Ways out\u2069?")
    card.get_by_role("button", name="Leave for good…").click()
    expect(card.get_by_role("alert").filter(has_text="Really")).to_be_visible()
    card.get_by_role("button", name="Leave for good").click()
    expect(bob.toast).to_contain_text("You left \u2068Ways out\u2069.")
    expect(listed(bob)).to_have_count(1)
    expect(events(ann).last).to_have_text("\u2068Bob\u2069 gave up their role")


def test_the_only_owner_is_told_what_to_do_first(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Mine")
    bob = enter("Bob", room="elsewhere")
    card = open_card(ann, "Leave this room")
    expect(card).to_contain_text("You are the only member.")
    ann.page.keyboard.press("Escape")
    accept(bob, invitation(ann), "Mine")
    card = open_card(ann, "Leave this room")
    expect(card).to_contain_text("Make somebody else an owner first.")
    card.get_by_role("button", name="Members and roles").click()
    expect(ann.page.get_by_role("dialog", name="Members and roles")).to_be_visible()


def test_an_invitation_says_until_when_and_when_it_is_over(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Soon over")
    link = invitation(ann)
    bob = enter("Bob", room="elsewhere")
    bob.page.clock.install()
    bob.page.evaluate("link => { location.hash = new URL(link).hash; }", link)
    card = bob.page.get_by_role("dialog")
    expect(card).to_contain_text("Valid until")
    bob.page.clock.fast_forward(190 * 3_600_000)
    expect(bob.page.get_by_role("dialog", name="This invitation is no longer valid.")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_what_is_asked(enter: Open, artifacts: Path, look: str) -> None:
    ann = enter("Ann", **LOOKS[look])
    make_private(ann, "W" * 40)
    ann.say("/topic " + "A long topic that does not fit into one line of any header. " * 4)
    bob = enter("Bob", room="elsewhere")
    link = invitation(ann)
    bob.page.evaluate("link => { location.hash = new URL(link).hash; }", link)
    bob.page.get_by_role("dialog").get_by_role("button", name="Join").click()
    expect(room(bob)).to_contain_text("WWW")
    topic = ann.page.locator("#room-topic button")
    topic.click()
    expect(topic).to_have_attribute("aria-expanded", "true")
    look_at(ann, artifacts, "topic-whole", look)
    topic.click()
    look_at(ann, artifacts, "topic-short", look)
    card = open_card(ann, "Leave this room")
    expect(card.get_by_role("button", name="Members and roles")).to_be_visible()
    look_at(ann, artifacts, "leaving-last-owner", look)
    ann.page.keyboard.press("Escape")
    card = open_card(ann, "Members and roles")
    row = card.locator("[data-user]").filter(has_text="Bob")
    row.locator("summary").click()
    row.get_by_role("button", name="Ban…").click()
    look_at(ann, artifacts, "ban", look)
    ann.page.keyboard.press("Escape")
    ann.page.evaluate("location.hash = '#/i/no.such.token'")
    expect(ann.page.get_by_role("dialog", name="no longer valid")).to_be_visible()
    look_at(ann, artifacts, "invitation-over", look)
