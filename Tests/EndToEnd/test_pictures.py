"""Pictures and files on the page: sent, kept, refused, shown and deleted."""

import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatpage import ChatPage, Open
from conftest import node_alone
from localcluster import Node
from playwright.sync_api import FilePayload, Locator, Request, Route, expect
from test_access import expect_accessible, look_at
from test_replies import answered, replying

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# Requests that a service worker could answer are not seen by `route`.
DIRECT = {"service_workers": "block"}
MOST_BYTES = 2_000_000

# A photo as cameras store it: turned by a quarter, with a mark in its EXIF data.
PHOTO = """([width, height]) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.fillStyle = "#00f";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#f00";
    context.fillRect(0, 0, width / 2, height);
    return canvas.toDataURL("image/jpeg").split(",")[1];
}"""
SECRET = b"52.5163N 13.3777E"

# What copying the last message as a whole brings.
COPIED = """() => {
    const message = [...document.querySelectorAll("#log article")].at(-1);
    getSelection().selectAllChildren(message);
    const data = new DataTransfer();
    const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector("#log").dispatchEvent(event);
    getSelection().removeAllRanges();
    return data.getData("text/plain");
}"""

# Drops or pastes files from outside of the browser.
BRING = """(node, [type, files]) => {
    const data = new DataTransfer();
    for (const [name, kind, size] of files) data.items.add(new File([new Uint8Array(size)], name, { type: kind }));
    const about = { bubbles: true, cancelable: true };
    node.dispatchEvent(type === "paste"
        ? new ClipboardEvent(type, { ...about, clipboardData: data })
        : new DragEvent(type, { ...about, dataTransfer: data }));
}"""


