"""The page around a room: other rooms, unread messages, drafts, keys, commands, notifications, languages."""

import json
import re
from pathlib import Path

import pytest
from chatpage import SENT, ChatPage, Open, until
from localcluster import Node
from playwright.sync_api import Browser, Locator, Page, expect

# `look(false)` hides the page: a background page of a test still reports that it is visible.
LOOK = """
    let looking = true;
    document.hasFocus = () => looking;
    Object.defineProperty(document, "visibilityState", { get: () => looking ? "visible" : "hidden" });
    Object.defineProperty(document, "hidden", { get: () => !looking });
    window.look = (now) => {
        looking = now;
        document.dispatchEvent(new Event("visibilitychange"));
    };
"""

NOTIFICATIONS = """
    window.notified = [];
    window.asked = 0;
    window.Notification = class {
        static permission = "default";
        static async requestPermission() {
            window.asked += 1;
            return (Notification.permission = "granted");
        }
        constructor(title, { body, tag }) {
            if (Notification.permission === "granted") window.notified.push({ title, body, tag });
        }
    };
"""


def join(chat: ChatPage, room: str) -> None:
    field = chat.page.get_by_role("textbox", name="Room to join")
    field.fill(room)
    field.press("Enter")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(f"#{room}")


def room_link(page: Page, room: str) -> Locator:
    return page.get_by_role("navigation", name="Rooms").get_by_role("link", name=re.compile(f"^{room}"))


