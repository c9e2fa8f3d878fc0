"""The page by keyboard: Tab reaches every control, focus is visible, and everything works without a pointer."""

import re

from chatpage import Open
from conftest import shared_node
from localcluster import Node
from playwright.sync_api import Page, expect
from test_access import CARDS, converse, more
from test_acts import chip, react, refuse
from test_page import NOTIFICATIONS

# Remembers the focused element; returns whether it is new, has a focus ring and is not covered.
NOTE_FOCUS = """() => {
    window.reached ??= new Set();
    const node = document.activeElement;
    if (node === document.body || reached.has(node)) return "known";
    reached.add(node);
    const { x, y, width, height } = node.getBoundingClientRect();
    const middle = document.elementFromPoint(x + width / 2, y + height / 2);
    const covered = !node.contains(middle) && !middle?.contains(node);
    const ringed = [node, node.parentElement].some((one) => getComputedStyle(one).outlineStyle !== "none");
    return covered || !ringed ? `${covered ? "covered" : "not marked"}: ${node.outerHTML.slice(0, 160)}` : "marked";
}"""
NOT_REACHED = """() => {
    const within = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
    return [...within.querySelectorAll("a[href], button, input, textarea, summary, [tabindex='0']")]
        .filter((node) => node.tabIndex >= 0 && node.checkVisibility() && !reached.has(node))
        .map((node) => node.outerHTML.slice(0, 160));
}"""


embedded_node = shared_node


def expect_all_reached(page: Page) -> None:
    """Presses Tab for one full cycle."""
    page.evaluate("() => { window.reached = undefined; }")
    answers = list[str]()
    while answers[-6:] != ["known"] * 6:
        page.keyboard.press("Tab")
        answers.append(page.evaluate(NOTE_FOCUS))
    assert set(answers) == {"known", "marked"}
    assert page.evaluate(NOT_REACHED) == []


def tab_to(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    control = page.get_by_role(role, name=name)
    expect(control.first).to_be_visible()
    wanted = control.and_(page.locator(":focus"))
    for _ in range(60):
        if wanted.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {role} {name!r}")


def press(page: Page, role: str, name: str | re.Pattern[str], key: str = "Enter") -> None:
    tab_to(page, role, name)
    page.keyboard.press(key)


def test_tab_reaches_every_control_and_what_it_reaches_is_seen(enter: Open) -> None:
    ann = converse(enter, "desktop-light")
    # Loaded last.
    expect(ann.page.get_by_role("link", name="Cluster")).to_be_visible()
    expect_all_reached(ann.page)
    for open_card in CARDS.values():
        open_card(ann)
        expect_all_reached(ann.page)
        ann.page.keyboard.press("Escape")


def test_the_menu_takes_the_keyboard_before_another_key_is_handled(enter: Open) -> None:
    ann = enter("Ann")
    more(ann)
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("group", name="More about this room")).to_be_hidden()
    opened = "() => { document.getElementById('more').click(); return document.activeElement.textContent; }"
    assert ann.page.evaluate(opened) == "Search in this room"


def test_links_of_a_long_conversation_do_not_stand_in_the_way_of_tab(enter: Open) -> None:
    ann = enter("Ann", room="links")
    for number in range(5):
        ann.say(f"https://example.org/{number}")
    ann.expect_sent("https://example.org/4")
    keys = ann.page.keyboard
    keys.press("Shift+Tab")
    expect(ann.messages.last.get_by_role("link")).to_be_focused()
    keys.press("Shift+Tab")
    expect(ann.messages.last).to_be_focused()
    keys.press("Shift+Tab")
    expect(ann.page.get_by_role("button", name="More about this room")).to_be_focused()
    keys.press("Tab")
    keys.press("ArrowUp")
    expect(ann.messages.nth(3)).to_be_focused()
    for _ in range(4):
        keys.press("Tab")
        if ann.messages.nth(3).get_by_role("link").and_(ann.page.locator(":focus")).count():
            return
    raise AssertionError("the link of the row that has the keyboard is not reached")


def test_the_keyboard_stays_on_a_link_while_its_message_changes(enter: Open) -> None:
    ann, bob = enter("Ann", room="changes"), enter("Bob", room="changes")
    ann.say("https://example.org/")
    bob.expect_message("https://example.org/")
    link = ann.messages.first.get_by_role("link")
    link.focus()
    react(bob, bob.messages.first, "👍")
    expect(chip(ann.messages.first, "👍")).to_be_visible()
    expect(link).to_be_focused()


