"""Trouble around the page: dead connections, sleep, a clock set back, full storage, several tabs."""

from chatpage import ChatPage, Open, until
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

# The quota is used up: entries stay, none can be added.
FULL = """
    const write = Storage.prototype.setItem;
    window.fill = () => {
        Storage.prototype.setItem = function () { throw new DOMException("full", "QuotaExceededError"); };
    };
    if (sessionStorage.full) window.fill();
"""
FORBIDDEN = """
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
"""


class Lines:
    """All sockets of a page. Dead ones silently pass nothing on."""

    def __init__(self, where: Page | BrowserContext) -> None:
        self.count = 0
        self.dead: set[int] = set()
        where.route_web_socket("**/ws", self._open)

    def cut(self) -> None:
        """Kills the open sockets; the next one works."""
        self.dead = set(range(1, self.count + 1))

    def _open(self, line: WebSocketRoute) -> None:
        self.count += 1
        number = self.count
        server = line.connect_to_server()
        line.on_message(lambda frame: None if number in self.dead else server.send(frame))
        server.on_message(lambda frame: None if number in self.dead else line.send(frame))
        # The page can close dead ones, too.
        line.on_close(lambda code, reason: server.close())


def enter_by_lines(enter: Open) -> tuple[ChatPage, Lines]:
    ann = enter("Ann")
    ann.page.clock.install()
    lines = Lines(ann.page)
    ann.reload()
    return ann, lines


def test_a_line_that_died_without_a_word_is_found_and_replaced(enter: Open) -> None:
    ann, lines = enter_by_lines(enter)
    bob = enter("Bob")
    bob.say("before")
    ann.expect_message("before")
    lines.cut()
    bob.send("while she hears nothing")
    ann.say("into the void")
    for _ in range(10):
        if lines.count > 1:
            break
        # Long enough for the ping and its timeout.
        ann.page.clock.fast_forward(5_000)
        ann.page.wait_for_timeout(100)
    ann.expect_sent("into the void")
    for chat in (ann, bob):
        chat.expect_message("into the void")
        assert chat.texts == ["before", "while she hears nothing", "into the void"]


def test_who_wakes_up_asks_at_once_whether_the_line_still_lives(enter: Open) -> None:
    ann, lines = enter_by_lines(enter)
    bob = enter("Bob")
    lines.cut()
    bob.send("while she slept")
    # The clock advanced by an hour, but no timer ran.
    ann.page.clock.set_system_time(ann.page.evaluate("Date.now()") + 3_600_000)
    ann.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    ann.page.clock.run_for(3_000)
    ann.expect_message("while she slept")
    ann.send("awake")
    bob.expect_message("awake")


def test_a_clock_that_is_put_back_stops_nothing(enter: Open) -> None:
    ann, _ = enter_by_lines(enter)
    bob = enter("Bob")
    writing = bob.page.locator("#typing")
    ann.page.keyboard.type("before")
    expect(writing).not_to_be_empty()
    ann.page.keyboard.press("Enter")
    expect(writing).to_be_empty()
    ann.page.clock.set_system_time(ann.page.evaluate("Date.now()") - 3_600_000)

    def writes_again() -> bool:
        # Typing is reported every 3 s at most, which the server enforces, too.
        ann.page.keyboard.type(".")
        return writing.text_content() != ""

    until(writes_again, ann.page)


def test_what_is_said_in_a_tab_that_closes_offline_is_sent_by_another(enter: Open) -> None:
    ann = enter("Ann")
    second = ann.second_tab()
    bob = enter("Bob")
    ann.page.clock.install()
    second.clock.install()
    ann.context.set_offline(True)
    ann.say("and gone")
    expect(second.get_by_role("article").filter(has_text="and gone")).to_have_count(1)
    ann.page.close()
    ann.page = second
    ann.context.set_offline(False)
    ann.page.clock.fast_forward(20_000)
    ann.expect_sent("and gone")
    bob.expect_message("and gone")
    assert bob.texts == ["and gone"]


def test_two_tabs_show_what_one_of_them_says_once(enter: Open) -> None:
    ann = enter("Ann")
    second = ann.second_tab()
    for number in range(10):
        ann.say(f"line {number}")
    ann.expect_sent("line 9")
    texts = [f"line {number}" for number in range(10)]
    expect(second.locator("article.sent.own")).to_have_count(10)
    assert second.locator("#log .text").all_text_contents() == texts == ann.texts
    expect(second.get_by_role("heading", name="Here · 1")).to_be_visible()
    stored = "Object.keys(localStorage).filter((name) => name.startsWith('webchat.outbox.'))"
    until(lambda: second.evaluate(stored) == [], second)


def test_a_full_storage_takes_nothing_away_and_stops_nothing(enter: Open) -> None:
    ann = enter("Ann")
    ann.send("before it was full")
    ann.context.add_init_script(FULL)
    ann.page.evaluate("sessionStorage.full = 'yes'")
    ann.reload()
    expect(ann.page.get_by_role("button", name="Your name: Ann.")).to_be_visible()
    ann.send("while it is full")
    ann.say("/join garden")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#garden")
    ann.say("/nick Annika")
    expect(ann.page.get_by_role("button", name="Your name: Annika.")).to_be_visible()


def test_without_a_storage_the_page_lasts_as_long_as_it_is_open(enter: Open) -> None:
    ann, bob = enter("Ann"), enter("Bob")
    ann.context.add_init_script(FORBIDDEN)
    ann.page.reload()
    name = ann.page.get_by_label("Name", exact=True)
    name.fill("Ann again")
    name.press("Enter")
    ann.expect_online()
    ann.send("not kept")
    bob.expect_message("not kept")


def test_a_new_name_in_one_tab_signs_what_the_other_one_says(enter: Open) -> None:
    ann = enter("Ann")
    bob = enter("Bob")
    other = ann.second_tab()
    ann.say("/nick Anna")
    expect(other.locator("#rooms .me bdi")).to_have_text("Anna")
    field = other.get_by_label("Message", exact=True)
    field.fill("from the other tab")
    field.press("Enter")
    bob.expect_message("from the other tab")
    expect(bob.message("from the other tab").locator(".sender")).to_have_text("Anna")
