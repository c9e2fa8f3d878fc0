"""The cluster page, while nodes and Redis are killed and restarted."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatpage import WATCH_POLICY, Open, until
from localcluster import Cluster, Node
from playwright.sync_api import Browser, Locator, Page, expect
from test_access import LOOKS, NOTE_TOLD, expect_accessible

# Gossip detects a killed node within 5 s, later on a busy machine.
DEAD_SECONDS = 60
PICTURED = ("desktop-light", "desktop-dark", "phone-light")


class ClusterPage:
    """One browser on the cluster page. `problems` collects errors of the page and must stay empty."""

    def __init__(self, browser: Browser, url: str, **context: object) -> None:
        self.page: Page = browser.new_page(**({"viewport": {"width": 1280, "height": 800}} | context))
        self.page.add_init_script(WATCH_POLICY)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.clock.install()
        self.page.goto(f"{url}/cluster")
        self.page.evaluate(NOTE_TOLD, "news")

    def node(self, name: str) -> Locator:
        header = self.page.get_by_role("rowheader", name=re.compile(rf"^{name}\b"))
        return self.page.locator("#nodes tbody").get_by_role("row").filter(has=header)

    def expect_state(self, name: str, state: str | re.Pattern[str], seconds: float = 30) -> None:
        expect(self.node(name).locator(".badge")).to_have_text(state, timeout=seconds * 1000)

    def expect_news(self, text: str) -> None:
        """Announced since the page was opened."""
        until(lambda: any(text in news for news in self.page.evaluate("told")), self.page)

    @property
    def answering(self) -> str:
        return self.page.get_by_role("row").filter(has_text="reporting").locator("bdi").inner_text()

    def close(self) -> None:
        assert self.page.evaluate("violations") == []
        assert self.problems == [], "\n".join(self.problems)
        self.page.close()


@pytest.fixture
def watched(browser: Browser, cluster: Cluster) -> Iterator[ClusterPage]:
    page = ClusterPage(browser, cluster.admin_url)
    yield page
    page.close()


def named(cluster: Cluster, name: str) -> Node:
    return next(node for node in cluster.nodes if node.name == name)


def test_everybody_finds_the_nodes_on_the_page(browser: Browser, cluster: Cluster, artifacts: Path) -> None:
    for look, context in LOOKS.items():
        watched = ClusterPage(browser, cluster.admin_url, **context)
        for node in cluster.nodes:
            watched.expect_state(node.name, "alive")
        expect(watched.page.locator("#verdict")).to_have_text("3 of 3 alive")
        # Nodes exchange their views every 5 s.
        expect(watched.page.locator("#facts")).to_contain_text("agreed")
        expect(watched.page).to_have_title("3/3 · Cluster · Webchat")
        expect(watched.page.get_by_role("link", name="Back to the chat")).to_be_visible()
        watched.page.locator("summary").click()
        expect(watched.page.locator(".tree").get_by_text("redis-publish")).to_be_visible()
        expect_accessible(watched.page, look)
        overflow = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{look}: the page is {overflow} px too wide"
        if look in PICTURED:
            watched.page.locator("summary").click()
            watched.page.screenshot(path=artifacts / f"cluster-{look}.png", full_page=True)
        watched.close()


def test_the_page_follows_what_happens_to_the_nodes(watched: ClusterPage, cluster: Cluster, artifacts: Path) -> None:
    for node in cluster.nodes:
        watched.expect_state(node.name, "alive")
    answering = watched.answering
    victim = next(node for node in cluster.nodes if node.name != answering)
    victim.kill()
    watched.expect_state(victim.name, "dead", DEAD_SECONDS)
    watched.expect_news(f"\u2068{victim.name}\u2069 was declared dead.")
    expect(watched.page.locator("#verdict")).to_have_text("2 of 3 alive")
    watched.page.screenshot(path=artifacts / "cluster-one-dead.png", full_page=True)
    victim.start()
    watched.expect_state(victim.name, "alive")

    before = watched.answering
    named(cluster, before).kill()
    watched.expect_news("Now reporting from")
    until(lambda: watched.answering != before, watched.page)
    expect(watched.page.locator("#age")).not_to_contain_text("Stale")


def test_the_page_says_when_it_is_old_and_when_it_is_paused(browser: Browser, embedded_node: Node) -> None:
    watched = ClusterPage(browser, embedded_node.url)
    age = watched.page.locator("#age")
    expect(age).to_have_text(re.compile("just now|1s ago|2s ago"))
    pause = watched.page.get_by_role("button", name="Pause")
    pause.focus()
    watched.page.keyboard.press("Enter")
    expect(pause).to_have_attribute("aria-pressed", "true")
    watched.page.clock.fast_forward(30_000)
    expect(age).to_have_text(re.compile("^Paused · 3.s ago$"))
    watched.page.keyboard.press("Enter")
    expect(age).to_have_text(re.compile("just now|1s ago|2s ago"))
    embedded_node.kill()
    watched.page.clock.fast_forward(10_000)
    expect(age).to_have_text(re.compile("^Stale · "))
    watched.expect_news("No node is responding.")
    embedded_node.start()
    expect(age).to_have_text(re.compile("just now|1s ago|2s ago"))
    watched.close()


def test_the_chat_leads_to_the_cluster_where_that_is_served(browser: Browser, cluster: Cluster) -> None:
    for url, served in ((cluster.admin_url, True), (cluster.url, False)):
        page = browser.new_page()
        # Only operators are led there.
        page.goto(f"{url}/?debug")
        page.get_by_label("Name", exact=True).fill("Ann")
        with page.expect_response(lambda response: response.url.endswith("/cluster")) as answer:
            page.keyboard.press("Enter")
        assert answer.value.ok == served
        link = page.get_by_role("navigation").get_by_role("link", name="Cluster")
        if served:
            link.click()
            expect(page.get_by_role("heading", name="Cluster")).to_be_visible()
            page.get_by_role("link", name="Back to the chat").click()
            expect(page.get_by_role("log")).to_be_visible()
        else:
            expect(link).to_have_count(0)
        page.close()


def test_both_pages_say_that_redis_is_gone_and_that_it_is_back(
    browser: Browser, cluster: Cluster, enter_cluster: Open, artifacts: Path
) -> None:
    ann = enter_cluster("Ann")
    ann.send("before")
    watched = ClusterPage(browser, cluster.admin_url)
    watched.expect_state("n1", "alive")
    word, verdict = ann.connection, watched.page.locator("#verdict")
    redis = watched.page.get_by_role("table", name="Redis").get_by_role("row").filter(has_text="127.0.0.1:")
    expect(redis).to_contain_text(f":{cluster.redis_port}")
    expect(redis.locator(".badge")).to_have_text("connected")

    cluster.redis.kill()
    # The nodes notice within 5 s; the browser may be slow.
    expect(word).to_have_text("Can't send", timeout=10_000)
    expect(verdict).to_have_text("3 of 3 alive, messages can't be sent", timeout=10_000)
    expect(watched.page.locator("#degraded")).to_contain_text("no connection to Redis")
    expect(redis.locator(".badge")).to_have_text("away")
    expect(watched.page.locator("#events")).to_contain_text("Lost the connection to Redis. Messages can't be sent.")
    ann.say("said meanwhile")
    expect(ann.page.locator("#banner")).to_contain_text("The server can't accept messages right now.")
    ann.page.screenshot(path=artifacts / "redis-gone-chat.png")
    watched.page.screenshot(path=artifacts / "redis-gone-cluster.png", full_page=True)

    cluster.redis.start()
    expect(word).to_have_text("Online")
    expect(ann.page.locator("#banner")).to_be_hidden()
    ann.send("after")
    expect(verdict).to_have_text("3 of 3 alive")
    expect(watched.page.locator("#events")).to_contain_text("Reconnected to Redis.")
    watched.close()
