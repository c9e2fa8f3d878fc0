"""The service worker: the page without a connection, new versions of the page, and how to get rid of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatpage import ChatPage, Open, until
from conftest import pages, running
from localcluster import Nginx, Node
from playwright.sync_api import Browser, Page, expect
from test_access import look_at
from test_page import LOOK, NOTIFICATIONS, join

# Waits for the worker that the page has registered.
READY = "() => navigator.serviceWorker.ready.then(({ active }) => active.state)"

# Asks for a new version: what becomes of the new worker, or null if there is none. The browser and the page ask, too:
# then this may fail, or have no answer, and the test asks again.
UPDATE = """
    async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        const known = registration.waiting ?? registration.active;
        const late = new Promise((resolve) => setTimeout(() => resolve("late"), 5000));
        const failed = await Promise.race([registration.update().then(() => "", String), late]);
        if (failed) return failed;
        const found = registration.installing ?? registration.waiting;
        if (!found || found === known) return null;
        const ends = ["installed", "activated", "redundant"];
        const end = new Promise((resolve) => {
            const look = () => ends.includes(found.state) && resolve(found.state);
            found.addEventListener("statechange", look);
            look();
        });
        return Promise.race([end, late]);
    }
"""
WAITING = "() => navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting !== null)"
# This browser has no notifications.
SHOWN = """
    window.shown = [];
    ServiceWorkerRegistration.prototype.showNotification = async function (title, { body, tag, data }) {
        window.shown.push({ title, body, tag, data });
    };
"""
CLICK = """
    (room) => new Promise((resolve, reject) => {
        const event = new ExtendableEvent("notificationclick");
        event.notification = { data: { room }, close() {} };
        event.waitUntil = (done) => done.then(() => resolve(), reject);
        dispatchEvent(event);
    })
