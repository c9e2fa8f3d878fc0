"""What helps with writing: the list that completes people, rooms, emoji and commands."""

import re
from pathlib import Path

import pytest
from chatpage import ChatPage, Open
from playwright.sync_api import Locator, expect
from test_access import LOOKS, look_at
from test_acts import pick, picker
from test_unread import DESK, PHONE

NAMES = ["Jean-Luc & Co.", "Ann Lee", "مريم #1", "👩‍👩‍👧 Fam: @home"]


def options(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def typed(chat: ChatPage, text: str) -> None:
    chat.field.focus()
    chat.page.keyboard.type(text)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", NAMES)
def test_a_person_is_completed_by_keys_or_by_touch_and_is_mentioned(enter: Open, device: dict, name: str) -> None:
    other, ann = enter(name), enter("Ann", **device)
    expect(ann.page.locator("#people .people-list li, #people-count")).not_to_have_count(0)
    other.send("hello")
    ann.expect_message("hello")
    start = "@" + name[: 1 if name[0] < "\u0700" else 5]
    typed(ann, f"so {start}")
    expect(options(ann)).to_have_count(1)
    expect(ann.field).to_have_attribute("aria-controls", "completion")
    expect(ann.field).to_have_attribute("aria-activedescendant", "completion-0")
    if device is DESK:
        ann.page.keyboard.press("Enter")
    else:
        options(ann).first.tap()
    expect(ann.field).to_have_value(f"so @{name} ")
    expect(ann.field).to_be_focused()
    expect(options(ann)).to_have_count(0)
    expect(ann.field).not_to_have_attribute("aria-activedescendant", re.compile(".*"))
    ann.page.keyboard.type("look")
    if device is DESK:
        ann.page.keyboard.press("Enter")
    else:
        ann.page.get_by_role("button", name="Send").tap()
    expect(other.message(f"so @{name} look").locator("mark")).to_have_text(f"@{name}")


def test_enter_sends_what_is_whole_and_what_has_no_suggestions(enter: Open) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    bob.send("hello")
    ann.expect_message("hello")
    for text in ("ask @bob", "nobody @zzz", "smile :)", "at 12:30", "#1", "a@bob", "@ 5"):
        typed(ann, text)
        ann.page.keyboard.press("Enter")
        ann.expect_sent(text)
    typed(ann, "/help")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("dialog", name="Help")).to_be_visible()


def test_the_list_is_moved_in_closed_and_undone_by_keys(enter: Open) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    enter("Bobby")
    expect(ann.page.get_by_role("heading", name="Here · 3")).to_be_visible()
    bob.send("hello")
    ann.expect_message("hello")
    ann.field.fill("x")
    typed(ann, " @bo")
    expect(options(ann).locator(".name")).to_have_text(["Bob", "Bobby"])
    expect(options(ann).first).to_have_attribute("aria-selected", "true")
    ann.page.keyboard.press("ArrowDown")
    expect(options(ann).nth(1)).to_have_attribute("aria-selected", "true")
    ann.page.keyboard.press("ArrowDown")
    ann.page.keyboard.press("ArrowUp")
    ann.page.keyboard.press("Tab")
    expect(ann.field).to_have_value("x @Bobby ")
    expect(ann.field).to_be_focused()
    ann.page.keyboard.press("Control+z")
    expect(ann.field).to_have_value("x @bo")
    ann.page.keyboard.press("Control+Shift+z")
    expect(ann.field).to_have_value("x @Bobby ")
    ann.page.keyboard.type("@bo")
    expect(options(ann)).to_have_count(2)
    ann.page.keyboard.press("Escape")
    expect(options(ann)).to_have_count(0)
    ann.page.keyboard.type("b")
    expect(options(ann)).to_have_count(0)
    ann.page.keyboard.press("Enter")
    ann.expect_sent("x @Bobby @bob")
    typed(ann, "mid @bo")
    expect(options(ann)).to_have_count(2)
    ann.page.keyboard.press("Home")
    expect(options(ann)).to_have_count(0)


def test_rooms_emoji_and_commands_are_completed(enter: Open) -> None:
    # She asks at once which rooms there are.
    eva = enter("Eva", locale="de-DE", expect_online=False, before="Math.random = () => 0;")
    ann = enter("Ann")
    ann.page.evaluate("location.hash = '#/r/garden'")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#garden")
    typed(ann, "see #gar")
    expect(options(ann)).to_have_text(["garden"])
    ann.page.keyboard.press("Tab")
    typed(ann, "and :tad")
    expect(options(ann).first).to_contain_text("tada")
    ann.page.keyboard.press("Enter")
    typed(ann, " :rocket:")
    expect(ann.field).to_have_value("see #garden and 🎉 🚀")
    ann.page.keyboard.press("Enter")
    ann.expect_sent("see #garden and 🎉 🚀")
    typed(ann, "/jo")
    expect(options(ann)).to_have_text([re.compile("/join ?room")])
    ann.page.keyboard.press("Enter")
    expect(ann.field).to_have_value("/join ")
    ann.page.keyboard.type("lobby")
    ann.page.keyboard.press("Enter")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#lobby")
    ann.say("`#garden`, #garden and #nowhere")
    ann.expect_sent("#garden, #garden and #nowhere")
    for chat in (ann, eva):
        link = chat.messages.last.get_by_role("link")
        expect(link).to_have_text(["#garden"])
        expect(link).to_have_attribute("href", "#/r/garden")
    field = eva.page.get_by_label("Nachricht", exact=True)
    field.focus()
    eva.page.keyboard.type(":raket")
    eva.page.get_by_role("option", name="rakete").click()
    expect(field).to_have_value("🚀")


