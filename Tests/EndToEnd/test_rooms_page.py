"""Rooms that belong to somebody, on the page: private rooms, invitations, roles, bans, slow mode, direct rooms."""

import re
from pathlib import Path

import pytest
from chatpage import ChatPage, Open
from conftest import pages, shared_node
from localcluster import Cluster
from playwright.sync_api import Browser, Locator, expect
from test_access import LOOKS, look_at, more
from test_keyboard import expect_all_reached, press
from test_widths import MISFITS

embedded_node = shared_node

# A node that does not know such rooms.
WITHOUT_ROOMS = """{
    const parse = JSON.parse;
    JSON.parse = (text) => {
        const value = parse(text);
        if (value?.type === "welcome") delete value.features;
        return value;
    };
}"""


def room(chat: ChatPage) -> Locator:
    return chat.page.locator("#room-name")


def listed(chat: ChatPage) -> Locator:
    return chat.page.locator("#rooms .room-list li")


def events(chat: ChatPage) -> Locator:
    return chat.log.locator(".event > span")


def open_card(chat: ChatPage, item: str) -> Locator:
    more(chat)
    chat.page.get_by_role("group", name="More about this room").get_by_role("button", name=item).click()
    card = chat.page.get_by_role("dialog")
    expect(card).to_be_visible()
    return card


def make_private(chat: ChatPage, title: str) -> None:
    open_card(chat, "New room…")
    chat.page.get_by_label("Title").fill(title)
    chat.page.get_by_role("button", name="Create room").click()
    expect(room(chat)).to_have_text(title)
    expect(chat.page.get_by_role("dialog")).to_have_count(0)


def make_open(chat: ChatPage, name: str) -> None:
    chat.say(f"/create {name}")
    expect(room(chat)).to_have_text(name)
    expect(events(chat)).to_have_text(["\u2068" + "Ann" + "\u2069 created this room"])


def invitation(chat: ChatPage, people: str = "1 person") -> str:
    open_card(chat, "Invite…")
    chat.page.get_by_label("Valid for").select_option(people)
    chat.page.get_by_role("button", name="Create link").click()
    link = chat.page.get_by_label("Invitation link").input_value()
    chat.page.keyboard.press("Escape")
    return link


def follow(chat: ChatPage, link: str) -> Locator:
    chat.page.evaluate("link => { location.hash = new URL(link).hash; }", link)
    return chat.page.get_by_role("dialog")


def accept(chat: ChatPage, link: str, title: str) -> None:
    card = follow(chat, link)
    expect(card.get_by_role("heading")).to_have_text(f"\u2068Ann\u2069 invites you to “\u2068{title}\u2069”")
    card.get_by_role("button", name="Join").click()
    expect(room(chat)).to_have_text(title)


def expect_over(chat: ChatPage) -> None:
    """The invitation cannot be used any more."""
    card = chat.page.get_by_role("dialog", name="This invitation is no longer valid.")
    expect(card).to_contain_text("Ask whoever sent it for a new link.")
    card.get_by_role("button", name="OK").click()
    expect(card).to_have_count(0)


def person(chat: ChatPage, name: str) -> Locator:
    """The card of a person in the room."""
    chat.page.locator("#people").get_by_role("button", name=name).click()
    return chat.page.get_by_role("dialog", name=name)


