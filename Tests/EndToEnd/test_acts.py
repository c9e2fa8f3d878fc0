"""Edits, deletions and reactions: by pointer, keyboard and touch, and offline."""

import json
from pathlib import Path

import pytest
from chatpage import SENT, ChatPage, Open
from localcluster import Node
from playwright.sync_api import Locator, WebSocketRoute, expect
from test_access import LOOKS, look_at


def tools(row: Locator, name: str) -> Locator:
    row.hover()
    return row.get_by_role("group", name="Message tools").get_by_role("button", name=name, exact=True)


def react(chat: ChatPage, row: Locator, emoji: str) -> None:
    tools(row, "React").click()
    pick(chat, emoji)


def picker(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("dialog", name="Emoji")


def pick(chat: ChatPage, emoji: str) -> None:
    # Those that are often used are also in their category.
    picker(chat).locator(f'[data-emoji="{emoji}"]').first.click()


def chip(row: Locator, emoji: str) -> Locator:
    return row.locator(".chip", has_text=emoji)


def test_an_edit_is_seen_by_all_and_by_who_comes_later(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.send("the frist word")
    bob.expect_message("the frist word")
    field = ann.field
    field.press("ArrowUp")
    expect(field).to_have_value("the frist word")
    expect(ann.page.locator("#composer-notice")).to_have_text("You are editing a message.")
    ann.say("the first word")
    expect(field).to_be_empty()
    for chat in (ann, bob, enter("Cho")):
        chat.expect_message("the first word")
        expect(chat.messages.first.locator(".edited")).to_have_text("edited")
        assert chat.texts == ["the first word"]
    expect(tools(bob.messages.first, "Edit")).to_be_hidden()
    ann.page.reload()
    ann.expect_sent("the first word")


def test_who_stops_editing_finds_what_stood_in_the_field(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("as it was")
    field = ann.field
    field.fill("half a thought")
    tools(ann.messages.first, "Edit").click()
    expect(field).to_have_value("as it was")
    field.fill("something else")
    field.press("Escape")
    expect(field).to_have_value("half a thought")
    cancel = ann.page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_hidden()
    tools(ann.messages.first, "Edit").click()
    cancel.click()
    expect(field).to_have_value("half a thought")
    expect(field).to_be_focused()
    tools(ann.messages.first, "Edit").click()
    ann.say("")
    expect(field).to_have_value("half a thought")
    ann.page.reload()
    expect(field).to_have_value("half a thought")
    ann.expect_sent("as it was")


def test_an_edit_that_was_begun_survives_a_reload_and_another_room(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("as it was")
    field = ann.field
    field.fill("half a thought")
    tools(ann.messages.first, "Edit").click()
    field.fill("as it is")
    ann.page.reload()
    expect(field).to_have_value("as it is")
    expect(ann.page.locator("#composer-notice")).to_have_text("You are editing a message.")
    for name in ("garden", "lobby"):
        ann.page.evaluate(f"location.hash = '#/r/{name}'")
        expect(ann.page.locator("#room-name")).to_have_text(name)
        expect(field).to_have_value("as it is" if name == "lobby" else "")
    field.press("Enter")
    expect(field).to_have_value("half a thought")
    ann.expect_sent("as it is")
    ann.page.reload()
    expect(field).to_have_value("half a thought")


def test_a_deletion_is_asked_for_twice_and_leaves_no_text(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.send("a secret")
    bob.expect_message("a secret")
    line = bob.page.locator("#announcer")
    expect(line).to_have_text("Ann: a secret")
    expect(tools(bob.messages.first, "Delete")).to_be_hidden()
    tools(ann.messages.first, "Delete").click()
    dialog = ann.page.get_by_role("dialog", name="Delete this message for everyone?")
    ann.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    tools(ann.messages.first, "Delete").click()
    dialog.get_by_role("button", name="Delete for everyone").click()
    for chat in (ann, bob, enter("Cho")):
        chat.expect_message("Message deleted")
        assert "a secret" not in chat.log.inner_html()
    expect(line).to_be_empty()
    expect(ann.messages.first.get_by_role("group", name="Message tools")).to_have_count(0)


def test_reactions_are_counted_and_taken_back(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.send("who comes along?")
    react(bob, bob.message("who comes along?"), "👍")
    rows = [chat.messages.first for chat in (ann, bob)]
    for row in rows:
        expect(chip(row, "👍")).to_have_text("👍 1")
    expect(chip(rows[0], "👍")).to_have_accessible_name("👍 by \u2068Bob\u2069")
    chip(rows[0], "👍").click()
    for row in rows:
        expect(chip(row, "👍")).to_have_text("👍 2")
    expect(chip(rows[0], "👍")).to_have_attribute("aria-pressed", "true")
    chip(rows[1], "👍").click()
    for row in rows:
        expect(chip(row, "👍")).to_have_text("👍 1")
    tools(rows[1], "React").click()
    field = picker(bob).get_by_role("combobox", name="Find an emoji")
    field.fill("xyz")
    expect(picker(bob).get_by_role("status")).to_have_text("Nothing found.")
    field.fill("🦩")
    field.press("Enter")
    for row in (*rows, enter("Cho").messages.first):
        expect(row.locator(".chip")).to_have_text(["👍 1", "🦩 1"])
    # What was chosen last is at hand.
    tools(rows[1], "React with 🦩").click()
    expect(rows[0].locator(".chip")).to_have_text(["👍 1"])
    tools(rows[1], "React with ❤️").click()
    expect(rows[0].locator(".chip")).to_have_text(["👍 1", "❤️ 1"])


def test_all_of_it_is_done_by_keys(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("by keys")
    keys = ann.page.keyboard
    keys.press("Shift+Tab")
    row = ann.messages.first
    expect(row).to_be_focused()
    keys.press("+")
    field = picker(ann).get_by_role("combobox")
    expect(field).to_be_focused()
    keys.press("Escape")
    expect(picker(ann)).to_have_count(0)
    expect(row).to_be_focused()
    keys.press("+")
    expect(picker(ann).get_by_role("gridcell", selected=True)).to_have_text("👍")
    keys.press("Enter")
    expect(chip(row, "👍")).to_have_text("👍 1")
    expect(row).to_be_focused()
    keys.press("Tab")
    expect(chip(row, "👍")).to_be_focused()
    keys.press("Shift+Tab")
    keys.press("e")
    expect(ann.field).to_have_value("by keys")
    keys.type(" alone")
    keys.press("Enter")
    ann.expect_sent("by keys alone")
    keys.press("Shift+Tab")
    expect(chip(row, "👍")).to_be_focused()
    keys.press("Shift+Tab")
    expect(row).to_be_focused()
    keys.press("Delete")
    expect(ann.page.get_by_role("dialog", name="Delete this message")).to_be_visible()
    ann.page.get_by_role("button", name="Delete for everyone").press("Enter")
    ann.expect_message("Message deleted")


def test_what_is_done_offline_waits_over_a_reload_and_is_done_once(enter: Open, embedded_node: Node) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.send("before")
    bob.expect_message("before")
    ann.page.route_web_socket("**/ws", lambda socket: None)
    ann.page.reload()
    expect(ann.connection).not_to_have_text("Online")
    field = ann.field
    ann.say("said offline")
    field.press("ArrowUp")
    expect(field).to_have_value("said offline")
    expect(ann.messages).to_have_count(0)
    ann.say("said offline, and better")
    expect(ann.message("said offline, and better")).to_contain_text("Sending…")
    ann.page.unroute_all()
    second = ann.open_tab()
    ann.page.close()
    ann.page = second
    ann.expect_sent("said offline, and better")
    for chat in (ann, bob):
        chat.expect_message("said offline, and better")
        assert chat.texts == ["before", "said offline, and better"]


@pytest.mark.parametrize(("code", "final"), [("too_many_reactions", True), ("not_found", True), ("new_code", False)])
def test_a_refused_reaction_is_told_at_its_message_and_given_up(enter: Open, code: str, final: bool) -> None:
    ann = enter("Ann")
    ann.send("contested")
    ann.page.route_web_socket("**/ws", lambda socket: refuse(socket, "react", code))
    ann.page.reload()
    ann.expect_sent("contested")
    row = ann.messages.first
    react(ann, row, "👍")
    reasons = {
        "too_many_reactions": "The message has reached its limit of reactions.",
        "not_found": "The message no longer exists.",
    }
    expect(row).to_contain_text(f"Couldn't react: {reasons.get(code, 'The server refused this (new_code).')}")
    expect(chip(row, "👍")).to_have_count(0)
    expect(row.get_by_role("button", name="Retry")).to_have_count(0 if final else 1)
    row.get_by_role("button", name="Discard").click()
    expect(row).not_to_contain_text("Couldn't react")
    ann.expect_sent("contested")


@pytest.mark.parametrize(
    ("locale", "edit", "told", "give_up"),
    [
        ("en", True, "Couldn't edit: The message no longer exists.", "Discard"),
        ("en", False, "Couldn't delete: The message no longer exists.", "Discard"),
        ("de", True, "Nicht bearbeitet: Die Nachricht gibt es nicht mehr.", "Verwerfen"),
        ("de", False, "Nicht gelöscht: Die Nachricht gibt es nicht mehr.", "Verwerfen"),
    ],
)
def test_a_refused_edit_or_deletion_is_named(enter: Open, locale: str, edit: bool, told: str, give_up: str) -> None:
    ann = enter("Ann")
    ann.send("contested")
    ann.page.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ value: ['{locale}'] }})")
    ann.page.add_init_script(f"Object.defineProperty(navigator, 'language', {{ value: '{locale}' }})")
    ann.page.route_web_socket("**/ws", lambda socket: refuse(socket, "edit" if edit else "delete", "not_found"))
    ann.page.reload()
    row = ann.messages.first
    expect(row).to_have_class(SENT)
    row.focus()
    ann.page.keyboard.press("e" if edit else "Delete")
    if edit:
        field = ann.page.locator("#composer-text")
        expect(field).to_have_value("contested")
        field.fill("settled")
        field.press("Enter")
    else:
        ann.page.locator("dialog .danger").click()
    expect(row.locator(".problem")).to_have_text(told)
    copy = "Copy" if locale == "en" else "Kopieren"
    expect(row.locator(".state").get_by_role("button")).to_have_text([copy, give_up] if edit else [give_up])
    row.get_by_role("button", name=give_up).click()
    expect(row.locator(".problem")).to_have_count(0)


def refuse(socket: WebSocketRoute, kind: str, code: str) -> None:
    server = socket.connect_to_server()

    def hear(text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] != kind:
            return server.send(text)
        refusal = {"type": "error", "code": code, "message": "The server says so."}
        socket.send(json.dumps(refusal | {"room": frame["room"], "key": frame["key"]}))

    socket.on_message(hear)


@pytest.mark.parametrize("look", ["desktop-light", "desktop-dark", "phone-light"])
def test_axe_finds_nothing_in_what_was_done(enter: Open, artifacts: Path, look: str) -> None:
    bob, ann = enter("Bob"), enter("Ann", **LOOKS[look])
    bob.say("Shall we ship it *today*?")
    bob.expect_sent("Shall we ship it today?")
    ann.send("Yes, all is green")
    ann.send("No, wait")
    react(bob, bob.message("Yes, all is green"), "🎉")
    expect(chip(ann.message("Yes, all is green"), "🎉")).to_be_visible()
    act_on(ann, ann.message("Yes, all is green"), "Edit")
    ann.field.fill("Yes, all is green.")
    ann.page.get_by_role("button", name="Send").click()
    act_on(ann, ann.message("No, wait"), "Delete")
    look_at(ann, artifacts, "delete", look)
    ann.page.get_by_role("button", name="Delete for everyone").click()
    ann.expect_message("Message deleted")
    act_on(ann, ann.messages.first, "React")
    look_at(ann, artifacts, "react", look)
    pick(ann, "👍")
    expect(chip(ann.messages.first, "👍")).to_have_text("👍 1")
    act_on(ann, ann.message("Yes, all is green."), "Edit")
    look_at(ann, artifacts, "acts", look)


def long_press(chat: ChatPage, row: Locator, part: str = ".text") -> Locator:
    """Holds a finger on a message and returns the sheet."""
    # What is sent or received meanwhile draws the row again, and moves it.
    expect(chat.page.locator(".sending")).to_have_count(0)
    text = row.locator(part)
    text.tap(trial=True)
    box = text.bounding_box()
    assert box
    finger = chat.context.new_cdp_session(chat.page)
    at = {"x": box["x"] + 5, "y": box["y"] + box["height"] / 2}
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    sheet = chat.page.get_by_role("dialog", name="Message tools")
    expect(sheet).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    return sheet


def act_on(chat: ChatPage, row: Locator, name: str) -> None:
    """By pointer, or by a long press on a touch screen."""
    if chat.page.evaluate("matchMedia('(pointer: coarse)').matches"):
        long_press(chat, row).get_by_role("button", name=name, exact=True).tap()
    else:
        tools(row, name).click()


def test_tools_go_with_the_pointer_and_cover_no_other_row(enter: Open) -> None:
    ann = enter("Ann")
    for text in ("first", "second", "third"):
        ann.send(text)
    row = ann.message("second")
    bar = ann.page.locator(".tools")
    row.hover()
    expect(row.locator(".tools")).to_be_visible()
    inside = """node => {
        const [bar, row] = [node, node.closest("article")].map((one) => one.getBoundingClientRect());
        return bar.top >= row.top && bar.bottom <= row.bottom + 1;
    }"""
    assert bar.evaluate(inside)
    ann.field.hover()
    expect(bar).to_have_count(0)
    row.focus()
    ann.page.keyboard.press("ArrowUp")
    expect(ann.message("first").locator(".tools")).to_be_visible()
    ann.page.locator("#rooms").hover()
    expect(ann.message("first").locator(".tools")).to_be_visible()


def test_a_long_press_shows_the_tools_and_who_reacted(enter: Open, artifacts: Path) -> None:
    bob, ann = enter("Bob"), enter("Ann", permissions=["clipboard-read", "clipboard-write"], **LOOKS["phone-light"])
    bob.send("what do you think?")
    react(bob, bob.messages.first, "🎉")
    expect(chip(ann.messages.first, "🎉")).to_be_visible()
    ann.messages.first.locator(".text").tap()
    expect(ann.page.locator(".tools, dialog[open]")).to_have_count(0)
    sheet = long_press(ann, ann.messages.first)
    expect(sheet.locator(".reactors")).to_have_text("🎉\u2068Bob\u2069")
    expect(sheet.get_by_role("button", name="Edit")).to_have_count(0)
    look_at(ann, artifacts, "message-sheet", "phone-light")
    sheet.get_by_role("button", name="React with ❤️").tap()
    expect(ann.messages.first.locator(".chip")).to_have_text(["🎉 1", "❤️ 1"])
    long_press(ann, ann.messages.first).get_by_role("button", name="Copy text").tap()
    expect(sheet).to_have_count(0)
    assert ann.page.evaluate("navigator.clipboard.readText()") == "what do you think?"
