"""The cluster page, while nodes and Redis are killed and restarted."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chatpage import WATCH_POLICY, Open, until
from localcluster import Cluster, Node
from playwright.sync_api import Browser, Locator, Page, Route, expect
from test_access import LOOKS, NOTE_TOLD, expect_accessible

# Gossip detects a killed node within 5 s, later on a busy machine.
DEAD_SECONDS = 60
PICTURED = ("desktop-light", "desktop-dark", "phone-light", "phone-dark")
# A busy machine is slow, and the page says so.
WELL = re.compile("^All 3 nodes (healthy|serve)")


# Verdicts that were announced.
NOTE_VERDICTS = """() => {
    window.verdicts = [];
    const line = document.getElementById("told");
    new MutationObserver(() => line.textContent && verdicts.push(line.textContent)).observe(line, { childList: true });
}"""

Report = dict  # the JSON of /cluster


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
        self.page.evaluate(NOTE_VERDICTS)

    def node(self, name: str) -> Locator:
        header = self.page.get_by_role("rowheader", name=re.compile(rf"^{name}\b"))
        return self.page.locator("#nodes tbody").get_by_role("row").filter(has=header)

    def expect_state(self, name: str, state: str | re.Pattern[str], seconds: float = 30) -> None:
        expect(self.node(name).locator(".badge")).to_have_text(state, timeout=seconds * 1000)

    def expect_news(self, text: str) -> None:
        """Announced since the page was opened."""
        until(lambda: any(text in news for news in self.page.evaluate("told")), self.page)

    def expect_verdict(self, text: str | re.Pattern[str], level: str | re.Pattern[str], seconds: float = 30) -> None:
        verdict = self.page.locator("#verdict")
        expect(verdict).to_have_text(text, timeout=seconds * 1000)
        expect(verdict).to_have_attribute("data-state", level)

    def expect_told(self, text: str) -> None:
        """The verdict was announced since the page was opened."""
        until(lambda: any(text in verdict for verdict in self.page.evaluate("verdicts")), self.page)

    def pretend(self, change: Callable[[Report], None], pause: str = "Pause") -> None:
        """From now on the page polls, and gets reports with this change."""

        def answer(route: Route) -> None:
            response = route.fetch()
            report = response.json()
            change(report)
            route.fulfill(response=response, body=json.dumps(report))

        self.page.route("**/cluster/events", lambda route: route.abort())
        self.page.route("**/cluster", answer)
        toggle = self.page.get_by_role("button", name=pause)
        toggle.click()
        toggle.click()

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
        watched.expect_verdict(WELL, re.compile("well|trouble"))
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
    away = f"\u2068{victim.name}\u2069 is away: 2 of 3 nodes serve"
    watched.expect_verdict(away, "trouble")
    watched.expect_told(away)
    watched.page.screenshot(path=artifacts / "cluster-one-dead.png", full_page=True)
    victim.start()
    watched.expect_state(victim.name, "alive")

    before = watched.answering
    named(cluster, before).kill()
    watched.expect_news("Now reporting from")
    until(lambda: watched.answering != before, watched.page)
    expect(watched.page.locator("#age")).not_to_contain_text("Stale")


def test_the_page_says_when_it_is_old_and_when_it_is_paused(
    browser: Browser, embedded_node: Node, artifacts: Path
) -> None:
    watched = ClusterPage(browser, embedded_node.url)
    age = watched.page.locator("#age")
    expect(age).to_have_text(re.compile("just now|1s ago|2s ago"))
    old = re.compile(r"\bstale\b")
    cluster = watched.page.locator("#cluster")
    expect(cluster).not_to_have_class(old)
    pause = watched.page.get_by_role("button", name="Pause")
    pause.focus()
    watched.page.keyboard.press("Enter")
    expect(pause).to_have_attribute("aria-pressed", "true")
    watched.page.clock.fast_forward(30_000)
    expect(age).to_have_text(re.compile("^Paused · 3.s ago$"))
    watched.expect_verdict(re.compile("^Paused: this is how it was 3.s ago$"), "unknown")
    expect(cluster).to_have_class(old)
    watched.page.keyboard.press("Enter")
    expect(age).to_have_text(re.compile("just now|1s ago|2s ago"))
    embedded_node.kill()
    watched.page.clock.fast_forward(10_000)
    expect(age).to_have_text(re.compile("^Stale · "))
    watched.expect_verdict(re.compile("^This page has heard nothing for [1-9].*s$"), "problem")
    watched.expect_told("This page has heard nothing for ")
    watched.page.clock.fast_forward(5_000)
    expect(age).to_have_text(re.compile("^Stale · [12][5-9]s ago"))
    told = watched.page.evaluate("verdicts")
    assert sum("heard nothing" in verdict for verdict in told) == 1, told
    expect(cluster).to_have_class(old)
    expect_accessible(watched.page, "stale")
    watched.page.screenshot(path=artifacts / "cluster-stale.png", full_page=True)
    embedded_node.start()
    expect(age).to_have_text(re.compile("just now|1s ago|2s ago"))
    watched.expect_verdict(re.compile("^1 node, standalone$|^1 node serves"), re.compile("well|trouble"))
    expect(cluster).not_to_have_class(old)
    watched.close()


def test_a_standalone_node_shows_its_figures_and_nothing_of_a_cluster(
    browser: Browser, embedded_node: Node, enter: Open, artifacts: Path
) -> None:
    ann = enter("Ann", room="general")
    ann.send("hello")
    for look, context in LOOKS.items():
        watched = ClusterPage(browser, embedded_node.url, **context)
        watched.expect_state("embedded", "alive")
        watched.expect_verdict(re.compile("^1 node, standalone$|^1 node serves"), re.compile("well|trouble"))
        figures = watched.page.locator("#numbers > div")
        labels = ["Users", "Rooms", "Messages/s", "Worst loop lag", "Up", "Restarts, 5 min"]
        expect(figures.locator("dt")).to_have_text(labels)
        expect(figures.locator("dd").first).to_have_text("1")
        expect(figures.locator("dd").nth(1)).to_have_text("1")
        expect(figures.locator("dd").filter(has_text="\u2013")).to_have_count(0)
        for name in ("Connections", "Delivery", "Redis", "Events", "Views of the nodes"):
            expect(watched.page.get_by_text(name, exact=True)).to_be_hidden()
        expect(watched.page.get_by_text("reporting", exact=True)).to_have_count(0)
        expect(watched.page.locator("#nodes .rtt")).to_have_count(2)
        expect(watched.page.locator("#nodes .rtt").first).to_be_hidden()
        expect(watched.page.locator("#facts")).not_to_contain_text("view")
        expect_accessible(watched.page, look)
        if look in PICTURED:
            watched.page.screenshot(path=artifacts / f"cluster-alone-{look}.png", full_page=True)
        watched.close()


def test_a_verdict_with_long_names_fits_in_german_on_a_small_screen(
    browser: Browser, embedded_node: Node, artifacts: Path
) -> None:
    def lose(report: Report) -> None:
        lost = {"state": "dead", "generation": 1}
        report["members"] += [report["members"][0] | lost | {"id": letter * 60} for letter in "abc"]

    for look, context in {"phone-light": LOOKS["phone-light"], "zoom-400": LOOKS["zoom-400"]}.items():
        watched = ClusterPage(browser, embedded_node.url, locale="de-DE", **context)
        watched.expect_verdict(re.compile("^1 Knoten"), re.compile("well|trouble"))
        watched.pretend(lose, pause="Anhalten")
        watched.expect_verdict(re.compile("sind weg: 1 von 4 Knoten ist im Dienst$"), "trouble")
        expect_accessible(watched.page, look)
        overflow = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{look}: the page is {overflow} px too wide"
        watched.page.screenshot(path=artifacts / f"cluster-german-{look}.png")
        watched.close()


def test_views_that_differ_for_long_stand_side_by_side(browser: Browser, cluster: Cluster, artifacts: Path) -> None:
    def divide(report: Report) -> None:
        others = [member for member in report["members"] if member["id"] != report["self"]]
        first, second = sorted(others, key=lambda member: member["id"])
        report["view"]["agreed"] = False
        first["viewHash"], second["viewHash"] = "5eef0000", report["view"]["hash"]
        first |= {"state": "suspect", "observedBy": [report["self"]]}
        first["accusations"] = [{"by": report["self"], "at": report["generatedAt"] - 7_000}]

    for look, context in LOOKS.items():
        watched = ClusterPage(browser, cluster.admin_url, **context)
        watched.expect_verdict(WELL, re.compile("well|trouble"))
        views = watched.page.get_by_role("table", name="Views of the nodes")
        expect(views).to_be_hidden()
        watched.pretend(divide)
        watched.expect_verdict(re.compile("^\u2068n[12]\u2069 has not answered for [789]s$"), "trouble")
        suspect = watched.page.locator("#nodes tr[data-state=suspect]")
        expect(suspect).to_contain_text(re.compile("no answer for [789]s"))
        expect(views).to_be_hidden()
        watched.page.clock.fast_forward(11_000)
        rows = views.locator("tbody").get_by_role("row")
        expect(rows).to_have_count(3)
        expect(rows.filter(has_text="5eef").locator(".differs")).to_have_count(1)
        expect(views.locator(".differs")).to_have_count(1)
        missed = suspect.locator("bdi").inner_text()
        expect(rows.filter(has_text=f"\u2068{missed}\u2069")).to_have_count(1)
        expect(watched.page.locator("#facts")).to_contain_text("nodes disagree")
        expect_accessible(watched.page, look)
        overflow = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{look}: the page is {overflow} px too wide"
        if look in PICTURED:
            watched.page.screenshot(path=artifacts / f"cluster-views-{look}.png", full_page=True)
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
    word = ann.connection
    redis = watched.page.get_by_role("table", name="Redis").get_by_role("row").filter(has_text="127.0.0.1:")
    expect(redis).to_contain_text(f":{cluster.redis_port}")
    expect(redis.locator(".badge")).to_have_text("connected")

    cluster.redis.kill()
    # The nodes notice within 5 s; the browser may be slow.
    expect(word).to_have_text("Can't send", timeout=10_000)
    watched.expect_verdict(re.compile(r"^Redis unreachable for \d+s: messages are waiting$"), "problem", 10)
    watched.expect_told("Redis unreachable")
    expect(watched.page).to_have_title("⚠ 3/3 · Cluster · Webchat")
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
    watched.expect_verdict(WELL, re.compile("well|trouble"))
    expect(watched.page.locator("#events")).to_contain_text("Reconnected to Redis.")
    watched.close()
