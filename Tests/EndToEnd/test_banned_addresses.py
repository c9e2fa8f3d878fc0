"""A guest who was banned does not come back as another one: not from the same address, on any node or path."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import running, wait_until
from localcluster import HOST, Cluster, Node, free_port
from test_rooms import Person, invite
from wire import Wire

SETTINGS = {
    **{"DRAIN_GRACE": "0", "DRAIN_SECONDS": "2", "MESSAGE_RATE": "0", "CONNECTIONS_PER_ADDRESS": "0"},
    **{"MESSAGE_RATE_PER_ADDRESS": "0", "ROOMS_PER_ADDRESS": "0"},
    **{"AUTH": "both", "AUTH_HEADER": "X-User", "TRUSTED_PROXIES": f"{HOST}/32,198.51.100.0/24"},
}
BANNED = ("error", "forbidden", "you are banned from this room")


class Visitor(Person):
    """Somebody behind a proxy, who may have signed in there."""

    def __init__(
        self, node: Node, address: str | None = None, token: str | None = None, account: str | None = None
    ) -> None:
        self.headers = [f"X-Forwarded-For: {address}"] if address else []
        self.headers += [f"X-User: {account}"] if account else []
        Wire.__init__(self, node.url, *self.headers)
        self.name = "Somebody"
        self.say(type="hello", name=self.name, **({"token": token} if token else {}))
        welcome = self.first("welcome")
        self.id, self.token = welcome["user"]["id"], welcome.get("token")


@pytest.fixture(scope="module", params=["cluster", "embedded"])
def nodes(
    request: pytest.FixtureRequest, binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    directory = tmp_path_factory.mktemp("banned")
    if request.param == "cluster":
        cluster = Cluster(directory, binary, nodes=2, settings=SETTINGS)
        cluster.nodes[0].settings = {**cluster.nodes[0].settings, "ADMIN_PORT": str(free_port())}
        with cluster:
            yield cluster.nodes
        return
    with running(Node("n1", binary, directory / "logs", {**SETTINGS, "ADMIN_PORT": str(free_port())})) as node:
        yield [node, node]


def club(node: Node) -> tuple[Visitor, str]:
    """A room and its owner, a guest as well."""
    owner = Visitor(node, "192.0.2.1")
    room = owner.create(room=f"club-{uuid.uuid4().hex[:8]}")
    owner.join(room)
    owner.chat(room, "welcome")
    return owner, room


def entering(visitor: Visitor, room: str) -> str | tuple[object, ...]:
    """`joined`, or the refusal without a key; then the visitor is gone."""
    frame = visitor.join(room)
    visitor.close()
    return "joined" if frame["type"] == "joined" else (frame["type"], frame["code"], frame["message"])


def reading(node: Node, room: str, visitor: Visitor) -> int:
    """The status of `/messages`."""
    url = f"{node.url}/messages?{urllib.parse.urlencode({'room': room})}"
    headers = dict(header.split(": ") for header in visitor.headers) | {"Authorization": f"Bearer {visitor.token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            assert "welcome" in [message["text"] for message in json.load(answer)["messages"]]
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def asking_early(visitor: Visitor, room: str) -> list[dict[str, object]]:
    """All frames after a join, and after what was asked for before its answer."""
    visitor.hold()
    visitor.say(type="join", room=room)
    visitor.say(type="chat", room=room, text="said by nobody", key="chat")
    visitor.say(type="history", room=room)
    visitor.say(type="search", room=room, query="welcome", key="search")
    visitor.release()
    frames: list[dict[str, object]] = []

    def is_answered() -> bool:
        # While the first one is not answered: "already in this room".
        visitor.say(type="join", room=room)
        frames.extend(visitor.everything())
        refusals = [frame["code"] for frame in frames if frame["type"] == "error" and "key" not in frame]
        return refusals.count("forbidden") > 1

    assert wait_until(is_answered), frames
    return frames


def is_out(visitor: Visitor, room: str) -> None:
    assert visitor.until("left", room=room)[-1]["reason"] == "banned"


@pytest.mark.parametrize(
    ("banned", "same", "other"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.8"),
        ("2001:db8:1:2::9", "2001:db8:1:2:ffff::1", "2001:db8:1:3::9"),
        # The proxy in between is trusted, and what it says counts.
        ("203.0.113.9, 198.51.100.7", "192.0.2.99, 203.0.113.9", "203.0.113.9, 192.0.2.99"),
    ],
)
def test_nobody_without_a_role_comes_from_where_a_guest_was_banned(
    nodes: list[Node], banned: str, same: str, other: str
) -> None:
    owner, room = club(nodes[0])
    eve, tab, far = Visitor(nodes[1], banned), Visitor(nodes[1], same), Visitor(nodes[1], other)
    distant = Visitor(nodes[0], same)
    friend = Visitor(nodes[0], same)
    owner.role(room, friend, "member")
    for visitor in (eve, tab, far, friend, distant):
        assert visitor.join(room)["type"] == "joined"
    assert owner.role(room, eve, "banned")["type"] == "ack"
    is_out(eve, room)
    is_out(tab, room)
    # Another node may not know of the address, but the log does.
    if nodes[0] is nodes[1]:
        is_out(distant, room)
    else:
        assert wait_until(lambda: distant.chat(room, "me again").get("code") == "forbidden")
    distant.close()
    for node in nodes:
        assert entering(Visitor(node, same), room) == BANNED
        assert entering(Visitor(node, same, token=tab.token), room) == BANNED
        assert entering(Visitor(node, other), room) == "joined"
        assert entering(Visitor(node, same, token=friend.token), room) == "joined", "has a role"
        assert entering(Visitor(node, same, account="ann"), room) == "joined", "has signed in"
        assert entering(Visitor(node), room) == "joined", "from loopback"
        assert entering(Visitor(node, same), "lobby") == "joined", "another room"
    assert far.chat(room, "still here")["type"] == "ack" and friend.chat(room, "me, too")["type"] == "ack"

    # Nor is there anything to read or to say before the answer.
    for node in nodes:
        late = Visitor(node, same)
        frames = asking_early(late, room)
        assert not {"joined", "history", "found", "chat", "ack", "presence"} & {frame["type"] for frame in frames}
        assert {frame["code"] for frame in frames if "key" in frame} <= {"forbidden"}
        assert reading(node, room, late) == 403
        assert reading(node, room, far) == reading(node, room, friend) == 200
        late.close()
    owner.say(type="history", room=room)
    assert "said by nobody" not in json.dumps(owner.first("history"))

    assert owner.role(room, eve, "none")["type"] == "ack"
    for node in nodes:
        assert entering(Visitor(node, same), room) == "joined"
        assert entering(Visitor(node, banned, token=eve.token), room) == "joined"
    for visitor in (owner, eve, tab, far, friend):
        visitor.close()


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.1.5", "100.64.0.9", "fd00::9", "198.51.100.7", "::1", None])
def test_an_address_that_others_share_is_never_banned(nodes: list[Node], address: str | None) -> None:
    owner, room = club(nodes[0])
    eve, other = Visitor(nodes[1], address), Visitor(nodes[1], address)
    for visitor in (eve, other):
        visitor.join(room)
    owner.role(room, eve, "banned")
    is_out(eve, room)
    assert entering(Visitor(nodes[1], address, token=eve.token), room) == BANNED
    for node in nodes:
        assert entering(Visitor(node, address), room) == "joined"
    assert other.chat(room, "still here")["type"] == "ack"
    for visitor in (owner, eve, other):
        visitor.close()


def test_a_ban_that_ends_lifts_the_address(nodes: list[Node]) -> None:
    owner, room = club(nodes[0])
    eve = Visitor(nodes[1], "203.0.113.9")
    eve.join(room)
    owner.role(room, eve, "banned", seconds=3)
    is_out(eve, room)
    begun = time.monotonic()
    assert entering(Visitor(nodes[0], "203.0.113.9"), room) == BANNED
    assert wait_until(lambda: entering(Visitor(nodes[0], "203.0.113.9"), room) == "joined")
    assert time.monotonic() > begun + 1
    owner.close()
    eve.close()


def test_who_comes_back_from_elsewhere_is_banned_there_too_and_an_operator_lifts_it(
    nodes: list[Node], binary: Path
) -> None:
    url = f"http://{HOST}:{nodes[0].settings['ADMIN_PORT']}"

    def operator(*words: str) -> None:
        subprocess.run([binary, "room", *words, "--url", url], check=True, stdout=subprocess.DEVNULL)

    owner, room = club(nodes[0])
    eve = Visitor(nodes[1], "203.0.113.9")
    operator("role", room, eve.id, "banned", "--name", "Eve")
    assert entering(Visitor(nodes[0], "203.0.113.9"), room) == "joined", "nobody knows where Eve is"
    for address in ("203.0.113.9", "203.0.113.10"):
        assert entering(Visitor(nodes[1], address, token=eve.token), room) == BANNED
        assert wait_until(lambda address=address: entering(Visitor(nodes[0], address), room) == BANNED)
        assert entering(Visitor(nodes[1], address), room) == BANNED
    operator("unban", room, eve.id)
    for address in ("203.0.113.9", "203.0.113.10"):
        assert entering(Visitor(nodes[1], address), room) == "joined"
    # The next ban does not bring back those addresses.
    operator("ban", room, eve.id, "--name", "Eve")
    assert entering(Visitor(nodes[1], "203.0.113.10"), room) == "joined"
    owner.close()
    eve.close()


def test_an_invitation_lets_nobody_in_from_there(nodes: list[Node]) -> None:
    owner = Visitor(nodes[0], "192.0.2.1")
    room = owner.create(private=True)
    owner.join(room)
    token = invite(owner, room, uses=9)
    eve = Visitor(nodes[1], "203.0.113.9")
    eve.ask("created", type="accept", token=token)
    eve.join(room)
    owner.role(room, eve, "banned")
    assert eve.until("left", room=room)[-1]["reason"] == "removed"
    for node in nodes:
        again, other = Visitor(node, "203.0.113.9"), Visitor(node, "203.0.113.10")
        assert again.ask("created", type="accept", token=token)["code"] == "forbidden"
        assert again.join(room)["code"] == "not_found"
        assert other.ask("created", type="accept", token=token)["type"] == "created"
        assert other.join(room)["type"] == "joined"
        again.close()
        other.close()
    owner.close()
    eve.close()


def test_no_address_is_in_redis_or_in_the_logs(binary: Path, tmp_path: Path) -> None:
    with Cluster(tmp_path, binary, nodes=2, settings=SETTINGS) as cluster:
        owner, room = club(cluster.nodes[0])
        other = owner.create(room="other")
        owner.join(other)
        eve = Visitor(cluster.nodes[1], "203.0.113.9")
        for name in (room, other):
            eve.join(name)
            assert owner.role(name, eve, "banned")["type"] == "ack"
            is_out(eve, name)
            assert wait_until(lambda name=name: entering(Visitor(cluster.nodes[0], "203.0.113.9"), name) == BANNED)
        digests = []
        for name in (room, other):
            rules = cluster.redis.command("HGETALL", f"webchat:{{{name}}}:rules").splitlines()
            assert eve.id in rules and not any("203.0.113" in line for line in rules)
            [digest] = [line for line in rules if line.startswith("a:")]
            digests.append(digest)
        assert digests[0] != digests[1], "rooms cannot be compared"
        for log in (tmp_path / "logs").glob("n*.log"):
            assert "203.0.113" not in log.read_text()
        owner.close()
        eve.close()