def test_f6_goes_round_in_an_empty_room_too(enter: Open) -> None:
    ann = enter("Ann", room="empty")
    # Keys are loaded with what is around the conversation.
    expect(ann.page.get_by_role("heading", name="Here · 1")).to_be_visible()
    reached = []
    for _ in range(4):
        ann.page.keyboard.press("F6")
        reached.append(ann.page.evaluate("document.activeElement.closest('[id]').id"))
    assert reached == ["people", "rooms", "log", "composer-text"]


def test_the_whole_app_is_used_without_a_pointer(enter: Open, embedded_node: Node) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.page.evaluate(f"() => {{ {NOTIFICATIONS} }}")
    page, keys = ann.page, ann.page.keyboard
    title = page.get_by_role("heading", level=1)

    keys.type(f"look {embedded_node.url}/readyz")
    keys.press("Enter")
    with page.expect_popup() as popup:
        press(page, "link", f"{embedded_node.url}/readyz")
    popup.value.close()

    tab_to(page, "textbox", "Room to join")
    keys.type("garden")
    keys.press("Enter")
    expect(title).to_have_text("#garden")
    press(page, "link", "lobby")
    expect(title).to_have_text("#lobby")
    press(page, "link", "garden")
    expect(title).to_have_text("#garden")

    press(page, "button", "More about this room")
    with page.expect_download():
        press(page, "button", "Save as text")
    press(page, "button", "More about this room", "Space")
    press(page, "button", "Turn on notifications", "Space")
    expect(page.locator("#toast")).to_contain_text("You will be notified")
    press(page, "button", "More about this room")
    press(page, "button", "Leave this room")
    expect(title).to_have_text("#lobby")

    press(page, "button", "Your name: Ann. Change it")
    keys.type("Annika")
    keys.press("Enter")
    expect(bob.page.get_by_role("complementary").get_by_text("Annika")).to_be_visible()
    expect(page.get_by_role("button", name="Your name: Annika. Change it")).to_be_focused()

    for number in range(1, 31):
        bob.say(f"number {number}")
    ann.expect_message("number 30")
    ann.messages.last.focus()
    keys.press("Home")
    expect(ann.message("number 1")).to_be_in_viewport()
    bob.say("news")
    # How many of the others count as read depends on timing.
    press(page, "button", re.compile(r"\d new ↓$"))
    expect(ann.message("news")).to_be_in_viewport()


def test_what_was_refused_is_tried_again_and_given_up_by_keys(enter: Open) -> None:
    ann = enter("Ann")
    ann.page.route_web_socket("**/ws", lambda socket: refuse(socket, "chat", "too_long"))
    ann.reload()
    ann.say("refused")
    row = ann.message("refused")
    expect(row).to_contain_text("Not sent. The message is too long.")
    press(ann.page, "button", "Retry")
    expect(row).to_contain_text("Not sent. The message is too long.")
    press(ann.page, "button", "Delete")
    expect(row).to_have_count(0)


def test_the_next_try_is_made_by_keys_and_keeps_the_keyboard_in_the_page(enter: Open, embedded_node: Node) -> None:
    ann = enter("Ann")
    # The page itself would retry in half an hour.
    ann.context.add_init_script("Math.random = () => 4_000")
    ann.page.reload()
    # Shortcuts are loaded, too.
    expect(ann.page.get_by_role("button", name="Your name: Ann. Change it")).to_be_visible()
    ann.expect_online()
    embedded_node.kill()
    expect(ann.page.locator("#banner")).to_contain_text("Offline.")
    embedded_node.start()
    press(ann.page, "button", "Now")
    ann.expect_online()
    ann.page.keyboard.press("Escape")
    expect(ann.field).to_be_focused()


def test_keys_do_not_get_past_the_first_question(enter: Open) -> None:
    """The switcher and the help close open dialogs; without a name there would be no chat behind them."""
    ann = enter("Ann")
    ann.page.evaluate("localStorage.clear()")
    ann.page.reload()
    expect(ann.page.get_by_role("dialog", name="What should people call you?")).to_be_visible()
    ann.page.get_by_label("Name", exact=True).fill("Cho")
    help_sheet = ann.page.get_by_role("dialog", name="Help")
    for _ in range(100):
        ann.page.keyboard.press("Control+/")
        if help_sheet.is_visible():
            break
        ann.page.wait_for_timeout(50)
    ann.page.keyboard.press("Escape")
    ann.expect_online()
    expect(ann.page.get_by_role("button", name="Your name: Cho.")).to_be_visible()
