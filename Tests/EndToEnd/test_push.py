"""Users are told of mentions and direct messages while their page is closed: by a real push service on this machine,
which a node may send to since its operator has named it."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import pages, refused_start, running, wait_until
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey
from localcluster import Cluster, Node
from playwright.sync_api import Browser, CDPSession, expect
from pushservice import Pushed, PushService, Subscription, decode, encode
from test_access import look_at
from test_page import NOTIFICATIONS
from wire import Wire

CONTACT = "mailto:operator@chat.example"


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


def settings(service: PushService, content: str = "text") -> dict[str, str]:
    limits = {"MESSAGE_RATE": "0"}
    return limits | {"PUSH_CONTACT": CONTACT, "PUSH_CONTENT": content, "PUSH_HOSTS": f"push.example,{service.url}"}


@contextmanager
def node_that_pushes(binary: Path, directory: Path, service: PushService, content: str = "text") -> Iterator[Node]:
    more = {"STATE_DIR": str(directory / "state"), "DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"}
    with running(Node("pushing", binary, directory / "logs", settings(service, content) | more)) as node:
        yield node


class User:
    """A user on the wire."""

    def __init__(self, url: str, name: str) -> None:
        self.wire = Wire(url)
        self.wire.say(type="hello", name=name)
        self.welcome = self.wire.first("welcome")
        self.id = self.welcome["user"]["id"]
        self.sent = 0

    def subscribe(self, browser: Subscription, **rooms: str) -> dict:
        self.wire.send(browser.frame(self.welcome["push"]["key"], rooms).encode())
        return self.wire.first("push", "error", key="push-1")

    def join(self, room: str) -> None:
        self.wire.say(type="join", room=room)
        self.wire.first("joined", room=room)

    def chat(self, room: str, text: str, **more: str) -> str:
        self.sent += 1
        key = f"{self.id}-{self.sent}"
        self.wire.say(type="chat", room=room, text=text, key=key, **more)
        return self.wire.first("ack", key=key)["id"]


def metric(url: str, series: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        [value] = re.findall(rf"^{re.escape(series)} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(value)


def test_the_reader_of_these_tests_reads_the_example_of_the_rfc() -> None:
    """RFC 8291, appendix A."""
    scalar = int.from_bytes(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    browser = Subscription("", key, decode("BTBZMqHH6r4Tts7J_aSIgg"))
    body = decode(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
        "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.open(body) == b"When I grow up, I want to be a watermelon"


def expect_signed(pushed: Pushed, service: PushService, server_key: str) -> None:
    """RFC 8292."""
    found = re.fullmatch(r"vapid t=(\S+), k=(\S+)", pushed.headers["authorization"])
    assert found and found[2] == server_key
    point = decode(server_key)
    key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])})
    claims = jwt.decode(found[1], key, algorithms=["ES256"]).claims
    assert claims["aud"] == service.url and claims["sub"] == CONTACT
    assert pushed.headers["content-encoding"] == "aes128gcm" and pushed.headers["ttl"] == "86400"
    assert pushed.headers["urgency"] == "high" and len(pushed.headers["topic"]) == 24


def test_mentions_answers_and_direct_messages_are_pushed_until_the_browser_is_gone(
    binary: Path, tmp_path: Path, service: PushService
) -> None:
    browser = service.subscribe()
    with node_that_pushes(binary, tmp_path, service) as node:
        ann, bob = User(node.url, "Ann"), User(node.url, "Bob")
        server_key = ann.welcome["push"]["key"]
        assert "push" in ann.welcome["features"]
        # Elsewhere, nothing is sent.
        for endpoint in ("https://127.0.0.1/", "http://push.example/", "https://push.example@evil.example/", node.url):
            assert ann.subscribe(Subscription(endpoint))["code"] == "forbidden", endpoint
        rooms = {"lobby": "mentions", "garden": "mentions", "attic": "nothing", "cellar": "all"}
        assert ann.subscribe(browser, **rooms)["on"] is True
        for room in rooms:
            bob.join(room)
        ann.join("garden")
        question = ann.chat("garden", "who waters the plants?")
        ann.wire.close()
        bob.chat("lobby", "not for anybody")
        bob.chat("attic", "@Ann, not wanted there")
        # What is deleted before it is pushed is not pushed; Ann has just left the garden, and may come back.
        deleted = bob.chat("garden", "@Ann, never mind")
        bob.wire.say(type="delete", room="garden", id=deleted, key="d1")
        bob.wire.first("ack", key="d1")
        mention = bob.chat("lobby", "hello @ann!")
        said = bob.chat("cellar", "anything")
        bob.wire.say(type="create", key="c1", **{"with": ann.id}, name="Ann")
        direct = bob.wire.first("created", key="c1")["room"]
        bob.join(direct)
        secret = bob.chat(direct, "between us")
        answer = bob.chat("garden", "I do", re=question)

        def told() -> dict[str, dict]:
            return {one["room"]: one for one in service.told(browser)}

        assert wait_until(lambda: len(told()) == 4, 60), service.told(browser)
        expected = {
            "lobby": {"id": mention, "addressed": True, "text": "hello @ann!"},
            "cellar": {"id": said, "addressed": False, "text": "anything"},
            direct: {"id": secret, "addressed": False, "text": "between us"},
            "garden": {"id": answer, "addressed": True, "text": "I do"},
        }
        assert told() == {room: {"room": room, "from": "Bob"} | one for room, one in expected.items()}
        assert len(service.pushed) == 4
        expect_signed(next(one for one in service.pushed if one.headers["urgency"] == "high"), service, server_key)
        # The lengths say little.
        assert {len(one.body) for one in service.pushed} == {86 + 256 + 17}

        # The key survives a restart; a browser that has unsubscribed is forgotten.
        node.stop()
        node.start()
        ann, bob = User(node.url, "Ann"), User(node.url, "Bob")
        assert ann.welcome["push"]["key"] == server_key
        assert ann.subscribe(browser, lobby="mentions")["on"] is True
        service.answers["/one"] = (410, {})
        bob.join("lobby")
        bob.chat("lobby", "@Ann, are you there?")
        assert wait_until(lambda: metric(node.url, 'webchat_pushes_total{result="gone"}') == 1)
        assert wait_until(lambda: metric(node.url, "webchat_push_subscribers") == 0)
        # A redirect is not followed, and is no success.
        service.answers["/moved"] = (307, {"location": f"{service.url}/elsewhere"})
        assert ann.subscribe(service.subscribe("/moved"), attic="mentions")["on"] is True
        bob.join("attic")
        bob.chat("attic", "@Ann, again")
        assert wait_until(lambda: metric(node.url, 'webchat_pushes_total{result="refused"}') == 1)
        assert "/elsewhere" not in [one.path for one in service.pushed]


def test_another_node_goes_on_where_the_one_that_sent_has_died(
    binary: Path, tmp_path: Path, service: PushService
) -> None:
    with Cluster(tmp_path, binary, settings=settings(service, "sender") | {"DRAIN_GRACE": "0"}) as cluster:
        browser = service.subscribe()
        ann, bob = User(cluster.nodes[0].url, "Ann"), User(cluster.nodes[1].url, "Bob")
        assert ann.welcome["push"] == bob.welcome["push"]
        assert ann.subscribe(browser, lobby="mentions", garden="mentions")["on"] is True
        ann.wire.close()
        bob.join("lobby")
        first = bob.chat("lobby", "@Ann, hello")
        assert wait_until(lambda: len(service.pushed) == 1)
        assert service.told(browser) == [{"room": "lobby", "id": first, "addressed": True, "from": "Bob"}]
        senders = [node for node in cluster.nodes if metric(node.url, "webchat_push_sender") == 1]
        assert len(senders) == 1
        senders[0].kill()
        rest = [node for node in cluster.nodes if node.running]
        bob = User(rest[0].url, "Bob")
        bob.join("garden")
        second = bob.chat("garden", "@Ann, still there?")
        assert wait_until(lambda: second in [one["id"] for one in service.told(browser)], 60)
        assert sum(metric(node.url, "webchat_push_sender") for node in rest) == 1


def test_settings_that_do_not_fit_are_refused(binary: Path) -> None:
    assert "PUSH_CONTACT" in refused_start(binary, PUSH_CONTENT="text")
    assert "STATE_DIR" in refused_start(binary, PUSH_CONTACT=CONTACT)
    assert "must be mailto:" in refused_start(binary, PUSH_CONTACT='mailto:a@b","sub":"c', STATE_DIR="/tmp")
    refused = refused_start(binary, PUSH_CONTACT=CONTACT, PUSH_HOSTS="https://a/b", STATE_DIR="/tmp")
    assert "must be a comma-separated list of hosts" in refused


# Headless Chromium has no push service: its place is taken by the one of this test, with the keys of a browser.
SUBSCRIBED = """
    (given) => {
        const made = (applicationServerKey) => ({
            options: { applicationServerKey },
            endpoint: given.endpoint,
            toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
            unsubscribe: async () => { sessionStorage.removeItem("subscribed"); return true; },
        });
        PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
            const key = applicationServerKey.buffer ?? applicationServerKey;
            sessionStorage.setItem("subscribed", JSON.stringify([...new Uint8Array(key)]));
            return made(key);
        };
        PushManager.prototype.getSubscription = async () => {
            const known = sessionStorage.getItem("subscribed");
            return known && made(new Uint8Array(JSON.parse(known)).buffer);
        };
    }