def test_a_private_room_is_for_those_who_are_invited_until_they_are_removed(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Planning")
    expect(ann.page.get_by_role("heading", level=1)).to_have_accessible_name("Private room Planning")
    expect(ann.page.locator("#rooms .room-list").get_by_role("img", name="Private room")).to_have_count(1)
    ann.send("before you")
    link = invitation(ann)
    assert "/#/i/" in link

    bob = enter("Bob", room="elsewhere")
    card = follow(bob, link)
    expect(card).to_contain_text("invites you to")
    expect(bob.page).to_have_url(re.compile(r"/#/r/elsewhere$"))
    card.get_by_role("button", name="Not now").click()
    expect(room(bob)).to_have_text("elsewhere")
    accept(bob, link, "Planning")
    address = bob.page.url
    bob.expect_message("before you")
    bob.send("here I am")
    ann.expect_message("here I am")
    expect(events(ann).last).to_have_text("\u2068Bob\u2069 joined by invitation")

    cho = enter("Cho", room="elsewhere")
    cho.page.evaluate("location.hash = '#/i/no.such.token'")
    expect_over(cho)
    follow(cho, link).get_by_role("button", name="Join").click()
    expect_over(cho)

    card = person(ann, "Bob")
    card.get_by_role("button", name="Remove from this room").click()
    expect(card.get_by_role("alert").last).to_contain_text("Remove \u2068Bob\u2069 from \u2068Planning\u2069?")
    card.get_by_role("button", name="Remove", exact=True).click()
    expect(bob.toast).to_contain_text("You were removed from \u2068Planning\u2069.")
    expect(room(bob)).to_have_text("elsewhere")
    expect(listed(bob)).to_have_count(1)
    ann.send("after you")
    expect(events(ann).last).to_have_text("\u2068Ann\u2069 removed \u2068Bob\u2069")
    bob.reload()
    expect(listed(bob)).to_have_count(1)
    bob.page.evaluate("address => { location.href = address; }", address)
    expect(bob.toast).to_contain_text(re.compile("The private room .*_private-.* does not exist, or you are not in it"))
    expect(room(bob)).to_have_text("elsewhere")
    expect(bob.page.get_by_text("after you")).to_have_count(0)
    follow(bob, link).get_by_role("button", name="Join").click()
    expect_over(bob)


def test_members_may_be_on_different_nodes(browser: Browser, cluster: Cluster) -> None:
    one, other = cluster.nodes[:2]
    with pages(browser, one.url) as enter_one, pages(browser, other.url) as enter_other:
        ann, bob = enter_one("Ann"), enter_other("Bob", room="elsewhere")
        make_private(ann, "Planning")
        accept(bob, invitation(ann), "Planning")
        bob.send("here I am")
        ann.expect_message("here I am")
        ann.say("/dm bob")
        expect(room(ann)).to_have_text("Bob")
        expect(bob.toast).to_contain_text("\u2068Ann\u2069 writes to you.")
        listed(ann).filter(has_text="Planning").get_by_role("link").click()
        ann.say("/kick bob")
        expect(bob.toast).to_contain_text("You were removed from \u2068Planning\u2069.")
        ann.send("after you")
        bob.reload()
        expect(listed(bob)).to_have_count(2)
        expect(bob.page.get_by_text("after you")).to_have_count(0)


def test_what_was_not_sent_before_a_removal_can_be_copied(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Half said")
    bob = enter("Bob", room="elsewhere")
    accept(bob, invitation(ann), "Half said")
    bob.context.set_offline(True)
    # The socket is silent: what is said now waits.
    bob.page.evaluate("dispatchEvent(new Event('offline'))")
    bob.say("half a thought")
    ann.say("/kick bob")
    expect(events(ann).last).to_have_text("\u2068Ann\u2069 removed \u2068Bob\u2069")
    bob.context.set_offline(False)
    expect(bob.toast).to_contain_text(re.compile("removed|no such room"), timeout=60_000)
    bob.toast.get_by_role("button", name="Show the message that was not sent").click()
    expect(bob.page.get_by_role("dialog")).to_contain_text("half a thought")
    bob.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(bob.page.get_by_role("dialog")).to_have_count(0)


def test_in_an_open_room_owners_ban_and_delete_and_decide_who_may_write(enter: Open) -> None:
    ann = enter("Ann")
    make_open(ann, "ours")
    bob = enter("Bob", room="ours")
    bob.send("look at this")
    row = ann.message("look at this")
    row.hover()
    row.get_by_role("button", name="Delete").click()
    ann.page.get_by_role("button", name="Delete for everyone").click()
    expect(bob.log).to_contain_text("Message deleted")

    ann.say("/topic Boats")
    expect(bob.page.locator("#room-topic")).to_have_text("Boats")
    open_card(ann, "Room settings")
    ann.page.get_by_label("Who may write").select_option("Members")
    ann.page.get_by_role("button", name="Save").click()
    expect(bob.field).to_have_attribute("placeholder", "You can only read here.")
    expect(bob.field).not_to_be_editable()
    person(ann, "Bob").get_by_role("button", name="Make member").click()
    expect(bob.field).to_be_editable()
    bob.send("thank you")

    ann.say("/ban bob 5")
    expect(bob.toast).to_contain_text("You are banned from #ours until")
    expect(room(bob)).to_have_text("lobby")
    expect(events(ann).last).to_contain_text("banned \u2068Bob\u2069 until")
    bob.say("/join ours")
    expect(bob.toast).to_contain_text("You are banned from #ours until")
    expect(listed(bob)).to_have_count(1)
    ann.say("/unban bob")
    expect(events(ann).last).to_have_text("\u2068Ann\u2069 lifted the ban on \u2068Bob\u2069")
    bob.say("/join ours")
    expect(room(bob)).to_have_text("ours")
    expect(bob.toast).to_be_empty()


def test_in_slow_mode_messages_wait_and_the_composer_says_how_long(enter: Open) -> None:
    ann = enter("Ann")
    make_open(ann, "slow")
    open_card(ann, "Room settings")
    ann.page.get_by_label("Slow mode").select_option("10 sec")
    ann.page.get_by_role("button", name="Save").click()
    expect(events(ann).last).to_have_text("\u2068Ann\u2069 turned on slow mode: one message every 10 sec")
    bob = enter("Bob", room="slow")
    bob.send("one")
    bob.say("two")
    expect(bob.page.locator("#composer")).to_contain_text(re.compile(r"Slow mode: next message in \d+ sec"))
    bob.say("three")
    bob.message("three").get_by_role("button", name="Delete").click()
    expect(bob.message("three")).to_have_count(0)
    bob.message("two").get_by_role("button", name="Edit").click()
    expect(bob.field).to_have_value("two")
    bob.say("two, better")
    bob.expect_sent("two, better")
    assert bob.texts[-2:] == ["one", "two, better"]
    ann.send("owners")
    ann.send("do not wait")


def test_a_person_is_written_to_privately_and_the_room_stays_closed(enter: Open) -> None:
    ann = enter("Ann", room="square")
    bob = enter("Bob", room="square")
    person(ann, "Bob").get_by_role("button", name="Message privately").click()
    expect(room(ann)).to_have_text("Bob")
    ann.send("psst")
    expect(bob.toast).to_contain_text("\u2068Ann\u2069 writes to you.")
    entry = listed(bob).filter(has_text="Ann")
    expect(entry.locator(".count")).to_have_text("1")
    bob.toast.get_by_role("button", name="Show").click()
    expect(room(bob)).to_have_text("Ann")
    bob.expect_message("psst")
    expect(bob.field).to_have_attribute("placeholder", "Message \u2068Ann\u2069")
    bob.say("/leave")
    expect(listed(bob)).to_have_count(1)
    bob.reload()
    expect(bob.page.locator("#people .people-list li")).to_have_count(2)
    # The answer to `rooms` is in by the time that a later request is answered.
    bob.page.locator("#rooms").get_by_role("button", name="+ Browse or create").wait_for()
    bob.send("still here")
    expect(listed(bob)).to_have_count(1)
    bob.say("/dm ann")
    expect(room(bob)).to_have_text("Ann")
    bob.expect_message("psst")


def test_messages_of_muted_people_are_folded(enter: Open) -> None:
    ann = enter("Ann", room="loud")
    bob = enter("Bob", room="loud")
    bob.send("one")
    bob.send("two")
    person(ann, "Bob").get_by_role("button", name="Mute").click()
    expect(ann.toast).to_contain_text("You no longer see what")
    expect(ann.messages).to_have_count(0)
    line = ann.log.get_by_role("button", name="2 messages of muted people")
    line.press("Enter")
    expect(line).to_be_focused()
    expect(line).to_have_attribute("aria-expanded", "true")
    ann.expect_message("one")
    line.press("Enter")
    expect(ann.messages).to_have_count(0)
    bob.send("three")
    expect(ann.log.get_by_role("button", name="3 messages of muted people")).to_be_visible()
    ann.reload()
    expect(ann.messages).to_have_count(0)
    ann.say("/unmute bob")
    expect(ann.messages).to_have_count(3)


def test_commands_say_what_is_wrong_and_keep_the_line(enter: Open) -> None:
    ann = enter("Ann")
    make_open(ann, "names")
    notice = ann.page.locator("#composer-notice")
    enter("Bob", room="names")
    enter("Bobby", room="names")
    expect(ann.page.locator("#people .people-list li")).to_have_count(3)
    ann.say("/ban nobody")
    expect(notice).to_have_text("There is nobody called \u2068nobody\u2069 here.")
    expect(ann.field).to_have_value("/ban nobody")
    ann.say("/dm bo")
    expect(notice).to_contain_text("Several people match: \u2068Bob\u2069 and \u2068Bobby\u2069")
    ann.say("/kick bob")
    expect(notice).to_contain_text("Use /ban.")
    ann.say("/create Our Names!")
    expect(room(ann)).to_have_text("our-names")
    ann.say("/create names")
    expect(ann.toast).to_have_text("A room with this name exists already. You can join it.")
    ann.say("/dance")
    expect(notice).to_contain_text("/invite, /kick name, /ban name [minutes]")
    ann.say("/join lobby")
    expect(room(ann)).to_have_text("lobby")
    ann.say("/topic mine")
    expect(ann.toast).to_have_text("Only owners and moderators can do that.")


def test_all_of_it_works_by_keyboard(enter: Open) -> None:
    ann = enter("Ann")
    enter("Bob")
    press(ann.page, "button", "+ Browse or create")
    press(ann.page, "button", "New room…")
    expect(ann.page.get_by_label("Title")).to_be_focused()
    ann.page.keyboard.type("By keys")
    ann.page.keyboard.press("Enter")
    expect(room(ann)).to_have_text("By keys")
    for item, name in {"Invite…": "Invit", "Members and roles": "Members", "Room settings": "Settings"}.items():
        press(ann.page, "button", "More about this room")
        press(ann.page, "button", item)
        card = ann.page.get_by_role("dialog", name=re.compile(name))
        expect(card).to_be_visible()
        expect(card.get_by_role("listitem")).to_have_count(1 if name == "Members" else 0)
        expect_all_reached(ann.page)
        ann.page.keyboard.press("Escape")
        expect(card).to_have_count(0)
    ann.field.focus()
    ann.say("/join lobby")
    expect(room(ann)).to_have_text("lobby")
    press(ann.page, "button", "Bob")
    press(ann.page, "button", "Message privately")
    expect(room(ann)).to_have_text("Bob")


def test_nothing_of_it_is_shown_if_the_node_does_not_know_it(enter: Open) -> None:
    enter("Bob", room="older")
    ann = enter("Ann", room="older", before=WITHOUT_ROOMS)
    people = ann.page.locator("#people")
    expect(people.get_by_text("Bob")).to_be_visible()
    expect(people.get_by_role("button")).to_have_count(0)
    more(ann)
    for name in ("New room…", "Invite…", "Members and roles", "Room settings"):
        expect(ann.page.get_by_role("button", name=name)).to_have_count(0)
    ann.page.keyboard.press("Escape")
    ann.say("/dm Bob")
    expect(ann.page.locator("#composer-notice")).to_contain_text("Unknown command /dm")
    expect(ann.page.locator("#composer-notice")).not_to_contain_text("/invite")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_rooms_that_belong_to_somebody(enter: Open, artifacts: Path, look: str) -> None:
    ann = enter("Ann", **LOOKS[look])
    page = ann.page
    make_private(ann, "W" * 40 + " " + look)
    ann.say("/topic " + "A long topic that does not fit into one line of any header. " * 4)
    bob = enter("Bob", room="elsewhere")
    link = invitation(ann, "100 people")
    card = follow(bob, link)
    expect(card).to_be_visible()
    card.get_by_role("button", name="Join").click()
    expect(room(bob)).to_contain_text("WWW")
    bob.say("one")
    ann.expect_message("one")
    look_at(ann, artifacts, "rooms-conversation", look)
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(MISFITS) == [], f"{width} px wide"
    page.set_viewport_size(LOOKS[look].get("viewport", {"width": 1280, "height": 800}))
    for name in ("New room…", "Invite…", "Members and roles", "Room settings"):
        card = open_card(ann, name)
        if name == "Members and roles":
            card.locator("summary").click()
        if name == "Invite…":
            page.get_by_role("button", name="Create link").click()
            expect(page.get_by_label("Invitation link")).to_be_visible()
        look_at(ann, artifacts, f"rooms-{name.lower().strip('…').replace(' ', '-')}", look)
        assert page.evaluate(MISFITS) == []
        page.keyboard.press("Escape")
        expect(card).to_have_count(0)
    ann.say("/mute bob")
    expect(ann.log.get_by_role("button", name="1 message of a muted person")).to_be_visible()
    look_at(ann, artifacts, "rooms-muted", look)
