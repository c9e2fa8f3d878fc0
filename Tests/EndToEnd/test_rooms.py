"""Rooms that belong to somebody, on nodes behind one Redis: who is let in, who is removed, and what they learn."""

import json
import random
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import running
from localcluster import Cluster, Node
from wire import Wire


class Person(Wire):
    """A guest on a node."""

    def __init__(self, node: Node, name: str, token: str | None = None) -> None:
        super().__init__(node.url)
        self.name = name
        self.say(type="hello", name=name, **({"token": token} if token else {}))
        welcome = self.first("welcome")
        assert "rooms" in welcome["features"]
        self.id = welcome["user"]["id"]
        self.token = welcome["token"]

    def ask(self, *answers: str, **members: object) -> dict[str, object]:
        """The answer to a frame with a key, or its refusal."""
        key = str(members.setdefault("key", uuid.uuid4().hex))
        self.say(**members)
        return self.first(*answers, "error", key=key)

    def create(self, **members: object) -> str:
        return str(self.ask("created", type="create", **members)["room"])

    def join(self, room: str, **members: object) -> dict[str, object]:
        self.say(type="join", room=room, **members)
        return self.first("joined", "error", room=room)

    def chat(self, room: str, text: str, key: str | None = None) -> dict[str, object]:
        return self.ask("ack", type="chat", room=room, text=text, **({"key": key} if key else {}))

    def role(self, room: str, of: "Person", role: str, **members: object) -> dict[str, object]:
        return self.ask("ack", type="role", room=room, member=of.id, name=of.name, role=role, **members)

    def until(self, kind: str, **members: object) -> list[dict[str, object]]:
        """All frames up to the first such one, that one included."""
        frames = []
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            frames.append(self.next())
            last = frames[-1]
            if last["type"] == kind and all(last.get(name) == value for name, value in members.items()):
                return frames
        raise TimeoutError(f"no {kind} with {members} within a minute")

    def everything(self) -> list[dict[str, object]]:
        """All frames until the server has answered a ping."""
        at = time.monotonic_ns() % 1_000_000
        self.say(type="ping", at=at)
        return self.until("pong", at=at)


@pytest.fixture(scope="module", params=["cluster", "embedded"])
def nodes(
    request: pytest.FixtureRequest, binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Node]]:
    directory = tmp_path_factory.mktemp("rooms")
    settings = {"DRAIN_GRACE": "0", "DRAIN_SECONDS": "2", "MESSAGE_RATE": "0", "CONNECTIONS_PER_ADDRESS": "0"}
    if request.param == "cluster":
        with Cluster(directory, binary, nodes=2, settings=settings) as cluster:
            yield cluster.nodes
    else:
        with running(Node("n1", binary, directory / "logs", settings)) as node:
            yield [node, node]


def invite(owner: Person, room: str, **members: object) -> str:
    return str(owner.ask("invitation", type="invite", room=room, **members)["token"])


