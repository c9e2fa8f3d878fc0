"""One user on several devices: a guest goes on elsewhere by a scanned code, and what is read there is read here."""

import base64
import re
from pathlib import Path

from chatpage import ChatPage, Open, until
from playwright.sync_api import Browser, Page, expect
from test_access import LOOKS, look_at
from test_page import room_link
from test_qr import read_code
from test_unread import PHONE, away, come, unread

# The pixels of an image in grey.
PIXELS = """
    async (data) => {
        const image = await createImageBitmap(await (await fetch(data)).blob());
        const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
        context.drawImage(image, 0, 0);
        const { data: colours } = context.getImageData(0, 0, image.width, image.height);
        const grey = Array.from({ length: image.width * image.height }, (_, place) => colours[4 * place]);
        return [grey, image.width, image.height];
    }
"""

# Names are isolated from the direction of the text around them.
AS_ANN = re.compile("^Continue as .?Ann.?$")
NOT_CID = re.compile("You are .?Cid.? here. Continue as .?Ann.? on this device")


def scan(chat: ChatPage) -> str:
    """What a camera reads from the card on screen."""
    card = chat.page.locator(".card.device")
    expect(card.locator("svg")).to_be_visible()
    data = "data:image/png;base64," + base64.b64encode(card.screenshot()).decode()
    blank = chat.context.new_page()
    grey, width, height = blank.evaluate(PIXELS, data)
    blank.close()
    chat.page.bring_to_front()
    [text] = read_code(bytes(grey), width, height)
    return text


def offer(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="More about this room").click()
    chat.page.get_by_role("button", name="Use on another device").click()


def last_read(page: Page) -> str:
    return page.evaluate("localStorage['webchat.read.garden']")


def frames(page: Page, event: str) -> list[str]:
    """What the sockets that the page opens from now on send or receive."""
    seen: list[str] = []
    page.on("websocket", lambda socket: socket.on(event, lambda frame: seen.append(str(frame))))
    return seen


def reads(seen: list[str], number: int) -> bool:
    """Whether one of these frames says that everything up to a message is read, by its number in the room."""
    return any(re.search(rf'"type":"read".*"id":"\d+-{number}"', frame) for frame in seen)


def test_a_guest_goes_on_elsewhere_by_a_scanned_code_and_what_is_read_there_is_read_here(
    enter: Open, browser: Browser, artifacts: Path
) -> None:
    bob, desk = enter("Bob", room="garden"), enter("Ann", room="garden", color_scheme="dark")
    bob.send("before")
    desk.expect_message("before")
    away(desk, "kitchen")
    come(desk)
    offer(desk)
    desk.picture(artifacts, "device-code-dark")
    link = scan(desk)
    assert re.fullmatch(r".*/#/l/[\w-]{100,}/garden,kitchen,lobby", link)
    expect(desk.page.get_by_label("Link for the other device")).to_have_value(link)
    expect(desk.page.get_by_role("timer")).to_have_text(re.compile(r"Can be used once, for \d+ seconds?\."))

    # A phone that was never here is not asked for a name.
    context = browser.new_context(**PHONE)
    problems: list[str] = []
    phone = context.new_page()
    phone.on("pageerror", lambda error: problems.append(str(error)))
    told = frames(phone, "framesent")
    phone.goto(link)
    question = phone.get_by_role("dialog", name=AS_ANN)
    expect(question).to_be_visible()
    assert "/l/" not in phone.url
    phone.screenshot(path=artifacts / "device-phone-new.png")
    question.get_by_role("button", name=AS_ANN).click()
    expect(phone.locator("#connection")).to_have_text("Online")
    expect(phone.get_by_role("heading", level=1)).to_have_text("#garden")
    assert set(phone.evaluate("localStorage['webchat.rooms']").split()) == {"garden", "kitchen", "lobby"}
    expect(desk.toast).to_contain_text("is now also on another device.")
    expect(desk.page.locator(".card.device")).to_have_count(0)
    # The same user: one in the list, and the message is their own on both.
    expect(phone.locator("#people-count")).to_have_text("2")
    desk.toast.get_by_role("button", name="OK").click()
    desk.send("from the desk")
    expect(phone.get_by_role("article").filter(has_text="from the desk")).to_have_class(re.compile(r"\bown\b"))

    # What is read on the phone is read on the desk, which looks at another room.
    away(desk)
    bob.say_many(1, 3, "garden")
    until(lambda: unread(desk) == 0 and "number 3" in phone.locator("#log").inner_text(), desk.page)
    expect(room_link(desk.page, "garden")).not_to_contain_text("3")
    # And once it comes back.
    url = desk.page.url
    desk.page.goto("about:blank")
    bob.say_many(4, 6, "garden")
    expect(phone.get_by_role("article").filter(has_text="number 6")).to_be_visible()
    until(lambda: reads(told, 8), phone)
    heard = frames(desk.page, "framereceived")
    desk.page.goto(url)
    desk.expect_online()
    until(lambda: last_read(desk.page) == last_read(phone), desk.page)
    until(lambda: unread(desk) == 0, desk.page)

    # What is marked as unread on the desk stays so.
    come(desk)
    desk.messages.last.focus()
    desk.page.keyboard.press("u")
    away(desk)
    until(lambda: unread(desk) == 1, desk.page)
    bob.say_many(7, 7, "garden")
    until(lambda: unread(desk) == 2, desk.page)
    until(lambda: reads(heard, 9), desk.page)
    assert unread(desk) == 2
    assert problems == []
    context.close()


def test_a_device_that_has_a_user_asks_first_and_a_code_works_once(enter: Open, artifacts: Path) -> None:
    ann = enter("Ann", room="garden", **LOOKS["phone-light"])
    cid, dan = enter("Cid", **LOOKS["desktop-dark"]), enter("Dan")
    cid.send("said as Cid")
    offer(ann)
    first = scan(ann)
    look_at(ann, artifacts, "device-code", "phone-light")
    ann.page.get_by_role("button", name="New code").click()
    until(lambda: ann.page.locator(".card.device input").input_value() != first, ann.page)
    link = scan(ann)

    cid.page.goto(link)
    question = cid.page.get_by_role("dialog", name=NOT_CID)
    expect(question).to_contain_text("You cannot go back to being")
    assert "/l/" not in cid.page.url
    look_at(cid, artifacts, "device-question", "desktop-dark")
    question.get_by_role("button", name="Not now").click()
    cid.send("still Cid")
    # Looking at it has not used it up.
    cid.page.goto(link)
    question.get_by_role("button", name=AS_ANN).click()
    expect(cid.page.get_by_role("heading", level=1)).to_have_text("#garden")
    cid.expect_online()
    expect(cid.page.get_by_role("button", name="Your name: Ann")).to_be_visible()
    expect(cid.page.locator("#people-count")).to_have_text("1")

    dan.page.goto(link)
    question = dan.page.get_by_role("dialog", name=re.compile("You are .?Dan.? here"))
    question.get_by_role("button", name=AS_ANN).click()
    used = dan.page.get_by_role("dialog", name="Use on another device")
    expect(used).to_contain_text("This code was used or is over 60 s old: show a new one on the other device.")
    look_at(dan, artifacts, "device-used", "desktop-light")
    used.get_by_role("button", name="OK").click()
    dan.send("still Dan")
    # A link of one's own leads nowhere else.
    cid.page.goto(first)
    expect(cid.page.get_by_role("dialog")).to_contain_text("here already.")