def test_emoji_are_picked_by_keys_pointer_and_touch(enter: Open, artifacts: Path) -> None:
    ann = enter("Ann")
    keys, open_picker = ann.page.keyboard, ann.page.get_by_role("button", name="Emoji", exact=True)
    chosen = picker(ann).get_by_role("gridcell", selected=True)
    ann.field.fill("fly  away")
    ann.field.evaluate("field => field.setSelectionRange(4, 4)")
    open_picker.click()
    expect(open_picker).to_have_attribute("aria-expanded", "true")
    keys.type("rocket")
    expect(chosen).to_have_text("🚀")
    keys.press("Enter")
    expect(ann.field).to_have_value("fly 🚀 away")
    expect(ann.field).to_be_focused()
    keys.type("!")
    expect(ann.field).to_have_value("fly 🚀! away")
    open_picker.focus()
    keys.press("Enter")
    expect(chosen).to_have_text("🚀")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "PageDown"):
        keys.press(key)
    expect(chosen).to_have_accessible_name("Grinning")
    expect(picker(ann).get_by_role("combobox")).to_have_attribute("aria-activedescendant", re.compile("^emoji-"))
    keys.press("Tab")
    keys.press("ArrowRight")
    expect(picker(ann).get_by_role("button", name="People")).to_be_focused()
    keys.press("Enter")
    expect(chosen).to_have_accessible_name("Thumbs up")
    keys.press("Escape")
    expect(open_picker).to_be_focused()
    open_picker.click()
    expect(chosen).to_be_visible()
    open_picker.click()
    expect(picker(ann)).to_have_count(0)
    expect(open_picker).to_have_attribute("aria-expanded", "false")
    open_picker.click()
    pick(ann, "🦊")
    expect(ann.field).to_have_value("fly 🚀!🦊 away")
    eva = enter("Eva", locale="de-DE", expect_online=False, **LOOKS["phone-dark"])
    eva.page.get_by_role("button", name="Emoji", exact=True).tap()
    look_at(eva, artifacts, "emoji", "phone-dark")
    eva.page.get_by_role("combobox", name="Emoji suchen").fill("rakete")
    eva.page.get_by_role("gridcell", name="rakete").tap()
    expect(eva.page.get_by_label("Nachricht", exact=True)).to_have_value("🚀")


def test_an_input_method_is_left_alone(enter: Open) -> None:
    """Composes by the protocol of the browser, as an input method does."""
    enter("日本"), enter("Bob")
    ann = enter("Ann")
    expect(ann.page.get_by_role("heading", name="Here · 3")).to_be_visible()
    typed(ann, "@b")
    expect(options(ann)).to_have_count(1)
    network = ann.context.new_cdp_session(ann.page)
    network.send("Input.imeSetComposition", {"text": "o", "selectionStart": 1, "selectionEnd": 1})
    expect(options(ann)).to_have_count(0)
    expect(ann.field).to_have_value("@bo")
    network.send("Input.insertText", {"text": "o"})
    expect(options(ann)).to_have_count(1)
    ann.field.fill("")
    typed(ann, "@")
    network.send("Input.imeSetComposition", {"text": "日", "selectionStart": 1, "selectionEnd": 1})
    expect(options(ann)).to_have_count(0)
    # The Enter that ends a composition neither sends nor chooses.
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229}
    network.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    network.send("Input.insertText", {"text": "日"})
    expect(options(ann).locator(".name")).to_have_text(["日本"])
    expect(ann.messages).to_have_count(0)
    ann.page.keyboard.press("Enter")
    expect(ann.field).to_have_value("@日本 ")


@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_in_the_list(enter: Open, artifacts: Path, look: str) -> None:
    for name in ("Bob", "Bobby with a rather long name", "مريم"):
        enter(name)
    ann = enter("Ann", **LOOKS[look])
    for sign, state in (("@", "people"), ("/", "commands"), (":he", "emoji")):
        ann.field.fill("")
        typed(ann, sign)
        expect(options(ann)).not_to_have_count(0)
        look_at(ann, artifacts, f"complete-{state}", look)
