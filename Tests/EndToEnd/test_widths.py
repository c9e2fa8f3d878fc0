"""The longest names at every width: nothing overflows, and each name has one line and a tooltip."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chatpage import ChatPage, Open
from conftest import node_alone
from localcluster import Node
from playwright.sync_api import Browser, Page, expect

# Boxes beyond the window, contents wider than their box, names on more than one line or without a tooltip. Code may be
# scrolled; texts for screen readers only do not count.
MISFITS = """() => {
    const misfits = [];
    const hidden = (node) => node && (getComputedStyle(node).clipPath !== "none" || hidden(node.parentElement));
    for (const node of document.body.querySelectorAll("*")) {
        if (!node.checkVisibility() || node.closest("pre, svg") || hidden(node)) continue;
        const { left, right, width, height } = node.getBoundingClientRect();
        const style = getComputedStyle(node);
        const what = `${node.localName}.${node.className}#${node.id} ${node.textContent.slice(0, 40)}`;
        if (width && (left < -0.5 || right > innerWidth + 0.5)) misfits.push(`beyond the window: ${what}`);
        const wider = node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1;
        const cut = style.overflowX !== "visible" && style.textOverflow === "ellipsis";
        if (wider && !cut && node.localName !== "textarea" && node.localName !== "input")
            misfits.push(`wider than its place: ${what}`);
        if (!node.matches(".name")) continue;
        if (height > 1.9 * parseFloat(style.lineHeight)) misfits.push(`more than one line: ${what}`);
        if (!node.title.startsWith(node.textContent)) misfits.push(`no tooltip: ${what}`);
    }
    return misfits;
}"""

WIDTHS = [320, 360, 414, 600, 767, 768, 800, 991, 992, 1280]
WIDE = "W" * 32
ROOM = "w" * 64
NODE = "node-" + "w" * 59


@pytest.fixture(scope="module")
def embedded_node(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with node_alone(binary, tmp_path_factory.mktemp("widths"), NODE) as node:
        yield node


def expect_fits(page: Page, what: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(MISFITS) == [], f"{what}, {width} px wide"


@contextmanager
def opened(chat: ChatPage, selector: str) -> Iterator[None]:
    expect(chat.page.locator(selector).first).to_be_visible()
    yield
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator(selector).first).to_be_hidden()


def test_the_longest_names_fit_at_every_width(enter: Open, artifacts: Path) -> None:
    ann = enter(WIDE, room=ROOM, debug=True)
    other = enter("M" * 32, room=ROOM)
    cho = enter("ﷺ" * 32, room=ROOM)
    for chat in (other, cho):
        chat.say(f"@{WIDE} " + "w" * 300 + "\n> " + "q" * 200 + "\n```\n" + "c" * 300 + "\n```\n`" + "i" * 200 + "`")
        chat.say("https://example.com/" + "x" * 300)
    ann.send("W" * 300)
    expect(ann.messages).to_have_count(5)
    for number in range(3):
        ann.page.evaluate(f"location.hash = '#/r/{'m' * 63}{number}'")
    ann.page.evaluate(f"location.hash = '#/r/{ROOM}'")
    expect(ann.page.locator("#room-name")).to_have_text(ROOM)
    for _ in range(30):
        other.field.press_sequentially("x", delay=500)
        if ann.page.locator("#typing").text_content():
            break
    expect(ann.page.locator("#typing")).to_contain_text("M")
    expect_fits(ann.page, "the conversation")
    for width, height in ((360, 740), (800, 1000), (1280, 800)):
        ann.page.set_viewport_size({"width": width, "height": height})
        ann.picture(artifacts, f"names-{width}")

    ann.page.set_viewport_size({"width": 360, "height": 740})
    for button, sheet in (("Rooms", "#rooms-sheet"), ("Who is here: 3", "#people-sheet")):
        ann.page.get_by_role("button", name=button).click()
        with opened(ann, sheet):
            expect_fits(ann.page, button)
            ann.page.set_viewport_size({"width": 360, "height": 740})
            ann.picture(artifacts, f"names-{sheet[1:]}")
    for key, card in (("Control+K", ".switcher"), ("Control+/", ".help"), ("Control+Shift+F", ".search")):
        ann.page.keyboard.press(key)
        expect(ann.page.locator(card)).to_be_visible()
        if card == ".switcher":
            ann.page.get_by_role("combobox").fill("v" * 64)
            expect_fits(ann.page, "a new room")
            ann.page.get_by_role("combobox").fill("m")
        if card == ".search":
            ann.page.get_by_role("textbox", name="Words").fill("w" * 100)
            ann.page.keyboard.press("Enter")
            expect(ann.page.locator(".found li")).to_have_count(3)
        with opened(ann, card):
            expect_fits(ann.page, card)
            ann.page.set_viewport_size({"width": 360, "height": 740})
            ann.picture(artifacts, f"names-{card[1:]}")
    ann.messages.last.focus()
    ann.page.keyboard.press("i")
    with opened(ann, ".journey table"):
        expect_fits(ann.page, "the way of a message")
    ann.messages.last.focus()
    ann.page.keyboard.press("Delete")
    with opened(ann, ".quoted"):
        expect_fits(ann.page, "a question")
    ann.page.evaluate(f"location.hash = '#/r/{'W' * 80}'")
    expect(ann.toast).to_contain_text("is not a valid room name")
    expect_fits(ann.page, "a toast")
    for chat in (other, cho):
        chat.page.evaluate("location.hash = '#/r/lobby'")
        chat.say("/leave")


def test_the_longest_name_of_a_node_fits_on_the_cluster_page(
    browser: Browser, embedded_node: Node, artifacts: Path
) -> None:
    page = browser.new_page()
    page.goto(f"{embedded_node.url}/cluster")
    # All places that name a node.
    named = page.locator(".nodes, .event-list, #facts, .supervision").locator(".name")
    expect(page.get_by_role("rowheader").first).to_contain_text(NODE)
    page.locator("summary").first.click()
    expect(named.filter(has_text=NODE)).to_have_count(4)
    expect_fits(page, "the cluster page")
    page.set_viewport_size({"width": 360, "height": 740})
    page.screenshot(path=artifacts / "names-cluster.png", full_page=True)
    page.close()
