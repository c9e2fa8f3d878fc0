"""The chat page as its users see it: a tab with a name, in a room, that reads and writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, TimeoutError, expect

# Reported by the page itself, before any of its own code runs.
WATCH_POLICY = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""

# A second client inside of the page, which says many things at once: keys make it exact, acks pace it.
SAY_MANY = """
    ([room, from, to]) => new Promise((resolve, reject) => {
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", "webchat.v1");
        const say = (frame) => socket.send(JSON.stringify(frame));
        let next = from;
        const sayNext = () => say({ type: "chat", room, key: `many-${next}`, text: `number ${next}` });
        socket.onopen = () => say({ type: "hello", name: "Many" });
        socket.onclose = () => reject(new Error("closed"));
        socket.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === "welcome") say({ type: "join", room });
            if (frame.type === "joined") sayNext();
            if (frame.type === "error") setTimeout(sayNext, frame.retryAfterMs ?? 500);
            if (frame.type !== "ack") return;
            next += 1;
            if (next <= to) return sayNext();
            socket.onclose = null;
            socket.close();
            resolve();
        };
    })
"""


class ChatPage:
    """One browser of one user. `problems` is what the page complained about and must stay empty."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        name: str,
        room: str = "lobby",
        expect_online: bool = True,
        before: str = "",
        **context: Any,
    ) -> None:
        context = {"viewport": {"width": 1280, "height": 800}} | context
        self.context: BrowserContext = browser.new_context(**context)
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(WATCH_POLICY + before)
        self.url = f"{url}/#/r/{room}"
        self.problems: list[str] = []
        self._network_changed = False
        self.page = self.open_tab()
        field = self.page.get_by_label("Name", exact=True)
        field.fill(name)
        field.press("Enter")
        if expect_online:
            self.expect_online()

    def open_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._note)
        page.goto(self.url)
        for _ in range(3):
            try:
                page.locator("#app:not([hidden])").wait_for(timeout=20_000)
                break
            except TimeoutError:
                assert self._network_changed, "the page does not begin"
                page.reload()
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # Chromium says so itself when a connection is lost; that the page lives with it is what is tested.
        lost = re.search(
            r"WebSocket connection to .* failed|ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|HTTP2_PROTOCOL_ERROR)",
            message.text,
        )
        # Chromium gives up all requests when an interface of the machine comes or goes: some of the page may lack.
        changed = "ERR_NETWORK_CHANGED" in message.text
        self._network_changed |= changed
        # On plain http browsers say that they ignore this header.
        ignored = message.text.startswith("The Cross-Origin-Opener-Policy header has been ignored")
        # Where /cluster is for operators only, the page has asked in vain, and shows no link.
        asked = message.location["url"].endswith("/cluster")
        if message.type == "error" and not any((lost, changed, ignored, asked)):
            self.problems.append(message.text)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def messages(self) -> Locator:
        return self.log.get_by_role("article")

    def message(self, text: str) -> Locator:
        """The rows with exactly this text."""
        exact = self.page.locator(".text", has_text=re.compile(f"^{re.escape(text)}$"))
        return self.messages.filter(has=exact)

    @property
    def texts(self) -> list[str]:
        return self.log.locator(".text").all_text_contents()

    def say(self, text: str) -> None:
        self.page.get_by_label("Message", exact=True).fill(text)
        # On glass Enter makes a new line.
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            self.page.get_by_role("button", name="Send").tap()
        else:
            self.page.keyboard.press("Enter")

    def say_many(self, first: int, last: int, room: str = "lobby") -> None:
        self.page.evaluate(SAY_MANY, [room, first, last])

    def expect_online(self, seconds: float = 30) -> None:
        expect(self.page.locator("#connection")).to_have_text("Online", timeout=seconds * 1000)

    def expect_message(self, text: str, seconds: float = 30) -> None:
        """It is there, once."""
        expect(self.message(text)).to_have_count(1, timeout=seconds * 1000)

    def expect_sent(self, text: str, seconds: float = 30) -> None:
        """The server has confirmed it."""
        tick = self.message(text).get_by_role("img", name="Sent")
        expect(tick).to_be_visible(timeout=seconds * 1000)

    @property
    def node(self) -> str:
        """Which node serves us."""
        title = self.page.locator("#connection").get_attribute("title") or ""
        return title.removeprefix("Connected to ")

    def picture(self, directory: Path, name: str) -> None:
        self.page.screenshot(path=directory / f"{name}.png")

    def expect_no_problems(self, resets: bool = False) -> None:
        for page in self.context.pages:
            assert page.evaluate("violations") == []
        problems = [text for text in self.problems if not (resets and "ERR_CONNECTION_RESET" in text)]
        assert problems == [], "\n".join(problems)

    def close(self) -> None:
        self.context.close()


Open = Callable[..., ChatPage]
