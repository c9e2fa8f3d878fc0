"""Enter on all keyboards, also while an input method composes a word."""

from chatpage import ChatPage, Open
from conftest import shared_node
from playwright.sync_api import Browser, Locator, expect
from test_access import PHONE

embedded_node = shared_node


def press(chat: ChatPage, code: int, key: str = "Enter", text: str = "") -> None:
    """A key from the keyboard, or from an input method with the key code 229."""
    keyboard = chat.context.new_cdp_session(chat.page)
    about = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **about, **({"text": text} if text else {})})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **about})
    keyboard.detach()


def end_word(chat: ChatPage, field: Locator) -> None:
    """The Enter that ends a composition: in Safari it follows the composition, elsewhere it is part of it."""
    field.focus()
    # This character submits the form of a single-line field.
    text = "\r" if field.evaluate("node => node instanceof HTMLInputElement") else ""
    press(chat, 229, text=text)
    keyboard = chat.context.new_cdp_session(chat.page)
    keyboard.send("Input.imeSetComposition", {"text": "n", "selectionStart": 1, "selectionEnd": 1})
    press(chat, 13, text=text)
    keyboard.send("Input.imeSetComposition", {"text": "", "selectionStart": 0, "selectionEnd": 0})
    keyboard.detach()


def test_an_enter_that_ends_a_word_sends_nothing_anywhere(browser: Browser, enter: Open) -> None:
    ann = enter("Ann", room="words")
    page = ann.page
    field = page.get_by_label("Message", exact=True)

    field.fill("half")
    end_word(ann, field)
    expect(field).to_have_value("half")
    expect(ann.messages).to_have_count(0)
    press(ann, 13, text="\r")
    ann.expect_sent("half")

    # Editing. The input method also uses Escape and the arrow keys.
    press(ann, 229, "ArrowUp")
    expect(field).to_have_value("")
    press(ann, 38, "ArrowUp")
    expect(field).to_have_value("half")
    field.fill("whole")
    end_word(ann, field)
    press(ann, 229, "Escape")
    expect(field).to_have_value("whole")
    expect(ann.messages.locator(".text")).to_have_text(["half"])
    press(ann, 13, text="\r")
    ann.expect_message("whole")

    page.keyboard.press("Control+K")
    switcher = page.get_by_role("combobox", name="Go to a room")
    switcher.fill("elsewhere")
    end_word(ann, switcher)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.locator("#room-name")).to_have_text("words")
    press(ann, 13, text="\r")
    expect(page.locator("#room-name")).to_have_text("elsewhere")

    page.keyboard.press("Control+Shift+F")
    words = page.get_by_role("textbox", name="Words")
    words.fill("some")
    end_word(ann, words)
    expect(page.locator(".search .status")).to_have_text("")
    press(ann, 13, text="\r")
    expect(page.locator(".search .status")).to_have_text("Nothing found. Searched all stored messages.")
    page.keyboard.press("Escape")

    join = page.locator("#rooms").get_by_label("Room to join")
    join.fill("third")
    end_word(ann, join)
    expect(page.locator("#room-name")).to_have_text("elsewhere")
    expect(join).to_have_value("third")
    press(ann, 13, text="\r")
    expect(page.locator("#room-name")).to_have_text("third")

    page.get_by_role("button", name="Your name").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("Anna")
    end_word(ann, name)
    expect(name).to_be_visible()
    press(ann, 13, text="\r")
    expect(page.get_by_role("button", name="Your name: Anna")).to_be_visible()

    ann.send("a picture, please")
    ann.messages.last.focus()
    page.keyboard.press("+")
    emoji = page.get_by_role("combobox", name="Find an emoji")
    emoji.fill("🦊")
    end_word(ann, emoji)
    expect(emoji).to_be_visible()
    press(ann, 13, text="\r")
    expect(ann.messages.last.locator(".chip")).to_have_text("🦊 1")


def test_a_word_can_be_composed_in_the_field_of_a_room(enter: Open) -> None:
    ann = enter("Ann", room="composing")
    field = ann.page.locator("#rooms").get_by_label("Room to join")
    field.focus()
    keyboard = ann.context.new_cdp_session(ann.page)
    for text in ("N", "Ne", "New R"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": 9, "selectionEnd": 9})
        expect(field).to_have_value(text)
    keyboard.send("Input.insertText", {"text": "New Room"})
    expect(field).to_have_value("new-room")


def test_a_keyboard_on_the_glass_says_what_its_enter_does(enter: Open) -> None:
    phone, desk = enter("Ann", room="glass", **PHONE), enter("Bob", room="glass")
    for chat, hint, sends in ((phone, "enter", False), (desk, "send", True)):
        field = chat.field
        expect(field).to_have_attribute("enterkeyhint", hint)
        field.fill(f"by {hint}")
        field.press("Enter")
        expect(field).to_have_value("" if sends else f"by {hint}\n")
    desk.expect_sent("by send")
    # All other fields are single-line.
    page = phone.page
    expect(page.locator("#name-input")).to_have_attribute("enterkeyhint", "done")
    page.get_by_role("button", name="Rooms").tap()
    expect(page.locator("#rooms-sheet").get_by_label("Room to join")).to_have_attribute("enterkeyhint", "go")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+K")
    expect(page.get_by_role("combobox", name="Go to a room")).to_have_attribute("enterkeyhint", "go")
    page.keyboard.press("Control+Shift+F")
    expect(page.get_by_role("textbox", name="Words")).to_have_attribute("enterkeyhint", "search")