@pytest.fixture(scope="module")
def embedded_node(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    directory = tmp_path_factory.mktemp("files")
    (directory / "kept").mkdir()
    with node_alone(binary, directory, FILES_DIR=str(directory / "kept"), FILE_BYTES=str(MOST_BYTES)) as node:
        yield node


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((x * 7 + y) % 256 for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def photo(chat: ChatPage, width: int, height: int) -> bytes:
    jpeg = b64decode(chat.page.evaluate(PHOTO, [width, height]))
    # Orientation 6, and a description that begins after the two entries.
    entries = struct.pack(">HHHII", 2, 0x010E, 2, len(SECRET) + 1, 38) + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + entries + struct.pack(">I", 0) + SECRET + b"\0"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def payload(name: str, kind: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


def waiting(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("list", name="Files of your message").get_by_role("listitem")


def choose(chat: ChatPage, *files: FilePayload) -> None:
    expect(chat.page.get_by_role("button", name="Attach files")).to_be_visible()
    before = waiting(chat).count()
    chat.page.locator("input[type=file]").set_input_files(files)
    expect(waiting(chat)).to_have_count(before + len(files))
    expect(waiting(chat).get_by_role("button")).to_have_count(before + len(files))


def pictures(chat: ChatPage) -> Locator:
    return chat.log.locator(".picture img")


def expect_loaded(picture: Locator) -> None:
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    expect(picture).not_to_have_js_property("naturalWidth", 0)


def test_pictures_arrive_without_what_cameras_add_and_open_large(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann", room="photos"), enter("Bob", room="photos", color_scheme="dark", **PHONE)
    choose(
        ann,
        payload("holiday.jpg", "image/jpeg", photo(ann, 4000, 3000)),
        payload("chart.png", "image/png", png(40, 80)),
    )
    look_at(ann, artifacts, "files-chosen", "light")
    ann.field.press("Enter")
    expect(waiting(ann)).to_have_count(0)
    expect(pictures(bob)).to_have_count(2)
    expect(bob.page.locator("#announcer")).to_have_text("Ann sent 2 pictures")
    for picture in pictures(bob).all():
        expect_loaded(picture)
    # The photo is upright and no larger than needed, and has its place before it is loaded.
    holiday = pictures(bob).first
    expect(holiday).to_have_attribute("alt", "holiday.jpg")
    assert [holiday.evaluate(f"(node) => node.{side}") for side in ("naturalWidth", "naturalHeight")] == [1920, 2560]
    assert [holiday.get_attribute(side) for side in ("width", "height")] == ["225", "300"]
    answer = bob.page.request.get(holiday.evaluate("(node) => node.src"))
    assert answer.headers["content-type"] == "image/jpeg"
    assert SECRET not in answer.body() and b"Exif" not in answer.body()
    look_at(bob, artifacts, "files-phone", "dark")

    # Large: keys lead from one to the next, Escape leads back.
    ann.page.get_by_role("button", name="holiday.jpg").click()
    large = ann.page.get_by_role("dialog", name="holiday.jpg")
    expect(large).to_contain_text("1 of 2")
    expect_loaded(large.get_by_role("img", name="holiday.jpg"))
    look_at(ann, artifacts, "files-large", "light")
    ann.page.keyboard.press("ArrowRight")
    large = ann.page.get_by_role("dialog", name="chart.png")
    expect(large).to_contain_text("2 of 2")
    ann.page.keyboard.press("ArrowRight")
    with ann.page.expect_download() as download:
        ann.page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "holiday.jpg"
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.page.get_by_role("button", name="holiday.jpg")).to_be_focused()

    # Copied as their names.
    assert ann.page.evaluate(COPIED) == "holiday.jpg\nchart.png"

    # An edit keeps them, and a deletion takes them, also where one is open.
    ann.messages.last.focus()
    ann.page.keyboard.press("e")
    # Without the button for files, the text keeps its distance.
    expect(ann.field).to_have_css("padding-inline-start", "16px")
    ann.send("By the sea")
    expect(pictures(bob)).to_have_count(2)
    bob.page.get_by_role("button", name="chart.png").tap()
    expect(bob.page.get_by_role("dialog", name="chart.png")).to_be_visible()
    look_at(bob, artifacts, "files-large-phone", "dark")
    ann.messages.last.focus()
    ann.page.keyboard.press("Delete")
    ann.page.get_by_role("button", name="Delete for everyone").click()
    expect(bob.page.get_by_role("dialog")).to_have_count(0)
    for chat in (ann, bob):
        expect(chat.message("Message deleted")).to_have_count(1)
        expect(chat.log.locator(".files")).to_have_count(0)


def test_what_is_chosen_or_under_way_survives_a_reload_and_hours_offline(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann", room="lasting", **DIRECT), enter("Bob", room="lasting")
    other = ann.second_tab()
    puts: list[str] = []

    def note(request: Request) -> None:
        if request.method == "PUT":
            puts.append(request.url)

    def lose(route: Route) -> None:
        if route.request.method == "PUT":
            route.abort("internetdisconnected")
        else:
            route.fallback()

    choose(
        ann, payload("a.png", "image/png", png(90, 60)), payload("report.pdf", "application/pdf", b"%PDF-1.4 " * 9_000)
    )
    ann.reload()
    expect(waiting(ann)).to_have_count(2)
    ann.context.route("**/files/**", lose)
    ann.field.fill("Both")
    ann.field.press("Enter")
    ann.say("after them")
    # They stand in the list at once, in the other tab, too.
    for page in (ann.page, other):
        expect(page.locator(".picture img")).to_have_count(1)
        expect(page.get_by_role("progressbar", name="Uploading")).to_be_visible()
    expect(ann.log.locator(".sending")).to_have_count(2)
    for line in ann.log.locator(".sending").all():
        expect(line).to_have_css("opacity", "1")
    look_at(ann, artifacts, "files-uploading", "light")
    ann.reload()
    expect(pictures(ann)).to_have_count(1)
    ann.context.set_offline(True)
    expect(ann.connection).not_to_have_text("Online")
    ann.context.unroute("**/files/**")
    ann.context.on("request", note)
    ann.context.set_offline(False)
    for chat in (ann, bob):
        chat.expect_message("after them")
        expect(chat.log.locator(".text")).to_have_text(["Both", "after them"])
        expect(pictures(chat)).to_have_count(1)
        expect(chat.log.get_by_role("link", name="report.pdf")).to_have_count(1)
    ann.expect_sent("after them")
    assert len(puts) == 2, "one of the two tabs uploads, each file once"
    with bob.page.expect_download() as download:
        bob.log.get_by_role("link", name="report.pdf").click()
    assert download.value.suggested_filename == "report.pdf"
    assert download.value.path().read_bytes() == b"%PDF-1.4 " * 9_000

    # A message that is taken back brings its files back.
    ann.context.route("**/files/**", lose)
    choose(ann, payload("b.png", "image/png", png(90, 60)))
    ann.say("Not yet")
    ann.messages.last.get_by_role("button", name="Edit").click()
    expect(ann.field).to_have_value("Not yet")
    expect(waiting(ann)).to_contain_text("b.png")
    expect(ann.log.get_by_role("progressbar")).to_have_count(0)
    ann.context.unroute("**/files/**")
    ann.field.press("Enter")
    ann.expect_sent("Not yet")
    expect(pictures(bob)).to_have_count(2)


def test_a_picture_answers_a_picture(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann", room="answers"), enter("Bob", room="answers", color_scheme="dark", **PHONE)
    choose(bob, payload("question.png", "image/png", png(90, 60)))
    bob.page.get_by_role("button", name="Send").tap()
    expect(pictures(ann)).to_have_count(1)
    ann.messages.last.focus()
    ann.page.keyboard.press("r")
    choose(ann, payload("answer.png", "image/png", png(120, 80)))
    # The draft has both, also after a reload.
    ann.reload()
    expect(replying(ann)).to_have_text("Replying to \u2068Bob\u2069: 1 picture")
    expect(waiting(ann)).to_contain_text("answer.png")
    look_at(ann, artifacts, "files-replying", "light")

    # Taken back before it is sent, both return.
    ann.context.route("**/files/**", lambda route: route.abort("internetdisconnected"))
    ann.say("like this?")
    expect(waiting(ann)).to_have_count(0)
    expect(replying(ann)).to_be_hidden()
    ann.messages.last.get_by_role("button", name="Edit").click()
    expect(ann.field).to_have_value("like this?")
    expect(replying(ann)).to_have_text("Replying to \u2068Bob\u2069: 1 picture")
    expect(waiting(ann)).to_contain_text("answer.png")
    ann.context.unroute("**/files/**")
    ann.send("like this?")
    expect(bob.page.locator("#announcer")).to_have_text("Ann, in reply to you: like this? (1 picture)")
    for chat in (ann, bob):
        expect(answered(chat, "like this?")).to_have_text("Bob1 picture")
        # A short text cuts no name off.
        assert answered(chat, "like this?").locator(".name").evaluate("name => name.scrollWidth <= name.clientWidth")
        expect_loaded(pictures(chat).last)
    look_at(ann, artifacts, "files-reply", "light")
    look_at(bob, artifacts, "files-reply-phone", "dark")


def test_what_cannot_be_sent_or_shown_says_why(enter: Open, artifacts: Path) -> None:
    ann, bob = enter("Ann", room="refusals", **DIRECT), enter("Bob", room="refusals", **DIRECT)
    expect(ann.page.get_by_role("button", name="Attach files")).to_be_visible()
    for files, why in (
        ([["big.bin", "", MOST_BYTES + 1]], "\u2068big.bin\u2069 is too big. Files can have up to 2 MB."),
        ([["none.txt", "text/plain", 0]], "\u2068none.txt\u2069 is empty."),
        ([["x.png", "image/png", 9]], "This browser cannot read \u2068x.png\u2069 as a picture."),
    ):
        ann.log.evaluate(BRING, ["drop", files])
        expect(ann.toast).to_have_text(why)
    ann.field.evaluate(BRING, ["paste", [[f"{number}.txt", "text/plain", 1] for number in range(5)]])
    expect(ann.toast).to_have_text("A message can have up to 4 files. Send or remove some first.")
    expect(waiting(ann)).to_have_count(4)
    for number in (3, 2, 1):
        ann.page.get_by_role("button", name=f"Remove \u2068{number}.txt\u2069").click()
    ann.field.press("Enter")
    card = bob.log.get_by_role("link", name="0.txt")
    expect(card).to_have_count(1)

    # The bytes are gone when they are to be uploaded.
    def lose(route: Route) -> None:
        route.abort("internetdisconnected")

    ann.context.route("**/files/**", lose)
    choose(ann, payload("a.png", "image/png", png(90, 60)))
    ann.say("Never")
    expect(ann.log.get_by_role("progressbar")).to_be_visible()
    ann.page.evaluate(
        """async () => {
            for (const { name } of await indexedDB.databases()) {
                const database = await new Promise((resolve) => {
                    const opening = indexedDB.open(name);
                    opening.onsuccess = () => resolve(opening.result);
                });
                await new Promise((resolve) => {
                    const files = database.transaction("files", "readwrite");
                    files.objectStore("files").clear();
                    files.oncomplete = resolve;
                });
            }
        }"""
    )
    ann.reload()
    expect(ann.messages.last).to_contain_text("Not sent. This browser no longer has its file. Choose it again.")
    expect(ann.messages.last.locator(".picture")).to_have_text("\u2068a.png\u2069 could not be loaded.")
    look_at(ann, artifacts, "files-lost", "light")
    ann.messages.last.get_by_role("button", name="Delete").click()
    ann.context.unroute("**/files/**")

    # Of a muted user nothing is loaded unasked; what cannot be loaded says so, and can be tried again.
    asked: list[str] = []
    bob.context.route("**/files/**", lambda route: (asked.append(route.request.url), lose(route)))
    bob.page.locator("#people").get_by_role("button", name="Ann").click()
    bob.page.get_by_role("button", name="Mute").click()
    choose(ann, payload("a.png", "image/png", png(90, 60)))
    ann.send("Look")
    bob.page.get_by_role("button", name="2 messages of muted people").click()
    shown = bob.log.locator(".picture")
    expect(shown).to_have_text("Show \u2068a.png\u2069")
    expect_accessible(bob.page, "light")
    assert asked == []
    shown.click()
    expect(shown).to_have_text("\u2068a.png\u2069 could not be loaded.")
    bob.context.unroute("**/files/**")
    shown.click()
    expect_loaded(shown.get_by_role("img", name="a.png"))
