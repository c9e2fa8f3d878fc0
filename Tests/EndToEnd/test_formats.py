"""How formatted, long and copied messages look and behave."""

import re
from pathlib import Path

import pytest
from chatpage import ChatPage, Open, until
from playwright.sync_api import expect
from test_access import LOOKS, look_at
from test_acts import pick
from test_unread import DESK, PHONE

FORMATTED = """# Plan
_Today_ we do **this** and ~~that~~, or ***both***, see [the docs](https://example.org/a_(b)).
- first
- second with a rather long line that goes on and on until it surely has to wrap on a narrow phone screen
  - nested `code`
2. two
3. שלום
> quoted
> > twice, _so_
> - item
```js
const a = 1; // שלום
```
snake_case and 2 * 3 * 4"""
LONG = "\n".join(f"line {number}" for number in range(1, 61))


def write(chat: ChatPage, text: str) -> None:
    chat.field.fill(text)
    chat.page.get_by_role("button", name="Send").click()


@pytest.mark.parametrize("look", list(LOOKS))
def test_formats_are_elements_and_axe_finds_nothing(enter: Open, artifacts: Path, look: str) -> None:
    bob, ann = enter("Bob"), enter("Ann", **LOOKS[look])
    write(bob, FORMATTED)
    text = ann.messages.last.locator(".text")
    for selector, texts in (
        (".heading", ["Plan"]),
        ("em", ["Today", "both", "so"]),
        ("s", ["that"]),
        ("ul > li", [re.compile("• first"), re.compile("• second"), re.compile("• nested"), "2. two", "3. שלום"][:3]),
        ("blockquote blockquote", ["twice, so"]),
        ("a", ["the docs"]),
        ("pre", [re.compile("^const a")]),
    ):
        found = text.locator(selector)
        expect(found.first).to_be_visible()
        shown = found.all_inner_texts()
        assert len(shown) >= len(texts), (selector, shown)
        for one, wanted in zip(shown, texts, strict=False):
            assert re.search(wanted, one) if isinstance(wanted, re.Pattern) else one == wanted, (selector, shown)
    link = text.locator("a")
    expect(link).to_have_attribute("href", "https://example.org/a_(b)")
    expect(link).to_have_attribute("title", "https://example.org/a_(b)")
    expect(text).to_contain_text("snake_case and 2 * 3 * 4")
    assert ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look_at(ann, artifacts, "formats", look)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_long_message_is_folded_until_it_is_opened(enter: Open, device: dict) -> None:
    bob, ann = enter("Bob"), enter("Ann", **device)
    write(bob, "\n".join(LONG.split("\n")[:19]))
    expect(ann.messages).to_have_count(1)
    more = ann.page.get_by_role("button", name="Show more")
    expect(more).to_have_count(0)
    write(bob, LONG)
    expect(ann.messages).to_have_count(2)
    expect(more).to_have_count(1)
    row = ann.messages.last
    assert row.bounding_box()["height"] < 620
    more.click()
    less = ann.page.get_by_role("button", name="Show less")
    expect(less).to_have_attribute("aria-expanded", "true")
    assert row.bounding_box()["height"] > 1_000
    # A reaction draws the row again.
    bob.messages.last.focus()
    bob.page.keyboard.press("+")
    pick(bob, "🎉")
    expect(row.locator(".chip")).to_be_visible()
    expect(less).to_be_visible()
    less.click()
    expect(more).to_be_visible()
    assert "Show" not in row.locator(".text").inner_text()


def test_a_link_further_down_in_a_folded_message_is_shown_when_it_has_the_focus(enter: Open) -> None:
    ann = enter("Ann")
    write(ann, f"{LONG}\nhttps://example.org/")
    expect(ann.page.get_by_role("button", name="Show more")).to_be_visible()
    ann.messages.last.focus()
    ann.messages.last.get_by_role("link").focus()
    expect(ann.page.get_by_role("button", name="Show less")).to_be_visible()
    expect(ann.messages.last.get_by_role("link")).to_be_in_viewport()


def test_several_messages_are_copied_with_names_and_what_was_typed(enter: Open) -> None:
    bob, ann = enter("Bob"), enter("Ann")
    bob.send("hello")
    write(bob, "- a\n- **b**")
    expect(ann.messages).to_have_count(2)
    ann.send("all of this")
    copied = ann.page.evaluate(
        """() => {
            const texts = [...document.querySelectorAll("#log .text")];
            const range = document.createRange();
            range.setStart(texts[0].firstChild, 2);
            range.setEnd(texts[2].firstChild, 3);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            const data = new DataTransfer();
            const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector("#log").dispatchEvent(event);
            return data.getData("text/plain");
        }"""
    )
    clock = r"\d+:\d\d.[AP]M"
    assert re.fullmatch(rf"Bob, {clock}:\nllo\n- a\n- \*\*b\*\*\n\nAnn, {clock}:\nall", copied), copied


def test_a_message_is_copied_as_it_was_typed(enter: Open) -> None:
    ann = enter("Ann")
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    write(ann, "- one\n- **two**")
    ann.messages.last.focus()
    ann.page.keyboard.press("c")
    until(lambda: ann.page.evaluate("navigator.clipboard.readText()") == "- one\n- **two**", ann.page)


@pytest.mark.parametrize(("keys", "mark"), [("b", "**"), ("i", "*"), ("Shift+x", "~~")])
def test_keys_set_and_remove_marks_which_can_be_undone(enter: Open, keys: str, mark: str) -> None:
    ann = enter("Ann")
    field = ann.field
    field.press_sequentially("one two three")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    select = "(node, [start, end]) => node.setSelectionRange(start, end)"
    # A double click selects the space after a word, too.
    field.evaluate(select, [4, 8])
    field.press(f"Control+{keys}")
    expect(field).to_have_value(f"one {mark}two{mark} three")
    field.press(f"Control+{keys}")
    expect(field).to_have_value("one two three")
    field.press("Control+z")
    expect(field).to_have_value(f"one {mark}two{mark} three")
    field.press("Control+z")
    expect(field).to_have_value("one two three")
    field.press("End")
    field.press(f"Control+{keys}")
    ann.page.keyboard.type("four")
    expect(field).to_have_value(f"one two three{mark}four{mark}")
