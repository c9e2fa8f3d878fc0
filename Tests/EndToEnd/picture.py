"""Takes docs/images/chat.png, the picture of the README: `make picture`. Not a test, and not run with them."""

import base64
from pathlib import Path

from chatpage import SENT, ChatPage, Open
from playwright.sync_api import Browser, expect
from test_acts import chip, react, tools
from test_page import join, room_link

PICTURE = Path(__file__).resolve().parent.parent.parent / "docs/images/chat.png"
FRAME = """
    <style>
      body { margin: 0; background: #e8e6e0; }
      img { position: absolute; box-shadow: 0 18px 50px rgb(0 0 0 / 18%); }
      .desk { left: 34px; top: 40px; border-radius: 14px; }
      .phone { left: 1354px; top: 64px; border-radius: 26px; border: 6px solid #101215; background: #101215; }
    </style>
    <img class="desk" src="data:image/png;base64,DESK"><img class="phone" src="data:image/png;base64,PHONE">
"""


def say(chat: ChatPage, text: str) -> None:
    count = chat.messages.count()
    chat.say(text)
    expect(chat.messages).to_have_count(count + 1)
    expect(chat.messages.last).to_have_class(SENT)


def test_picture(browser: Browser, enter_cluster: Open) -> None:
    enter = enter_cluster
    ann = enter("Ann Lee", room="general")
    dana = enter("Dana", room="general", viewport={"width": 360, "height": 740}, color_scheme="dark", has_touch=True)
    bob, cho = enter("Bob", room="general"), enter("Cho", room="general")
    everybody = [ann, dana, bob, cho]

    def expect_all_to_see(count: int) -> None:
        for chat in everybody:
            expect(chat.messages).to_have_count(count)

    for room in ("random", "dev-tools", "general"):
        join(ann, room)
    for said, (chat, text) in enumerate(
        [
            (bob, "Good morning! Did the **deploy** of `webchat` go through?"),
            (ann, "Yes, *all tree nodes* are up. I killed one to see what happens:"),
            (ann, "```\n$ kill -9 $(pgrep -n webchat)\n```"),
            (dana, "I noticed nothing 🙂"),
            (cho, "Two of my messages waited for a second, then they were there. None lost."),
            (bob, "> None lost.\nGreat. @Ann Lee, can you look at https://example.org/graphs?"),
            (ann, "On my way."),
        ]
    ):
        expect_all_to_see(said)
        say(chat, text)
    expect_all_to_see(7)

    tools(ann.messages.nth(1), "Edit").click()
    ann.say("Yes, *all three nodes* are up. I killed one to see what happens:")
    for chat, index, emoji in ((cho, 1, "🎉"), (bob, 1, "🎉"), (ann, 3, "😂"), (bob, 4, "👍"), (ann, 4, "👍")):
        react(chat, chat.messages.nth(index), emoji)
    for chat in everybody:
        expect(chat.messages.nth(1).locator(".edited")).to_have_count(1)
        for index, emoji, count in ((1, "🎉", 2), (3, "😂", 1), (4, "👍", 2)):
            expect(chip(chat.messages.nth(index), emoji)).to_contain_text(str(count))

    for room, texts in (("random", ["Lunch at noon?", "@Ann Lee, the usual place?"]), ("dev-tools", ["1", "2", "3"])):
        join(bob, room)
        for text in texts:
            say(bob, text)
    join(bob, "general")
    expect(room_link(ann.page, "random")).to_contain_text("@1")
    expect(room_link(ann.page, "dev-tools")).to_contain_text("3")
    # Longer than the interval at which typing is reported again.
    bob.field.press_sequentially("The graphs look as they always do.", delay=120)
    ann.messages.nth(4).hover()
    for chat in (ann, dana):
        chat.field.focus()
        expect(chat.page.locator("#typing")).to_contain_text("Bob")

    desk, phone = (base64.b64encode(chat.page.screenshot(animations="disabled")).decode() for chat in (ann, dana))
    frame = browser.new_page(viewport={"width": 1760, "height": 880})
    frame.set_content(FRAME.replace("DESK", desk).replace("PHONE", phone))
    frame.screenshot(path=PICTURE)
    frame.close()
