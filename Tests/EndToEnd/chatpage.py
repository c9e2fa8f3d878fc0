"""Page object of the chat page: one user in one room."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, TimeoutError, expect

# Installed before any code of the page runs.
WATCH_POLICY = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""

# A second client in the page, which sends texts to a room: some at once, or so many per second. It repeats messages
# that the server cannot take now; their keys keep them from being stored twice.
SAY_MANY = """
    ([name, room, texts, atOnce, perSecond]) => new Promise((resolve, reject) => {
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", "webchat.v1");
        const say = (frame) => socket.send(JSON.stringify(frame));
        const sayOne = (key) => say({ type: "chat", room, key, text: texts[key] });
        let next = 0;
        let done = 0;
        const sayNext = () => next < texts.length && sayOne(`${next++}`);
        socket.onopen = () => say({ type: "hello", name });
        socket.onclose = () => reject(new Error("closed"));
        socket.onmessage = ({ data }) => {
            const { type, code, key, retryAfterMs } = JSON.parse(data);
            if (type === "welcome") say({ type: "join", room });
            if (type === "joined" && perSecond) setInterval(sayNext, 1000 / perSecond);
            if (type === "joined" && !perSecond) for (let n = 0; n < atOnce; n += 1) sayNext();
            if (type === "error" && code.startsWith("bad_")) reject(new Error(data));
            if (type === "error") setTimeout(() => sayOne(key), retryAfterMs ?? 500);
            if (type !== "ack") return;
            done += 1;
            if (!perSecond) sayNext();
            if (done < texts.length) return;
            socket.onclose = null;
            socket.close();
            resolve();
        };
    })
"""


# One's own message, acknowledged by the server.
SENT = re.compile(r"\bsent own\b")


def until(condition: Callable[[], bool], page: Page) -> None:
    """For conditions that no locator expresses."""
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("not within 30 s")


def messages_in(url: str, room: str) -> list[dict[str, Any]]:
    """The messages that a node returns over HTTP."""
    with urlopen(f"{url}/messages?room={room}&minutes=30", timeout=30) as answer:
        return json.load(answer)["messages"]


class ChatPage:
    """One browser of one user. `problems` collects errors of the page and must stay empty."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        name: str,
        room: str = "lobby",
        expect_online: bool = True,
        before: str = "",
        debug: bool = False,
        **context: Any,
    ) -> None:
        # Without a service worker, except in the tests about it.
        usual = {"viewport": {"width": 1280, "height": 800}, "service_workers": "block"}
        context = usual | context
        self.context: BrowserContext = browser.new_context(**context)
        self.context.add_init_script(WATCH_POLICY + before)
        # With what only operators want to know.
        self.url = f"{url}/{'?debug' if debug else ''}#/r/{room}"
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
        # Chromium reports every lost connection, and requests that it has repeated on others in vain, as while a proxy
        # reloads; the tests check that the page copes.
        lost = re.search(
            r"WebSocket connection to .* failed"
            r"|ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|HTTP2_PROTOCOL_ERROR|TOO_MANY_RETRIES)",
            message.text,
        )
        # Chromium cancels all requests when a network interface appears or disappears.
        changed = "ERR_NETWORK_CHANGED" in message.text
        self._network_changed |= changed
        # Browsers warn that they ignore this header over plain http.
        ignored = message.text.startswith("The Cross-Origin-Opener-Policy header has been ignored")
        # Where only operators reach /cluster, the page gets a 404 and shows no link. Who must log in gets a 401.
        asked = message.location["url"].endswith(("/cluster", "/token"))
        if message.type == "error" and not any((lost, changed, ignored, asked)):
            self.problems.append(f"{message.text} ({message.location['url']})")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def field(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    @property
    def toast(self) -> Locator:
        return self.page.locator("#toast")

    @property
    def connection(self) -> Locator:
        return self.page.locator("#connection")

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
        self.field.fill(text)
        # On touch screens Enter inserts a line.
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            self.page.get_by_role("button", name="Send").tap()
        else:
            self.page.keyboard.press("Enter")

    def send(self, text: str) -> None:
        """Says it and waits for the acknowledgement."""
        self.say(text)
        self.expect_sent(text)

    def second_tab(self) -> Page:
        page = self.open_tab()
        expect(page.locator("#connection")).to_have_text("Online")
        return page

    def reload(self, before: str = "") -> None:
        """`before` is a script that runs before those of the page, from now on."""
        self.context.add_init_script(before)
        self.page.reload()
        self.expect_online()

    def say_many(self, first: int, last: int, room: str = "lobby", at_once: int = 1) -> None:
        texts = [f"number {number}" for number in range(first, last + 1)]
        self.page.evaluate(SAY_MANY, ["Many", room, texts, at_once, 0])

    def expect_online(self, seconds: float = 30) -> None:
        expect(self.connection).to_have_text("Online", timeout=seconds * 1000)
        # Online may come first; a page whose parts are still loading cannot go on without the network.
        expect(self.page.locator("#stuck")).to_have_count(0)

    def expect_message(self, text: str) -> None:
        """Shown exactly once."""
        expect(self.message(text)).to_have_count(1)

    def expect_sent(self, text: str) -> None:
        """Acknowledged by the server."""
        expect(self.message(text)).to_have_class(SENT)

    @property
    def node(self) -> str:
        """The node this page is connected to."""
        return self.connection.get_attribute("data-node") or ""

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