def messages(node: Node, room: str, token: str | None = None) -> list[str]:
    request = urllib.request.Request(f"{node.url}/messages?{urllib.parse.urlencode({'room': room})}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        return [message["text"] for message in json.load(answer)["messages"]]


def rooms(node: Node) -> set[str]:
    with urllib.request.urlopen(f"{node.url}/rooms") as answer:
        return {room["room"] for room in json.load(answer)["rooms"]}


def test_a_private_room_is_for_its_members_and_nobody_else_learns_of_it(nodes: list[Node]) -> None:
    ann, bob, eve = Person(nodes[0], "Ann"), Person(nodes[1], "Bob"), Person(nodes[1], "Eve")
    room = ann.create(private=True, title="Planning")
    joined = ann.join(room)
    assert joined["rules"] == {"title": "Planning", "topic": "", "speak": "everyone", "slow": 0, "role": "owner"}
    assert "messages" in joined and ann.chat(room, "the secret")["type"] == "ack"

    nobody = "_private-" + "a" * 26
    refusals = [eve.join(name) for name in (room, nobody)]
    assert [(frame["type"], frame["code"], frame["message"]) for frame in refusals] == [
        ("error", "not_found", "there is no such room")
    ] * 2
    for frame in ("history", "search", "roles", "typing"):
        eve.say(type=frame, room=room, query="secret", key="k")
        assert eve.first("error", room=room)["code"] == "not_joined"
    assert eve.ask("ack", type="role", room=room, member=eve.id, name="Eve", role="owner")["code"] == "not_joined"
    assert messages(nodes[1], room) == messages(nodes[1], nobody) == messages(nodes[0], room, eve.token) == []
    assert messages(nodes[1], room, ann.token) == ["the secret"]
    assert not any(name.startswith("_private-") for name in rooms(nodes[0]))

    token = invite(ann, room)
    seen = bob.ask("invitation", type="inspect", token=token)
    assert (seen["title"], seen["from"]) == ("Planning", {"id": ann.id, "name": "Ann"}) and "token" not in seen
    assert bob.ask("created", type="accept", token=token)["room"] == room
    joined = bob.join(room)
    assert [entry["text"] for entry in joined["messages"] if "act" not in entry] == ["the secret"]
    assert joined["rules"]["role"] == "member"
    assert eve.ask("created", type="accept", token=token)["code"] == "forbidden", "used"
    assert eve.ask("created", type="accept", token=token[:-4] + "aaaa")["code"] == "not_found"
    assert bob.ask("invitation", type="invite", room=room)["code"] == "forbidden"

    # Nobody in the room has heard of Eve.
    frames = ann.everything()
    assert eve.id not in json.dumps(frames) and bob.id in json.dumps(frames)
    for person in (ann, bob, eve):
        person.close()


def test_who_is_removed_gets_what_was_said_before_and_nothing_after(nodes: list[Node]) -> None:
    ann, bob = Person(nodes[0], "Ann"), Person(nodes[1], "Bob")
    room = ann.create(private=True)
    ann.join(room)
    token = invite(ann, room, uses=10)
    bob.ask("created", type="accept", token=token)
    position = bob.join(room)
    first = bob.chat(room, "hello", key="before")
    # In one piece: the messages around the removal are in the log one after the other.
    ann.hold()
    for number in range(20):
        ann.say(type="chat", room=room, text=f"before {number}", key=f"b{number}")
    ann.say(type="role", room=room, member=bob.id, name="Bob", role="none", key="out")
    for number in range(20):
        ann.say(type="chat", room=room, text=f"after {number}", key=f"a{number}")
    ann.release()
    ann.first("ack", key="a19")
    frames = bob.until("left", room=room)
    assert frames[-1]["reason"] == "removed"
    said = [frame["text"] for frame in frames if frame["type"] == "chat" and "act" not in frame]
    assert [text for text in said if text != "hello"] == [f"before {number}" for number in range(20)]
    assert bob.everything()[:-1] == []

    assert bob.join(room, since=position["head"], epoch=position["epoch"])["code"] == "not_found"
    assert bob.chat(room, "hello", key="before")["code"] == "not_joined"
    assert bob.ask("created", type="accept", token=token)["code"] == "forbidden"
    assert messages(nodes[1], room, bob.token) == []
    bob.say(type="rooms")
    assert room not in bob.first("rooms")["rooms"]

    # Let in again, Bob resumes where he was, and his message before has its first ack.
    assert ann.role(room, bob, "member")["type"] == "ack"
    assert bob.first("added") == {"type": "added", "room": room, "from": {"id": ann.id, "name": "Ann"}}
    again = bob.join(room, since=position["head"], epoch=position["epoch"])
    assert again["recovered"] and [entry["text"] for entry in again["messages"]][-2] == "after 19"
    assert bob.chat(room, "hello", key="before")["id"] == first["id"]
    ann.close()
    bob.close()


def test_an_open_room_can_ban_slow_down_and_silence(nodes: list[Node]) -> None:
    ann, bob = Person(nodes[0], "Ann"), Person(nodes[1], "Bob")
    room = f"club-{uuid.uuid4().hex[:8]}"
    assert ann.create(room=room, title="The club") == room
    assert bob.ask("created", type="create", room=room)["code"] == "forbidden", "it is there"
    ann.join(room)
    assert bob.join(room)["rules"]["role"] == "none"
    assert bob.ask("ack", type="policy", room=room, setting="slow", text="600")["code"] == "forbidden"
    ann.ask("ack", type="policy", room=room, setting="slow", text="600")
    bob.chat(room, "one")
    refusal = bob.chat(room, "two")
    assert refusal["code"] == "rate_limited" and 590_000 < refusal["retryAfterMs"] <= 600_000
    ann.ask("ack", type="policy", room=room, setting="slow", text="0")
    ann.ask("ack", type="policy", room=room, setting="speak", text="members")
    assert bob.chat(room, "three")["code"] == "forbidden"
    ann.role(room, bob, "member")
    said = bob.chat(room, "four")
    assert said["type"] == "ack"
    assert ann.ask("ack", type="delete", room=room, id=said["id"])["type"] == "ack", "owners delete anybody's messages"

    ann.role(room, bob, "banned", seconds=2)
    left = bob.until("left")[-1]
    assert left["reason"] == "banned" and abs(left["until"] / 1000 - time.time() - 2) < 60
    assert bob.join(room)["code"] == "forbidden"
    # The entry itself may have come before its ack.
    ann.say(type="history", room=room)
    entry = ann.first("history")["messages"][-1]
    assert (entry["act"], entry["role"]) == ("role", "banned")
    assert (entry["member"], entry["text"], entry["target"]) == (bob.id, "Bob", "0-0") and entry["until"] > entry["ts"]
    deadline = time.monotonic() + 10
    while (answer := bob.join(room))["type"] == "error":
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    assert answer["rules"]["role"] == "none"
    ann.say(type="roles", room=room)
    assert ann.first("roles")["roles"] == [{"id": ann.id, "name": "Ann", "role": "owner"}]
    ann.close()
    bob.close()


def test_two_people_write_to_each_other_from_any_of_their_sockets(nodes: list[Node]) -> None:
    ann, bob = Person(nodes[0], "Ann"), Person(nodes[1], "Bob")
    phone = Person(nodes[0], "Bob", bob.token)
    assert phone.id == bob.id
    room = ann.create(**{"with": bob.id}, name="Bob")
    for socket in (bob, phone):
        assert socket.first("added")["room"] == room
    assert bob.create(**{"with": ann.id}, name="Ann") == room, "the same for both"
    assert ann.join(room)["rules"]["with"] == {"id": bob.id, "name": "Bob"}
    assert phone.join(room)["rules"]["with"] == {"id": ann.id, "name": "Ann"}
    ann.chat(room, "psst")
    assert phone.first("chat", text="psst")["from"]["id"] == ann.id
    for role in ("owner", "none", "banned"):
        assert ann.role(room, phone, role)["code"] == "forbidden"
    later = Person(nodes[1], "Bob", bob.token)
    later.say(type="rooms")
    assert later.first("rooms")["rooms"] == [room]
    eve = Person(nodes[0], "Eve")
    assert eve.join(room)["code"] == "not_found"
    for person in (ann, bob, phone, later, eve):
        person.close()


def test_whoever_was_just_let_in_can_enter_at_once_on_any_node(nodes: list[Node]) -> None:
    ann = Person(nodes[0], "Ann")
    room = ann.create(private=True)
    ann.join(room)
    ann.ask("ack", type="policy", room=room, setting="topic", text="quick")
    token = invite(ann, room, uses=100)
    for number in range(40):
        bob = Person(nodes[number % 2], "Bob")
        bob.say(type="accept", token=token, key="yes")
        assert bob.first("created", "error")["type"] == "created"
        assert bob.join(room)["type"] == "joined"
        bob.close()
    ann.close()


def test_before_joined_a_private_room_is_not_told_from_none(nodes: list[Node]) -> None:
    ann, eve = Person(nodes[0], "Ann"), Person(nodes[0], "Eve")
    room = ann.create(private=True)
    ann.join(room)
    told = []
    for name in (room, "_private-" + "b" * 26):
        eve.hold()
        eve.say(type="join", room=name)
        eve.say(type="history", room=name)
        eve.say(type="role", room=name, member=ann.id, name="Ann", role="none", key="r")
        eve.say(type="policy", room=name, setting="topic", text="x", key="p")
        eve.say(type="chat", room=name, text="x", key="c")
        eve.release()
        frames = [*eve.until("error", code="not_found"), *eve.everything()[:-1]]
        told.append([{**frame, "room": "", "retryAfterMs": 0} for frame in frames])
    assert told[0] == told[1] and len(told[0]) == 5
    ann.close()
    eve.close()


class Talker:
    """Talks in a room as fast as it may, joins again whenever it was thrown out, and keeps what it received."""

    def __init__(self, node: Node, name: str, room: str) -> None:
        self.person = Person(node, name)
        self.room = room
        self.entries: list[dict[str, object]] = []
        self.is_inside = False
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        number = 0
        while not self.ended.is_set():
            if self.is_inside:
                number += 1
                self.person.say(type="chat", room=self.room, text=f"{number}", key=f"{number}")
            else:
                self.person.say(type="join", room=self.room)
            for frame in self.person.everything():
                self.take(frame)
            time.sleep(0.02)

    def take(self, frame: dict[str, object]) -> None:
        if frame.get("room") != self.room:
            return
        match frame["type"]:
            case "chat":
                self.entries.append(frame)
            case "joined" | "resume" | "reset":
                self.is_inside = True
                self.entries += frame["messages"]
            case "left":
                self.is_inside = False


def number(entry: dict[str, object]) -> int:
    return int(str(entry["id"]).split("-")[1])


def disturb(cluster: Cluster, room: str, what: str, node: Node) -> None:
    if what == "subscription":
        kill = ["redis-cli", "-p", str(cluster.redis_port), "CLIENT", "KILL", "TYPE", "pubsub"]
        subprocess.run(kill, check=True, stdout=subprocess.DEVNULL)
        return
    fault = f"{node.url}/dev/faults?actor={what}&room={room}"
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(fault, method="POST")).close()


