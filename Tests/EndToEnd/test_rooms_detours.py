"""What people do by the way in rooms that belong to somebody: paste links, reload, give up, mistype."""

import re
from pathlib import Path

from chatpage import Open
from conftest import shared_node
from playwright.sync_api import Browser, expect
from test_rooms_page import accept, events, follow, invitation, listed, make_open, make_private, open_card, person, room

embedded_node = shared_node

# The lobby has no owner, so only an operator can ban there. This page gets the answer of a node to one who is banned.
BARRED = """{
    const { send } = WebSocket.prototype;
    const data = JSON.stringify({ type: "error", code: "forbidden", message: "", room: "lobby" });
    window.barred = true;
    WebSocket.prototype.send = function (text) {
        if (!window.barred || JSON.parse(text).type !== "join") return send.call(this, text);
        setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data })));
    };
}"""


def test_who_gives_up_a_private_role_is_asked_once_and_has_left(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "Given up")
    bob = enter("Bob", room="elsewhere")
    accept(bob, invitation(ann), "Given up")
    expect(bob.field).to_be_focused()
    card = open_card(bob, "Members and roles")
    card.locator("summary").filter(has_text="you").click()
    card.get_by_role("button", name="Give up my role").click()
    expect(card.get_by_role("alert")).to_contain_text("You will need a new invitation")
    card.get_by_role("button", name="Give up my role").click()
    expect(bob.toast).to_contain_text("You left \u2068Given up\u2069.")
    expect(bob.page.get_by_role("dialog")).to_have_count(0)
    expect(listed(bob)).to_have_count(1)
    expect(events(ann).last).to_have_text("\u2068Bob\u2069 gave up their role")


def test_a_pasted_invitation_is_opened_and_outlives_a_reload(enter: Open) -> None:
    ann = enter("Ann")
    make_private(ann, "By link")
    expect(ann.field).to_be_focused()
    link = invitation(ann, "10 people")
    bob = enter("Bob", room="elsewhere")
    card = bob.page.get_by_role("dialog")
    offered = re.compile("invites you to")

    bob.page.locator("#rooms").get_by_label("Room to join").fill(link)
    expect(card).to_contain_text(offered)
    bob.reload()
    expect(card).to_contain_text(offered)
    card.get_by_role("button", name="Not now").click()
    expect(card).to_have_count(0)
    bob.reload()
    expect(listed(bob)).to_have_count(1)
    expect(card).to_have_count(0)

    bob.page.keyboard.press("Control+k")
    bob.page.get_by_role("combobox").fill(link)
    expect(card).to_contain_text(offered)
    card.get_by_role("button", name="Not now").click()
    bob.say(f"/join {link}")
    expect(card).to_contain_text(offered)
    card.get_by_role("button", name="Join").click()
    expect(room(bob)).to_have_text("By link")
    expect(bob.field).to_be_focused()
    follow(bob, link).get_by_role("button", name="Join").click()
    expect(card).to_have_count(0)


def test_commands_say_what_fits(enter: Open) -> None:
    ann = enter("Ann")
    make_open(ann, "fitting")
    notice = ann.page.locator("#composer-notice")
    cleo = enter("Cleo", room="fitting")
    expect(ann.page.locator("#people .people-list li")).to_have_count(2)
    for minutes in ["0", "-5", "1.5", "5 min"]:
        ann.say(f"/ban Cleo {minutes}")
        expect(notice).to_have_text("Usage: /ban name [minutes]")
    ann.say("/unban Cleo")
    expect(notice).to_have_text("\u2068Cleo\u2069 is not banned.")
    ann.say("/topic")
    expect(notice).to_have_text("Usage: /topic text")
    ann.say("/join _x")
    expect(notice).to_contain_text("It must begin with a letter or digit.")
    ann.field.fill("")
    person(ann, "Cleo").get_by_role("button", name="Message privately").click()
    expect(room(ann)).to_have_text("Cleo")
    expect(ann.field).to_be_focused()
    ann.say("/invite")
    expect(ann.toast).to_have_text("A private conversation is for two.")
    ann.say("/kick Cleo")
    expect(notice).to_have_text("A private conversation is for two.")
    cleo.toast.get_by_role("button", name="Show").click()
    expect(room(cleo)).to_have_text("Ann")
    expect(cleo.field).to_be_focused()


def test_whoever_is_banned_from_the_only_room_cannot_write_and_may_try_again(enter: Open) -> None:
    ann = enter("Ann", before=BARRED)
    for _ in range(2):
        expect(ann.toast).to_contain_text("You are banned from #lobby.")
        expect(listed(ann)).to_have_count(1)
        expect(ann.field).to_have_attribute("placeholder", "You are banned from this room.")
        expect(ann.field).not_to_be_editable()
        ann.toast.get_by_role("button", name="Retry").click()
    expect(ann.toast).to_contain_text("You are banned from #lobby.")
    ann.page.evaluate("window.barred = false")
    listed(ann).get_by_role("link").click()
    expect(ann.field).to_be_editable()
    ann.send("back again")


# What a node sends after `webchat room delete`.
DELETED = """(name) => {
    const socket = window.sockets.at(-1);
    const say = (frame) => socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
    say({ type: "deleted", room: name });
    const nothing = { epoch: "0", head: "0-0", recovered: false, messages: [], more: false };
    const next = name.startsWith("_") ? { type: "left", reason: "removed" } : { type: "reset", ...nothing };
    say({ ...next, room: name });
}"""
KEEP_SOCKETS = """
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
        constructor(...all) {
            super(...all);
            window.sockets.push(this);
        }
    };
"""


def test_a_deleted_room_is_forgotten_at_once(enter: Open, artifacts: Path) -> None:
    ann = enter("Ann", before=KEEP_SOCKETS)
    make_open(ann, "doomed")
    ann.send("a secret")
    ann.page.evaluate(DELETED, "doomed")
    expect(ann.toast).to_contain_text("All messages in #doomed have been deleted.")
    expect(ann.messages).to_have_count(0)
    expect(ann.page.locator(".separator")).to_have_count(0)
    ann.picture(artifacts, "room-deleted")
    make_private(ann, "Secret plans")
    ann.send("another secret")
    ann.page.evaluate(DELETED, ann.page.url.split("/r/")[1])
    expect(ann.toast).to_contain_text("\u2068Secret plans\u2069 has been deleted.")
    expect(ann.page.get_by_text("another secret")).to_have_count(0)
    expect(room(ann)).not_to_have_text("Secret plans")


def test_private_rooms_come_to_other_devices(enter: Open, browser: Browser) -> None:
    ann = enter("Ann")
    make_private(ann, "Everywhere")
    token = ann.page.evaluate("localStorage.getItem('webchat.token')")
    origin = ann.url.split("/#")[0]
    stored = {"origin": origin, "localStorage": [{"name": "webchat.token", "value": token}]}
    phone = enter("Ann", storage_state={"cookies": [], "origins": [stored]})
    expect(listed(phone)).to_have_count(2)
    expect(listed(phone).last).to_contain_text("Everywhere")
    expect(room(phone)).to_have_text("lobby")


def test_an_invitation_waits_for_the_name_at_the_first_visit(enter: Open, browser: Browser) -> None:
    ann = enter("Ann")
    make_private(ann, "First visit")
    link = invitation(ann, "10 people")
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    field = page.get_by_label("Name", exact=True)
    expect(page).to_have_url(re.compile(r"/#/r/lobby$"))
    field.fill("Dan")
    field.press("Enter")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.locator("#room-name")).to_have_text("First visit")
    context.close()