"""


# Nor may it notify: the page's part is the stub of other tests, and the worker's keeps what it would show.
KEPT = """
    () => {
        self.shown = [];
        const keep = async (title, { body, tag, data }) => void self.shown.push([title, body, tag, data]);
        self.registration.showNotification = keep;
    }
"""
READY = "async () => { await navigator.serviceWorker.ready; }"


def test_a_browser_subscribes_on_the_page_and_its_worker_shows_what_arrives(
    binary: Path, tmp_path: Path, service: PushService, browser: Browser, artifacts: Path
) -> None:
    mine = service.subscribe()
    keys = {"endpoint": mine.endpoint, "p256dh": encode(mine.public), "auth": encode(mine.auth)}
    with node_that_pushes(binary, tmp_path, service) as node, pages(browser, node.url, node) as enter:
        ann, bob = enter("Ann", room="garden", service_workers="allow"), User(node.url, "Bob")
        ann.page.evaluate(READY)
        ann.reload(before=f"{NOTIFICATIONS}({SUBSCRIBED})({json.dumps(keys)})")
        ann.page.evaluate(READY)
        menu = ann.page.get_by_role("button", name="More about this room")
        offer = ann.page.get_by_role("button", name="Notify me also when the page is closed")
        menu.click()
        expect(offer).to_be_hidden()
        ann.page.get_by_role("button", name="Turn on notifications").click()
        expect(ann.toast).to_contain_text("You will be notified")
        menu.click()
        expect(offer).to_be_visible()
        look_at(ann, artifacts, "push-offer", "desktop-light")
        offer.click()
        expect(ann.toast).to_contain_text("You will also be notified while the page is closed.")
        [worker] = ann.context.service_workers
        worker.evaluate(KEPT)
        address = ann.page.url
        ann.page.goto("about:blank")
        bob.join("garden")
        said = bob.chat("garden", "@Ann, look at this")
        assert wait_until(lambda: len(service.pushed) == 1, 60)
        [told] = service.told(mine)
        assert told == {"room": "garden", "id": said, "addressed": True, "from": "Bob", "text": "@Ann, look at this"}

        # A page on screen needs no second notification.
        ann.page.goto(address)
        ann.expect_online()
        session = ann.context.new_cdp_session(ann.page)
        deliver(session, node.url, told | {"room": "lobby", "id": "1-1"})
        ann.page.goto(f"{node.url}/healthz")
        deliver(session, node.url, told)
        shown = ["#garden", "\u2068Bob\u2069: @Ann, look at this", "garden", {"room": "garden", "id": said}]
        assert wait_until(lambda: len(worker.evaluate("() => self.shown")) > 0)
        assert worker.evaluate("() => self.shown") == [shown]

        # Turned off again.
        ann.page.goto(address)
        ann.expect_online()
        menu.click()
        ann.page.get_by_role("button", name="Turn on notifications").click()
        expect(ann.toast).to_contain_text("You will be notified")
        menu.click()
        ann.page.get_by_role("button", name="Notify me only while the page is open").click()
        expect(ann.toast).to_contain_text("You will be notified only while the page is open.")
        assert wait_until(lambda: metric(node.url, "webchat_push_subscribers") == 0)


def deliver(session: CDPSession, url: str, told: dict) -> None:
    """As the browser's push service reaches the service worker of a page."""
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"]),
    )
    session.send("ServiceWorker.disable")
    session.send("ServiceWorker.enable")
    assert wait_until(lambda: session.send("Runtime.evaluate", {"expression": "1"}) and len(found) > 0)
    what = {"origin": url, "registrationId": found[-1], "data": json.dumps(told)}
    session.send("ServiceWorker.deliverPushMessage", what)