def test_no_node_shows_what_another_refuses_while_bans_race_messages(binary: Path, tmp_path: Path) -> None:
    settings = {"MESSAGE_RATE": "0", "CONNECTIONS_PER_ADDRESS": "0", "WEBCHAT_DEV": "1", "DRAIN_GRACE": "0"}
    chance = random.Random(seed := random.randrange(1 << 32))
    with Cluster(tmp_path, binary, nodes=2, settings=settings) as cluster:
        nodes = cluster.nodes
        ann = Person(nodes[0], "Ann")
        room = ann.create(room="arena")
        ann.join(room)
        talkers = [Talker(nodes[index % 2], f"T{index}", room) for index in range(6)]
        for talker in talkers:
            talker.thread.start()
        begun = time.monotonic()
        # Rarely enough that restarts repair it.
        disturbances = 0
        while time.monotonic() < begun + 12:
            other = chance.choice(talkers).person
            ann.role(room, other, chance.choice(["banned", "banned", "none", "member"]))
            if time.monotonic() > begun + 2.5 * (disturbances + 1):
                disturbances += 1
                disturb(cluster, room, chance.choice(["subscription", "room", "connection"]), chance.choice(nodes))
            time.sleep(chance.random() * 0.2)
        for talker in talkers:
            talker.ended.set()
            talker.thread.join()
        log: dict[int, dict[str, object]] = {}
        before = None
        while True:
            ann.say(type="history", room=room, limit=200, **({"before": before} if before else {}))
            page = ann.first("history")
            log |= {number(entry): entry for entry in page["messages"]}
            if not page["more"]:
                break
            before = page["messages"][0]["id"]
        assert sorted(log) == list(range(1, len(log) + 1)) and len(log) > 100

        roles: dict[str, str] = {}
        allowed: dict[str, set[int]] = {talker.person.id: set() for talker in talkers}
        for seq, entry in sorted(log.items()):
            author = str(entry["from"]["id"])
            assert roles.get(author) != "banned", f"seed {seed}: {entry} by somebody who is banned"
            for user, seqs in allowed.items():
                if roles.get(user) != "banned":
                    seqs.add(seq)
            if entry.get("act") == "role":
                roles[str(entry["member"])] = str(entry["role"])
        bans = sum(entry.get("role") == "banned" for entry in log.values())
        for talker in talkers:
            for entry in talker.entries:
                assert log[number(entry)]["text"] == entry["text"] and log[number(entry)]["from"] == entry["from"]
            live = [number(entry) for entry in talker.entries if "epoch" in entry]
            assert live == sorted(set(live)), f"seed {seed}: twice, or out of order"
            assert set(live) <= allowed[talker.person.id], f"seed {seed}: {talker.person.name} was banned"
        assert bans > 10

        # What Redis has lost, nobody goes on to believe.
        cluster.redis.command("FLUSHALL")
        assert "rules" not in ann.first("rules", room=room)
        ann.close()
