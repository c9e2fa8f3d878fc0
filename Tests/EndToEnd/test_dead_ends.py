"""Dead ends are reported: invalid room names, leaving the only room, dropped files. Also printing."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from chatpage import ChatPage, Open
from conftest import shared_node
from playwright.sync_api import Locator, expect

# Drops or pastes a file from outside of the browser; returns whether the page handled it.
BRING = """(node, [type, name, kind]) => {
    const data = new DataTransfer();
    if (name) data.items.add(new File(["x"], name, { type: "text/html" }));
    else data.setData(kind, "https://example.com/");
    const about = { bubbles: true, cancelable: true };
    const event = type === "paste"
        ? new ClipboardEvent(type, { ...about, clipboardData: data })
        : new DragEvent(type, { ...about, dataTransfer: data });
    return !node.dispatchEvent(event);
}"""


embedded_node = shared_node


def room(chat: ChatPage) -> Locator:
    return chat.page.locator("#room-name")


@pytest.mark.parametrize(
    ("address", "shown", "nearest"),
    [
        ("Team", "Team", "team"),
        ("Über", "Über", "uber"),
        (quote("Über uns!"), "Über uns!", "uber-uns"),
        (quote("東京"), "東京", None),
        ("%zz", "%zz", "zz"),
        ("_x", "_x", "x"),
        ("a/b", "a/b", "a-b"),
        ("a/b/m/1-1", "a/b", "a-b"),
        ("a/message", "a/message", "a-message"),
        ("W" * 200, "W" * 64 + "…", "w" * 64),
    ],
)
def test_an_address_that_names_no_room_says_so_and_offers_the_nearest(
    enter: Open, address: str, shown: str, nearest: str | None
) -> None:
    # On a first visit the message must survive the name dialog.
    ann = enter("Ann", room=address)
    expect(ann.toast).to_contain_text(
        f"\u2068{shown}\u2069 is not a valid room name. Use up to 64 lowercase letters, digits, - and _"
    )
    expect(room(ann)).to_have_text("lobby")
    expect(ann.page).to_have_url(re.compile(r"/#/r/lobby$"))
    if nearest:
        ann.toast.get_by_role("button", name=f"Go to #{nearest}").click()
        expect(room(ann)).to_have_text(nearest)
        expect(ann.page).to_have_url(re.compile(rf"/#/r/{nearest}$"))
    else:
        ann.toast.get_by_role("button", name="OK").click()
    expect(ann.toast).to_be_empty()


def test_who_follows_a_wrong_link_stays_where_one_was_and_is_told(enter: Open) -> None:
    ann = enter("Ann", room="here")
    ann.page.evaluate("location.hash = '#/r/Not%20Here/m/1-1'")
    expect(ann.toast).to_contain_text("\u2068Not Here\u2069 is not a valid room name")
    expect(room(ann)).to_have_text("here")
    expect(ann.page).to_have_url(re.compile(r"/#/r/here$"))
    # Fields normalize a name as it is typed or suggest the nearest one.
    join = ann.page.locator("#rooms").get_by_label("Room to join")
    join.fill("Über uns")
    expect(join).to_have_value("uber-uns")
    join.fill("")
    ann.page.keyboard.press("Control+K")
    ann.page.get_by_role("combobox").fill("Größe")
    expect(ann.page.get_by_role("option")).to_have_text(["Join #grosse"])
    ann.page.get_by_role("combobox").fill("東京")
    expect(ann.page.locator(".switcher .hint")).to_contain_text("\u2068東京\u2069 is not a valid room name")
    expect(ann.page.get_by_role("option")).to_have_count(0)
    ann.page.keyboard.press("Escape")
    ann.say("/join Größe")
    expect(ann.page.locator("#composer-notice")).to_contain_text("/join grosse")


def test_what_is_told_of_a_wrong_address_goes_by_escape_and_in_another_room(enter: Open) -> None:
    ann = enter("Ann", room="here")
    ann.page.evaluate("location.hash = '#/r/Not%20Here'")
    expect(ann.toast).to_contain_text("is not a valid room name")
    ann.field.press("Escape")
    expect(ann.toast).to_be_empty()
    ann.page.evaluate("location.hash = '#/r/Not%20Here'")
    expect(ann.toast).to_contain_text("is not a valid room name")
    ann.page.evaluate("location.hash = '#/r/there'")
    expect(room(ann)).to_have_text("there")
    expect(ann.toast).to_be_empty()


@pytest.mark.parametrize("hash", ["#/r/there/", "#/r/there/m/x", "#/r/th%65re"])
def test_the_rest_of_an_address_that_leads_nowhere_is_dropped(enter: Open, hash: str) -> None:
    ann = enter("Ann", room=hash.removeprefix("#/r/"))
    expect(room(ann)).to_have_text("there")
    expect(ann.page).to_have_url(re.compile(r"/#/r/there$"))


def test_the_only_room_says_why_it_cannot_be_left(enter: Open) -> None:
    ann = enter("Ann")
    ann.say("/leave")
    expect(ann.toast).to_have_text("This is your only room. Join another one first.")
    expect(room(ann)).to_have_text("lobby")


def test_files_are_refused_with_a_reason_and_the_page_stays(enter: Open) -> None:
    ann = enter("Ann", room="files")
    field = ann.field
    field.fill("half a thought")
    ann.page.evaluate("window.stayed = true")
    # From the first script on. The reason is told once the list of rooms is there, too.
    assert ann.log.evaluate(BRING, ["drop", "a.html", ""])
    expect(ann.page.locator("#rooms .brand")).to_be_visible()
    for place in (ann.log, field, ann.page.locator("#rooms"), ann.page.locator("#people")):
        assert place.evaluate(BRING, ["dragover", "a.html", ""])
        assert place.evaluate(BRING, ["drop", "a.html", ""])
        expect(ann.toast).to_have_text("This server takes no files, only text.")
        ann.page.evaluate("document.getElementById('toast').replaceChildren()")
    assert field.evaluate(BRING, ["paste", "a.png", ""])
    expect(ann.toast).to_have_text("This server takes no files, only text.")
    # The browser would follow a dropped link. Dropping links and text into a field is allowed.
    assert ann.log.evaluate(BRING, ["dragover", "", "text/uri-list"])
    assert ann.log.evaluate(BRING, ["drop", "", "text/uri-list"])
    for event in ("dragover", "drop", "paste"):
        assert not field.evaluate(BRING, [event, "", "text/plain"])

    # A real drop, which the browser would open.
    size = ann.page.viewport_size or {"width": 0, "height": 0}
    mouse = ann.context.new_cdp_session(ann.page)
    data = {"items": [], "files": [str(Path(__file__))], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        where = {"x": size["width"] // 2, "y": size["height"] // 2}
        mouse.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
    expect(ann.toast).to_have_text("This server takes no files, only text.")
    assert ann.page.evaluate("stayed")
    expect(field).to_have_value("half a thought")


def test_what_is_printed_is_the_whole_conversation_and_nothing_to_press(enter: Open, artifacts: Path) -> None:
    bob = enter("Bob", room="paper")
    bob.say_many(1, 400, "paper", at_once=50)
    ann = enter("Ann", room="paper")
    bob.close()
    expect(ann.messages).to_have_count(50)
    log = ann.page.locator("#log")
    # Scroll up, so that more is loaded than is in the page.
    for _ in range(300):
        log.evaluate("node => node.scrollTop = 0")
        if ann.messages.first.locator(".text").text_content() == "number 1":
            break
        ann.page.wait_for_timeout(20)
    expect(ann.messages.first.locator(".text")).to_have_text("number 1")
    in_page = ann.messages.count()
    assert in_page < 400
    ann.page.evaluate(
        """() => {
            const count = () => document.querySelectorAll("#log article").length;
            addEventListener("beforeprint", () => (window.printed = count()));
        }"""
    )
    pdf = ann.page.pdf(path=artifacts / "printed.pdf", format="A4")
    assert ann.page.evaluate("printed") == 400
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 5
    expect(ann.messages).to_have_count(in_page)

    ann.page.emulate_media(media="print")
    assert log.evaluate("node => node.scrollHeight - node.clientHeight") <= 1
    shown = ann.page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, nav, aside, dialog")]
            .filter((node) => node.checkVisibility()).map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert shown == []
    expect(ann.page.get_by_role("heading", level=1)).to_be_visible()