"""
LEFT = "async () => (await navigator.serviceWorker.getRegistrations()).length + (await caches.keys()).length"
NEWER = "() => Boolean(globalThis.newer)"


def expect_newer(page: Page) -> None:
    """A server that takes too long to answer gets the page of the version before."""
    until(lambda: page.evaluate(NEWER) or (page.reload() is None), page)


def with_worker(open_page: Open, name: str, **context: object) -> ChatPage:
    chat = open_page(name, service_workers="allow", **context)
    assert chat.page.evaluate(READY) in ("activating", "activated")
    return chat


def test_the_page_opens_offline_sends_later_and_notifies(enter: Open, embedded_node: Node, artifacts: Path) -> None:
    ann = with_worker(enter, "Ann", debug=True, before=LOOK + NOTIFICATIONS + SHOWN)
    join(ann, "garden")
    line = ann.page.get_by_role("navigation", name="Rooms").locator(".version")
    expect(line).to_contain_text("Page ")
    embedded_node.stop()
    ann.page.reload()
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#garden")
    unreached = ann.log.get_by_text("The messages in #garden appear here as soon as the server can be reached.")
    expect(unreached).to_be_visible()
    ann.say("written offline")
    ann.page.reload()
    ann.expect_message("written offline")
    # Also what this visit has not opened yet, with the query of its address.
    ann.page.keyboard.press("Control+/")
    expect(ann.page.get_by_role("dialog", name="Help")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(line).to_contain_text("Page ")
    expect(unreached).to_be_visible()
    ann.picture(artifacts, "offline")
    embedded_node.start()
    ann.expect_online()
    expect(unreached).to_have_count(0)
    ann.expect_sent("written offline")
    until(lambda: ann.page.evaluate(UPDATE) is None, ann.page)

    ann.page.get_by_role("button", name="More about this room").click()
    ann.page.get_by_role("button", name="Turn on notifications").click()
    expect(ann.toast).to_contain_text("You will be notified")
    ann.page.evaluate("location.hash = '#/r/lobby'")
    enter("Bob", room="garden").send("@Ann, look")
    shown = [{"title": "#garden", "body": "\u2068Bob\u2069: @Ann, look", "tag": "garden", "data": {"room": "garden"}}]
    until(lambda: ann.page.evaluate("shown") == shown, ann.page)
    # The tab with the room gets the click, not the one used last.
    second = ann.second_tab()
    # A tab that is still loading does not say which room it shows.
    for page in (ann.page, second):
        expect(page.get_by_role("navigation", name="Rooms").locator(".version")).to_contain_text("Page ")
    for page, room in ((ann.page, "garden"), (second, "random")):
        page.evaluate(f"location.hash = '#/r/{room}'")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"#{room}")
    [worker] = ann.context.service_workers
    worker.evaluate(CLICK, "garden")
    # No tab shows this room: one of them goes there.
    worker.evaluate(CLICK, "lobby")
    until(lambda: ann.page.title() == "#lobby · Webchat" or second.title() == "#lobby · Webchat", ann.page)
    assert {ann.page.title(), second.title()} - {"#lobby · Webchat"} <= {"#garden · Webchat", "#random · Webchat"}
    # A tab that is still loading is asked until it answers.
    second.goto(f"{embedded_node.url}/healthz")
    ann.page.reload(wait_until="commit")
    worker.evaluate(CLICK, "random")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("#random")


class Door(Nginx):
    """`deploy/nginx.conf` under a path, which may send requests for the service worker to another node."""

    worker_from: Node | None = None

    def render(self, *parts: object) -> Path:  # type: ignore[override]
        conf = Nginx.render(*parts)  # type: ignore[arg-type]
        more = "rewrite ^/chat(/.*)$ $1;\n"
        if self.worker_from:
            more += f"location = /worker.js {{ proxy_pass {self.worker_from.url}; }}\n"
        before, line, after = conf.read_text().partition("        location / {")
        assert line
        conf.write_text(before + more + line + after)
        return conf

    def use(self, node: Node, worker_from: Node | None = None) -> None:
        self.nodes, self.worker_from = [node], worker_from
        self.stop()
        self.start()


@pytest.fixture
def upgrade(binary: Path, tmp_path: Path) -> Iterator[tuple[Node, Node]]:
    """A node of this version, and one with a newer page."""
    newer = tmp_path / "frontend"
    shutil.copytree(Path(__file__).parents[2] / "frontend", newer)
    for name in ("js/runtime.js", "js/extras/Card.js"):
        with (newer / name).open("a") as file:
            file.write("globalThis.newer = true;\n")
    settings = {"DRAIN_GRACE": "0", "DRAIN_SECONDS": "5", "MESSAGE_RATE": "0"}
    old = Node("old", binary, tmp_path / "logs", settings | {"STATE_DIR": str(tmp_path / "a")})
    new = Node(
        "new", binary, tmp_path / "logs", settings | {"STATE_DIR": str(tmp_path / "b"), "STATIC_DIR": str(newer)}
    )
    for name in "ab":
        (tmp_path / name).mkdir()
    with running(old), running(new):
        yield old, new


def test_an_upgrade_reaches_tabs_as_a_whole_and_can_be_undone(
    browser: Browser, upgrade: tuple[Node, Node], tmp_path: Path, artifacts: Path
) -> None:
    old, new = upgrade
    with (
        running(Door(tmp_path / "nginx", tmp_path / "logs", [old])) as door,
        pages(browser, f"{door.url}/chat") as enter,
    ):
        ann = with_worker(enter, "Ann")
        ann.reload()

        # Some requests go to a newer node: its list of files does not match those of the other one.
        door.use(old, worker_from=new)
        until(lambda: ann.page.evaluate(UPDATE) == "redundant", ann.page)
        ann.reload()
        assert not ann.page.evaluate(NEWER)

        # A new tab gets the new page, the old tab keeps its own and says so.
        door.use(new)
        ann.expect_online()
        ann.field.fill("half a thought")
        until(lambda: ann.page.evaluate(UPDATE) is None, ann.page)
        line = ann.page.get_by_role("navigation", name="Rooms").locator(".version")
        expect(line).to_contain_text("New version ready.")
        look_at(ann, artifacts, "new-version", "desktop")
        second = ann.second_tab()
        expect_newer(second)
        for page, is_newer in ((ann.page, False), (second, True)):
            text = page.evaluate("fetch('static/js/extras/Card.js').then((answer) => answer.text())")
            assert ("globalThis.newer" in text) == is_newer
        second.close()
        with ann.page.expect_event("load"):
            line.get_by_role("button", name="Reload").click()
        expect_newer(ann.page)
        ann.expect_online()
        expect(line).to_have_count(0)
        expect(ann.field).to_have_value("half a thought")
        # No tab shows the old version any more: the new worker takes over, and serves the page without a server.
        until(lambda: not ann.page.evaluate(WAITING), ann.page)
        new.stop()
        ann.page.reload()
        expect(ann.field).to_have_value("half a thought")
        assert ann.page.evaluate(NEWER)

        # The operator wants none of it.
        new.settings = {**new.settings, "PAGE_OFFLINE": "off"}
        new.start()
        ann.reload()
        until(lambda: ann.page.evaluate(LEFT) == 0, ann.page)
        ann.reload()
        assert served_by_node(ann.page)


def served_by_node(page: Page) -> bool:
    return page.evaluate("performance.getEntriesByType('resource').every(({ workerStart }) => workerStart === 0)")
