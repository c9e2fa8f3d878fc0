"""What the end-to-end tests run against: the built binary, a real Redis, a real nginx and a real Chromium.

Nothing is skipped here: what is missing fails the test that needs it, with a sentence that says what to do.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from chatpage import ChatPage, Open
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from localcluster import Cluster, Node, RedisSetup, Server  # noqa: E402 (found by the line above)

# Generous, as the machine may be busy.
expect.set_options(timeout=30_000)

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def binary() -> Path:
    """`WEBCHAT_BINARY`, or the debug build that the Swift tests have made."""
    path = Path(os.environ.get("WEBCHAT_BINARY", ROOT / ".build/debug/webchat"))
    assert path.is_file(), f"{path} is not there: run swift build --build-tests first (make test does)"
    return path


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go; not in git."""
    path = ROOT / "artifacts"
    path.mkdir(exist_ok=True)
    return path


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def refused_start(binary: Path, **settings: str) -> str:
    """The one line that a node prints which does not start with these settings."""
    env = {"PATH": os.environ["PATH"], "STATIC_DIR": str(ROOT / "frontend")} | settings
    ended = subprocess.run([binary, "serve"], env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 78, ended.stderr
    [line] = ended.stderr.strip().splitlines()
    return line


Running = TypeVar("Running", bound=Server | RedisSetup)


@contextmanager
def running(server: Running) -> Iterator[Running]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def node_alone(binary: Path, directory: Path, name: str = "embedded", **more: str) -> Iterator[Node]:
    settings = {"STATE_DIR": str(directory / "state"), "MESSAGE_RATE": "0", "DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"}
    (directory / "state").mkdir()
    with running(Node(name, binary, directory / "logs", settings | more)) as node:
        yield node


@pytest.fixture
def embedded_node(binary: Path, tmp_path: Path) -> Iterator[Node]:
    """A standalone node with the in-memory log. `.kill()`, `.stop()` and `.start()` keep its port."""
    with node_alone(binary, tmp_path) as node:
        yield node


@pytest.fixture(scope="module")
def shared_node(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """For files with `embedded_node = shared_node`: one node for all of their tests, each in a room of its own."""
    with node_alone(binary, tmp_path_factory.mktemp("shared")) as node:
        yield node


@pytest.fixture
def cluster(binary: Path, tmp_path: Path) -> Iterator[Cluster]:
    """Redis, three nodes and nginx: `.url` is nginx, `.nodes[i]` have `.url`, `.pid` and `.kill()`, `.redis_port`."""
    with Cluster(tmp_path, binary, settings={"DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"}) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's, preferably the headless shell, which is faster; `CHROMIUM` overrides it."""
    known = ["chromium-headless-shell", "chromium", "chromium-browser"]
    names = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else known
    path = next((found for name in names if (found := shutil.which(name))), None)
    assert path, f"no browser ({', '.join(names)}): run scripts/setup test"
    return path


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@contextmanager
def pages(browser: Browser, url: str, node: Node | None = None) -> Iterator[Open]:
    """Opens the page for a user; whatever a test was about, no page may have complained at its end.

    A node resets connections only when a test kills it, which may cut off what a page still loads.
    """
    opened: list[ChatPage] = []
    process = node and node.process

    def open_page(name: str, room: str = "lobby", **context: object) -> ChatPage:
        opened.append(ChatPage(browser, url, name, room, **context))
        return opened[-1]

    yield open_page
    killed = node is not None and (node.process is not process or not node.running)
    for chat in opened:
        chat.expect_no_problems(resets=killed)
        chat.close()


@pytest.fixture
def enter(browser: Browser, embedded_node: Node) -> Iterator[Open]:
    with pages(browser, embedded_node.url, embedded_node) as open_page:
        yield open_page


@pytest.fixture
def enter_cluster(browser: Browser, cluster: Cluster) -> Iterator[Open]:
    with pages(browser, cluster.url) as open_page:
        yield open_page
