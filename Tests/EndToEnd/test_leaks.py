"""Opening and closing leaks neither nodes nor listeners."""

import os
import time
from collections.abc import Callable

from chatpage import ChatPage, Open
from playwright.sync_api import expect
from test_access import more
from test_acts import tools
from test_page import join

ROUNDS = int(os.environ.get("WEBCHAT_ROUNDS", "10"))


def weigh(chat: ChatPage) -> dict[str, int]:
    """DOM nodes and listeners after a garbage collection."""
    devtools = chat.context.new_cdp_session(chat.page)
    devtools.send("HeapProfiler.enable")
    devtools.send("HeapProfiler.collectGarbage")
    counts = devtools.send("Memory.getDOMCounters")
    devtools.detach()
    return {name: counts[name] for name in ("nodes", "jsEventListeners")}


def expect_nothing_left(chat: ChatPage, what: Callable[[], None], some: int = 0) -> None:
    """`some` nodes may be held until something takes their place."""
    # The first rounds load and create what is kept.
    for _ in range(3):
        what()
    before = weigh(chat)
    for _ in range(ROUNDS):
        what()
    # The last one may still be closing.
    deadline = time.monotonic() + 30
    while True:
        grown = {name: after - before[name] for name, after in weigh(chat).items()}
        if all(more < ROUNDS + some for more in grown.values()):
            break
        assert time.monotonic() < deadline, f"in {ROUNDS} rounds it grew by {grown}"
        chat.page.wait_for_timeout(200)
    print(f"{ROUNDS} rounds: {grown}")


def test_cards_leave_nothing_behind(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("a message")
    row = ann.messages.first

    def open_and_close() -> None:
        for item in (None, "Help", "Go to a room"):
            more(ann, item)
            ann.page.keyboard.press("Escape")
        ann.page.get_by_role("button", name="Your name").click()
        ann.page.keyboard.press("Escape")
        for tool in ("React", "Delete"):
            tools(row, tool).click()
            expect(ann.page.locator("dialog[open], .emoji-picker")).to_be_visible()
            ann.page.keyboard.press("Escape")

    expect_nothing_left(ann, open_and_close)


def test_going_from_room_to_room_leaves_nothing_behind(enter: Open) -> None:
    ann = enter("Ann")
    ann.say_many(1, 30)
    ann.expect_message("number 30")
    ann.say_many(31, 60, room="garden")
    join(ann, "garden")
    ann.expect_message("number 60")

    def there_and_back() -> None:
        for last in (30, 60):
            ann.page.keyboard.press("Alt+ArrowUp")
            ann.expect_message(f"number {last}")

    # The rows of one room.
    expect_nothing_left(ann, there_and_back, some=60)