def test_other_rooms_say_what_is_unread_and_who_is_addressed(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann"), enter("Bob", room="garden")
    join(ann, "garden")
    room_link(ann.page, "lobby").click()
    for text in ("one", "two"):
        bob.say(text)
    expect(room_link(ann.page, "garden")).to_have_accessible_name("garden, 2 unread")
    expect(ann.page).to_have_title("(2) #lobby · Webchat")
    expect(ann.page.locator("#icon")).to_have_attribute("href", "static/icon-unread.svg")
    bob.say("@ann, look")
    expect(room_link(ann.page, "garden")).to_have_accessible_name("garden, 1 mention")
    expect(room_link(ann.page, "garden").locator(".count")).to_have_text("@1")
    ann.page.reload()
    expect(room_link(ann.page, "garden")).to_have_accessible_name("garden, 1 mention")
    room_link(ann.page, "garden").click()
    expect(ann.log.locator(".separator.new")).to_have_text("New · 3")
    ann.picture(artifacts, "unread-desktop")
    expect(ann.message("@ann, look").locator("mark")).to_have_text("@ann")
    expect(ann.page).to_have_title("#garden · Webchat")
    expect(room_link(ann.page, "garden")).to_have_accessible_name("garden")
    expect(ann.log.locator(".separator.new")).to_be_visible()


def test_what_came_while_nobody_looked_is_divided_off_until_it_is_read(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.reload(before=LOOK)
    # Messages from before the room is shown would be unread.
    expect(ann.page.get_by_role("heading", name="Here · 2")).to_be_visible()
    bob.say("seen")
    ann.expect_message("seen")
    expect(ann.log.locator(".separator.new")).to_have_count(0)
    until(lambda: ann.page.evaluate("localStorage['webchat.read.lobby']") != "0-0", ann.page)
    ann.page.evaluate("look(false)")
    divider = ann.log.locator(".separator.new")
    for count, text in enumerate(("not seen", "nor this"), 1):
        bob.say(text)
        expect(ann.page).to_have_title(f"({count}) #lobby · Webchat")
        expect(divider).to_have_text(f"New · {count}")
    ann.page.evaluate("look(true)")
    expect(ann.page).to_have_title("#lobby · Webchat")
    expect(divider).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(divider).to_have_count(0)


def test_a_draft_stays_in_its_room_also_over_a_reload(enter: Open) -> None:
    ann = enter("Ann")
    field = ann.field
    field.fill("half a thought")
    join(ann, "garden")
    expect(field).to_be_empty()
    field.fill("another")
    ann.page.reload()
    expect(field).to_have_value("another")
    room_link(ann.page, "lobby").click()
    expect(field).to_have_value("half a thought")
    field.press("Enter")
    ann.expect_sent("half a thought")
    ann.reload()
    expect(field).to_be_empty()


@pytest.mark.parametrize("by_command", [True, False])
def test_a_tab_whose_room_is_left_in_another_says_so_and_loses_nothing(enter: Open, by_command: bool) -> None:
    ann = enter("Ann")
    join(ann, "garden")
    second = ann.open_tab()
    second.evaluate("location.hash = '#/r/garden'")
    expect(second.get_by_role("heading", level=1)).to_have_text("#garden")
    field = second.get_by_label("Message", exact=True)
    field.press_sequentially("half a thought")
    if by_command:
        ann.say("/leave")
    else:
        ann.page.get_by_role("button", name="More about this room").click()
        ann.page.get_by_role("button", name="Leave this room").click()
    toast = second.locator("#toast")
    expect(toast).to_contain_text("You left #garden in another tab.")
    for page in (ann.page, second):
        expect(page.get_by_role("heading", level=1)).to_have_text("#lobby")
        expect(room_link(page, "garden")).to_have_count(0)
    second.keyboard.type(" goes on")
    second.keyboard.press("Enter")
    expect(field).to_be_empty()
    assert ann.texts == []
    toast.get_by_role("button", name="Go to #garden").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("#garden")
    expect(field).to_have_value("half a thought")
    expect(field).to_be_focused()
    expect(toast).to_be_empty()


def test_the_menu_opens_and_closes_by_its_button_by_escape_and_by_a_click_elsewhere(enter: Open) -> None:
    ann = enter("Ann")
    button = ann.page.get_by_role("button", name="More about this room")
    menu = ann.page.get_by_role("group", name="More about this room")
    for _ in range(2):
        button.click()
        expect(menu).to_be_visible()
        expect(menu.get_by_role("button").first).to_be_focused()
        button.click()
        expect(menu).to_be_hidden()
    button.press("Enter")
    ann.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    ann.log.click()
    expect(menu).to_be_hidden()


def test_commands_do_what_they_say_and_a_wrong_one_says_what_there_is(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    notice = ann.page.locator("#composer-notice")
    ann.say("/dance now")
    expect(notice).to_contain_text(
        "Unknown command /dance. Available: /join room, /nick name, /search words, /leave, /help, /invite, "
    )
    ann.say("/join")
    expect(notice).to_have_text("Usage: /join room")
    ann.say("/join #Garden")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#garden")
    ann.say("/leave")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#lobby")
    ann.say("/nick Annika")
    expect(bob.page.get_by_role("complementary").get_by_text("Annika")).to_be_visible()
    ann.say("/help")
    expect(ann.page.get_by_role("dialog", name="Help")).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.say("//join is a command")
    bob.expect_message("/join is a command")


def test_everything_is_reached_by_keys(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    join(ann, "garden")
    keys = ann.page.keyboard
    title = ann.page.get_by_role("heading", level=1)
    field = ann.field
    keys.press("Control+k")
    expect(ann.page.get_by_role("combobox", name="Go to a room")).to_be_focused()
    keys.type("lob")
    expect(ann.page.get_by_role("option", selected=True)).to_have_text("#lobby")
    keys.press("Enter")
    expect(title).to_have_text("#lobby")
    keys.press("Alt+ArrowDown")
    expect(title).to_have_text("#garden")
    keys.press("Alt+ArrowUp")
    expect(title).to_have_text("#lobby")
    bob.say("first of Bob")
    bob.say("second of Bob")
    ann.expect_message("second of Bob")
    expect(field).to_be_focused()
    keys.press("Shift+Tab")
    expect(ann.messages.last).to_be_focused()
    keys.press("ArrowUp")
    expect(ann.messages.first).to_be_focused()
    keys.press("q")
    expect(field).to_have_value("> first of Bob\n@Bob ")
    keys.type("yes")
    keys.press("Enter")
    expect(bob.messages.last.locator("blockquote")).to_have_text("first of Bob")
    expect(bob.messages.last.locator("mark")).to_have_text("@Bob")
    expect(ann.messages.last).to_have_class(SENT)
    keys.press("ArrowUp")
    expect(field).to_have_value("> first of Bob\n@Bob yes")
    keys.press("Control+/")
    expect(ann.page.get_by_role("dialog", name="Help")).to_be_visible()
    keys.press("Escape")
    expect(field).to_be_focused()
    reached = []
    for _ in range(4):
        keys.press("F6")
        reached.append(ann.page.evaluate("document.activeElement.closest('[id]').id"))
    assert reached == ["people", "rooms", "log", "composer-text"]


def test_who_writes_is_shown_and_not_announced(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    line = ann.page.locator("#typing")
    bob.field.press_sequentially("hello")
    expect(line).to_have_text("\u2068Bob\u2069 is typing…")
    assert line.evaluate("node => node.closest('[aria-live], [role=status], [role=log]')") is None
    bob.field.press("Enter")
    expect(line).to_be_empty()
    bob.field.press_sequentially("again", delay=800)
    expect(line).not_to_be_empty()
    expect(line).to_be_empty()


def test_who_comes_and_goes_is_one_quiet_row(enter: Open, artifacts: Path) -> None:
    ann = enter("Ann")
    ann.send("is anybody here")
    enter("Bob")
    enter("Cho")
    row = ann.log.locator(".separator.comings")
    expect(row).to_have_text("\u2068Bob\u2069 and \u2068Cho\u2069 joined")
    expect(row).to_have_count(1)
    ann.picture(artifacts, "comings-desktop")


def test_text_is_formatted_and_stays_text(enter: Open) -> None:
    ann = enter("Ann")
    ann.say("**bold** *italic* `code` and ~~none~~\n> quoted\n```\n<b>block</b>\n```")
    text = ann.messages.first.locator(".text")
    expect(text.locator("strong")).to_have_text("bold")
    expect(text.locator("em")).to_have_text("italic")
    expect(text.locator("blockquote")).to_have_text("quoted")
    expect(text.locator("pre")).to_have_text("<b>block</b>")
    expect(text.locator("b")).to_have_count(0)


def test_two_rows_with_one_key_leave_nothing_behind(enter: Open) -> None:
    ann = enter("Ann")
    counts = ann.page.evaluate(
        """async () => {
            const { RowList } = await import("/static/js/views/MessageList.js");
            const log = document.getElementById("log");
            const list = new RowList({});
            const counts = [];
            const row = { kind: "new", key: "twice", count: 1 };
            for (const rows of [[row, row], [row, row, row], []]) {
                list.show(rows);
                counts.push(log.querySelectorAll(":scope > .new").length);
            }
            return counts;
        }"""
    )
    assert counts == [1, 1, 0]


def test_notifications_are_asked_for_by_a_click_and_come_when_nobody_looks(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.reload(before=LOOK + NOTIFICATIONS)
    assert ann.page.evaluate("asked") == 0
    ann.page.get_by_role("button", name="More about this room").click()
    ann.page.get_by_role("button", name="Turn on notifications").click()
    expect(ann.toast).to_contain_text("You will be notified")
    bob.say("in sight")
    ann.expect_message("in sight")
    ann.page.evaluate("look(false)")
    bob.say("@ann, out of sight")
    ann.expect_message("@ann, out of sight")
    assert ann.page.evaluate("notified") == [
        {"title": "#lobby", "body": "\u2068Bob\u2069: @ann, out of sight", "tag": "lobby"}
    ]


def test_a_room_is_saved_whole(enter: Open) -> None:
    enter("Bob").say_many(1, 430)
    ann = enter("Ann")
    ann.expect_message("number 430")
    expected = [f"number {number}" for number in range(1, 431)]
    for label, read in (
        ("Save as JSON", lambda text: [message["text"] for message in json.loads(text)["messages"]]),
        ("Save as text", lambda text: re.findall(r"Many: (.*)", text)),
    ):
        ann.page.get_by_role("button", name="More about this room").click()
        with ann.page.expect_download() as download:
            ann.page.get_by_role("button", name=label).click()
        assert read(Path(download.value.path()).read_text()) == expected
    assert ann.texts == expected[-50:], "what is saved does not change what is shown"


def test_lost_history_is_told(enter: Open, embedded_node: Node) -> None:
    ann = enter("Ann")
    ann.send("before the crash")
    embedded_node.kill()
    embedded_node.start()
    ann.expect_online(seconds=40)
    expect(ann.log.locator(".separator.gap")).to_have_text("Messages may be missing here.")
    ann.send("after the crash")
    assert ann.texts == ["before the crash", "after the crash"]


def test_the_page_speaks_german_to_a_german_browser(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann"), enter("Bob", locale="de-AT", expect_online=False)
    expect(bob.connection).to_have_text("Verbunden")
    expect(bob.page.locator("html")).to_have_attribute("lang", "de-AT")
    expect(bob.page.get_by_role("log", name="Nachrichten")).to_be_visible()
    ann.say("hello")
    expect(bob.log.locator(".separator.day")).to_have_text("Heute")
    bob.page.keyboard.press("Control+/")
    expect(bob.page.get_by_role("dialog", name="Hilfe")).to_be_visible()
    bob.picture(artifacts, "help-german")


def test_without_javascript_the_page_says_so(browser: Browser, embedded_node: Node) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(embedded_node.url)
    said = page.locator("noscript p")
    expect(said).to_contain_text(["needs JavaScript", "braucht JavaScript"])
    expect(said.first).to_be_visible()
    expect(page.locator("#stuck")).to_be_hidden()
    page.close()
