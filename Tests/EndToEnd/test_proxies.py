"""Two nodes behind each proxy of docs/proxies.md, with the files from deploy/."""

import json
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from chatpage import ChatPage
from conftest import wait_until
from localcluster import HOST, Cluster
from playwright.sync_api import Browser, expect
from proxies import HANDSHAKE, KINDS, PATIENCE, Proxy, Shipped
from wire import CLOSE, PING, PONG, Closed, Frames

SOCKETS_OF_ONE_ADDRESS = 12
ANYONE = ssl._create_unverified_context()
pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="needs Debian's proxies, /proc and all of 127.0.0.0/8")


class Line(Frames):
    """A TLS connection to a proxy: for requests, and for a socket that only answers pings."""

    def __init__(self, proxy: Proxy | Shipped, source: str = HOST) -> None:
        address = proxy.url.removeprefix("https://").rsplit(":", 1)
        plain = socket.create_connection((address[0], int(address[1])), timeout=30, source_address=(source, 0))
        super().__init__(ANYONE.wrap_socket(plain, server_hostname="localhost"))
        self.authority = ":".join(address)
        self.pings = 0
        self.pongs: list[bytes] = []
        self.ended = ""

    def request(self, path: str = "/ws?room=quiet", **headers: str) -> int:
        """Returns the status. Reads the whole body, so that another request may follow."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.authority}", *(f"{n}: {v}" for n, v in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self.take_until(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if length:
            self.take(int(length[1]))
        elif re.search(rb"(?i)\r\ntransfer-encoding: chunked", head):
            self.take_until(b"\r\n0\r\n\r\n")
        return int(head.split()[1])

    def upgrade(self, path: str = "/ws?room=quiet", **headers: str) -> int:
        return self.request(path, **HANDSHAKE | headers)

    def listen(self) -> None:
        self.socket.settimeout(PATIENCE * 4)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while True:
                opcode, payload = self.frame()
                if opcode == CLOSE:
                    self.ended = f"closed with {payload!r}"
                    return
                if opcode == PING:
                    self.pings += 1
                    self.send(payload, PONG)
                elif opcode == PONG:
                    self.pongs.append(payload)
        except (OSError, Closed) as error:
            self.ended = str(error) or repr(error)


class Standing:
    """The nodes, their proxies, and a silent socket through each proxy."""

    def __init__(self, cluster: Cluster, proxies: dict[str, Proxy | Shipped]) -> None:
        self.cluster = cluster
        self.proxies = proxies
        self.since = time.monotonic()
        self.idle: dict[str, Line] = {}


@pytest.fixture(scope="module")
def standing(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    directory = tmp_path_factory.mktemp("proxies")
    # The servers drop root privileges.
    for folder in (directory, directory.parent):
        folder.chmod(0o755)
    settings = {
        "TRUSTED_PROXIES": "127.0.0.1,::1",
        "CONNECTIONS_PER_ADDRESS": str(SOCKETS_OF_ONE_ADDRESS),
        "DRAIN_GRACE": "0",
        "DRAIN_SECONDS": "5",
        "AUTH": "both",
        "AUTH_HEADER": "X-Auth-Request-User",
        "AUTH_NAME_HEADER": "X-Auth-Request-Preferred-Username",
    }
    cluster = Cluster(directory, binary, nodes=2, settings=settings)
    shipped = Shipped(directory, cluster.nodes)
    cluster.nginx = shipped
    with ExitStack() as running:
        running.enter_context(cluster)
        proxies: dict[str, Proxy | Shipped] = {"nginx": shipped}
        for name, kind in KINDS.items():
            if issubclass(kind, Proxy):
                proxies[name] = proxy = kind(directory, cluster.nodes)
                running.callback(proxy.stop)
                proxy.start()
        standing = Standing(cluster, proxies)
        for name, proxy in proxies.items():
            standing.idle[name] = line = Line(proxy)
            running.callback(line.close)
            assert line.upgrade() == 101, name
            line.listen()
        yield standing


@pytest.fixture(params=KINDS)
def proxy(request: pytest.FixtureRequest, standing: Standing) -> Proxy | Shipped:
    return standing.proxies[request.param]


def talk(browser: Browser, url: str, room: str, between: Callable[[], None] = lambda: None) -> ChatPage:
    """Two users talk in turn, and `between` runs halfway. Returns one of their pages."""
    ann, bob = (ChatPage(browser, url, name, room, ignore_https_errors=True) for name in ("Ann", "Bob"))
    said = [f"line {number}" for number in range(6)]
    for number, text in enumerate(said):
        (ann, bob)[number % 2].say(text)
        if number == 2:
            between()
    for chat in (ann, bob):
        for text in said:
            chat.expect_message(text)
    # A user whose socket was cut may be later than the other.
    assert sorted(ann.texts) == said
    assert bob.texts == ann.texts
    bob.expect_no_problems()
    bob.close()
    return ann


def test_two_people_talk(browser: Browser, proxy: Proxy | Shipped) -> None:
    ann = talk(browser, proxy.url, f"talk-{proxy.name}")
    with ann.page.expect_websocket() as line:
        ann.page.reload()
    assert line.value.url == f"{proxy.url.replace('https', 'wss')}/ws"
    ann.expect_online()
    assert ann.page.evaluate("isSecureContext")
    ann.context.set_offline(True)
    ann.say("said in the tunnel")
    expect(ann.connection).to_have_text("Reconnecting…")
    ann.context.set_offline(False)
    ann.expect_sent("said in the tunnel")
    protocol = ann.page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
    assert protocol == ("h2" if proxy.speaks_http2 else "http/1.1")
    ann.expect_no_problems()
    ann.close()


def test_nodes_know_the_client_whatever_it_claims(proxy: Proxy | Shipped, standing: Standing) -> None:
    limit = SOCKETS_OF_ONE_ADDRESS * len(standing.cluster.nodes)
    with ExitStack() as held:

        def open_one(source: str, claim: int) -> int:
            line = held.enter_context(closing(Line(proxy, source)))
            # Proxies reuse connections, so the handshake is not the first request.
            assert line.request("/healthz") == 200
            return line.upgrade(**{"X-Forwarded-For": f"192.0.2.{claim}"})

        answers = [open_one("127.0.0.2", claim) for claim in range(limit + 1)]
        assert 429 in answers
        assert answers.count(101) >= SOCKETS_OF_ONE_ADDRESS
        assert open_one("127.0.0.3", 1) == 101


def test_nobody_names_themselves(proxy: Proxy | Shipped) -> None:
    claims = {"X-Auth-Request-User": "ann", "X-Auth-Request-Preferred-Username": "Ann"}
    with closing(Line(proxy, "127.0.0.4")) as line:
        assert line.upgrade("/ws", **{"Sec-WebSocket-Protocol": "webchat.v1"}, **claims) == 101
        line.send(b'{"type": "hello", "name": "Eve"}')
        user = json.loads(line.frame()[1])["user"]
        assert (user["kind"], user["name"]) == ("guest", "Eve")


def test_operators_pages_are_not_for_users(proxy: Proxy | Shipped) -> None:
    paths = [
        "/cluster",
        "/cluster/",
        "/cluster?x=1",
        "//cluster",
        "/%63luster",
        "/cluster/events",
        "/metrics",
        "/dev/x",
    ]
    prefixes = {"", proxy.path, f"{proxy.path}/"}
    for path in (prefix + path for prefix in prefixes for path in paths):
        with closing(Line(proxy)) as line:
            assert line.request(path, Connection="close") == 404, path
    with closing(Line(proxy)) as line:
        cookies = "; ".join(f"sso_{number}={'x' * 1000}" for number in range(15))
        assert line.upgrade(Cookie=cookies) == 101


def test_a_socket_that_says_nothing_stays(standing: Standing) -> None:
    """The nodes' pings keep sockets open beyond the proxies' timeout, which is shortened here."""
    assert wait_until(lambda: time.monotonic() > standing.since + PATIENCE + 5, PATIENCE + 10)
    for name, line in standing.idle.items():
        line.send(name.encode(), PING)
        assert wait_until(lambda line=line: bool(line.pongs or line.ended)), name
        assert line.ended == "", name
        assert line.pongs == [name.encode()]
        assert line.pings > 0, name


def test_a_reload_costs_nobody_a_message_under_a_path_too(
    browser: Browser, proxy: Proxy | Shipped, artifacts: Path
) -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/{proxy.pid}/task/{proxy.pid}/children").read_text().split())

    def reload() -> None:
        before = children()
        proxy.reload()
        assert not before or wait_until(lambda: bool(children() - before)), "nothing was started in place of the old"

    url = f"{proxy.url}{proxy.path}"
    room = f"reload-{proxy.name}"
    with closing(Line(proxy)) as line:
        # Without the slash, relative addresses would not work.
        assert not proxy.path or line.request(proxy.path) == 308
    ann = talk(browser, url, room, between=reload)
    assert ann.page.url == f"{url}/#/r/{room}"
    # Links to this chat stay on the page, links to other paths of the host do not; later parts are found.
    ann.say(f"see {url}/#/r/den and {proxy.url}/elsewhere/#/r/den")
    links = ann.log.locator("a")
    expect(links).to_have_count(2)
    assert [link.get_attribute("target") for link in links.all()] == [None, "_blank"]
    ann.page.keyboard.press("Control+/")
    expect(ann.page.get_by_role("dialog")).to_be_visible()
    ann.picture(artifacts, f"proxy-{proxy.name}")
    # Storage is separate for each chat on a host.
    prefix = f"{proxy.path}/" if proxy.path else ""
    names: list[str] = ann.page.evaluate("Object.keys(localStorage)")
    assert f"{prefix}webchat.name" in names
    assert {name.startswith("/") for name in names} == {bool(prefix)}
    asked = ann.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert [address for address in asked if not address.startswith(f"{url}/")] == []
    ann.expect_no_problems()
    ann.close()


def test_a_node_that_ends_is_missed_by_nobody(standing: Standing) -> None:
    standing.cluster.nodes[1].stop()
    for name, proxy in standing.proxies.items():
        for _ in range(4):
            with closing(Line(proxy)) as line:
                assert line.request("/") == 200, name
                assert line.upgrade() == 101, name
