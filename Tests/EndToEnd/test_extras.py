"""Parts loaded after the first screen: available offline, reported if they fail to load, and given their keys."""

from chatpage import ChatPage, Open, until
from playwright.sync_api import Route, expect
from test_page import LOOK

# As in Chrome for Android, where only service workers can create notifications.
NO_CONSTRUCTOR = """
    window.Notification = class {
        static permission = sessionStorage.granted ? "granted" : "default";
        constructor() { throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification()"); }
    };
"""


def ask_again(chat: ChatPage) -> None:
    """A request in flight may fail once more."""
    dialog = chat.page.get_by_role("dialog", name="Help")
    until(lambda: dialog.is_visible() or chat.page.keyboard.press("Control+/") is not None, chat.page)
    chat.problems.clear()


def test_a_part_that_cannot_be_loaded_says_so_and_is_asked_for_again(enter: Open) -> None:
    ann = enter("Ann")
    ann.page.route("**/extras/**", lambda route: route.abort())
    ann.reload()
    ann.page.keyboard.press("Control+/")
    expect(ann.toast).to_contain_text("could not be loaded")
    ann.page.unroute("**/extras/**")
    ask_again(ann)


def test_what_is_typed_for_a_part_that_is_not_there_goes_into_no_other_field(enter: Open) -> None:
    ann = enter("Ann")
    field, keys = ann.page.locator("#composer-text"), ann.page.keyboard
    ann.page.route("**/extras/**", lambda route: route.abort())
    ann.reload()
    for opening in ("Control+Shift+F", "Control+k", "Control+/"):
        field.focus()
        keys.press(opening)
        keys.type("not for everybody")
        keys.press("Enter")
        expect(ann.toast).to_contain_text("could not be loaded")
        expect(field).to_have_value("")
    assert ann.texts == []
    ann.page.unroute("**/extras/**")
    ask_again(ann)
    keys.press("Escape")

    # Loaded late.
    held: list[Route] = []
    ann.page.route("**/extras/SearchPanel.js", lambda route: held.append(route))
    field.focus()
    keys.press("Control+Shift+F")
    keys.type("lost")
    until(lambda: len(held) > 0, ann.page)
    keys.press("Enter")
    for route in held:
        route.continue_()
    words = ann.page.get_by_role("dialog").get_by_label("Words")
    expect(words).to_be_focused()
    keys.type("found")
    expect(words).to_have_value("found")
    keys.press("Escape")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    assert ann.texts == []


def test_what_was_never_opened_opens_offline_and_takes_its_keys(enter: Open) -> None:
    ann = enter("Ann")
    # The last part that is loaded when the page is idle.
    there = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/extras/Permalink.js'))"
    until(lambda: ann.page.evaluate(there), ann.page)
    ann.page.wait_for_load_state("networkidle")
    ann.context.set_offline(True)
    for opening, label in (("Control+Shift+F", "Words"), ("Control+k", "Go to a room")):
        ann.page.locator("#composer-text").focus()
        ann.page.keyboard.press(opening)
        ann.page.keyboard.type("harbour")
        expect(ann.page.get_by_role("dialog").get_by_label(label).first).to_have_value("harbour")
        ann.page.keyboard.press("Escape")
        expect(ann.page.locator("#composer-text")).to_have_value("")
    ann.context.set_offline(False)
    ann.expect_online()


def test_a_menu_that_is_opened_before_it_is_loaded_opens_then(enter: Open) -> None:
    ann = enter("Ann")
    held: list[Route] = []
    ann.page.route("**/views/Extras.js", lambda route: held.append(route))
    ann.reload()
    until(lambda: bool(held), ann.page)
    ann.page.get_by_role("button", name="More about").click()
    held[0].continue_()
    expect(ann.page.get_by_role("button", name="Save as text")).to_be_visible()


def test_where_a_page_cannot_make_notifications_they_are_not_offered_and_keep_nothing_back(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.reload(before=LOOK + NO_CONSTRUCTOR)
    more, offer = (
        ann.page.get_by_role("button", name="More about"),
        ann.page.get_by_role("button", name="Turn on notifications"),
    )
    more.click()
    expect(ann.page.get_by_role("button", name="Save as text")).to_be_visible()
    expect(offer).to_have_count(0)
    # Permitted on an earlier visit: only the first notification shows that none can be created.
    ann.page.evaluate("sessionStorage.granted = 1; localStorage.setItem('webchat.notify', 'yes')")
    ann.reload()
    more.click()
    expect(ann.page.get_by_role("button", name="Turn off notifications")).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.page.evaluate("look(false)")
    bob.say("@ann, out of sight")
    ann.expect_message("@ann, out of sight")
    expect(ann.toast).to_contain_text("does not support notifications from a page")
    expect(ann.page.locator("#announcer")).to_contain_text("out of sight")
    assert ann.page.evaluate("localStorage.getItem('webchat.notify')") is None
    more.click()
    expect(ann.page.get_by_role("button", name="Save as text")).to_be_visible()
    expect(offer).to_have_count(0)
