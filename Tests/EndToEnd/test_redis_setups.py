"""Redis with Sentinels and Redis Cluster: a primary is killed and comes back as a replica, and rooms live on."""

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import running, wait_until
from localcluster import HOST, Cluster, Node, Redis, RedisSetup, answers
from localredis import ClusterSetup, SentinelSetup, replicas_online, role
from test_processes import cluster_command
from wire import Wire

SETTINGS = {"DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"}
# Sentinels demote a primary that comes back after 10 s or more.
PATIENCE = 60.0
# A shard is back within this time, and the others never wait.
SHARD_SECONDS = 15.0
AT_ONCE = 3.0


@pytest.fixture
def sentinels(binary: Path, tmp_path: Path) -> Iterator[Cluster]:
    setup = SentinelSetup(tmp_path, tmp_path / "logs")
    with Cluster(tmp_path, binary, nodes=2, settings=SETTINGS, redis=setup) as cluster:
        yield cluster


@pytest.fixture
def shards(binary: Path, tmp_path: Path) -> Iterator[Cluster]:
    setup = ClusterSetup(tmp_path, tmp_path / "logs")
    with Cluster(tmp_path, binary, nodes=2, settings=SETTINGS, redis=setup) as cluster:
        yield cluster


def roles(setup: RedisSetup) -> list[str]:
    return [role(server) for server in setup.servers]


def say(wire: Wire, room: str, text: str, seconds: float) -> None:
    """Sends it, again while no server can accept it, until it is acknowledged."""
    deadline = time.monotonic() + seconds
    while True:
        wire.say(type="chat", room=room, key=text, text=text)
        answer = wire.first("ack", "error", key=text)
        if answer["type"] == "ack":
            return
        assert answer["code"] == "unavailable" and time.monotonic() < deadline, answer
        time.sleep(answer.get("retryAfterMs", 500) / 1000)


def texts(wire: Wire, room: str) -> list[str]:
    wire.say(type="history", room=room)
    return [message["text"] for message in wire.first("history", room=room)["messages"]]


def expect_told(node: Node, killed: Redis, successor: Redis) -> None:
    """`/cluster` says that a server was away and is back, and which one took over meanwhile."""

    def events() -> list[tuple[str, str]]:
        with urllib.request.urlopen(f"{node.url}/cluster", timeout=5) as answer:
            told = json.load(answer)["relay"]["servers"]["events"]
        return [(event["server"], event["change"]) for event in told]

    gone, promoted, back = (f"{HOST}:{killed.port}", f"{HOST}:{successor.port}", f"{HOST}:{killed.port}")
    story = [(gone, "away"), (promoted, "promoted"), (back, "back")]
    assert wait_until(lambda: [event for event in events() if event in story] == story, PATIENCE), events()


def test_a_room_survives_the_primary_and_goes_on_with_the_replica(sentinels: Cluster) -> None:
    primary, replica, *watching = sentinels.redis_setup.servers
    ask = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SentinelSetup.NAME)
    one, other = sentinels.nodes
    with closing(Wire(one.url)) as ann, closing(Wire(other.url)) as bob:
        for wire in (ann, bob):
            wire.enter("den")
        say(ann, "den", "before", PATIENCE)
        bob.first("chat", text="before")
        primary.kill()
        for sentinel in watching:
            named = wait_until(lambda one=sentinel: str(replica.port) in one.command(*ask).split(), PATIENCE)
            assert named, sentinel.log_tail()
        primary.start()
        say(ann, "den", "after", PATIENCE)
        bob.first("chat", text="after")
        assert role(primary) == "replica"
        assert wait_until(lambda: all(answers(f"{node.url}/readyz") for node in sentinels.nodes), PATIENCE)
        for wire in (ann, bob):
            assert texts(wire, "den") == ["before", "after"]
        expect_told(one, primary, replica)


def keeper(setup: RedisSetup, room: str) -> Redis:
    """The primary of the room's shard. The others say `MOVED`."""
    log = f"webchat:{{{room}}}:log"
    [found] = [one for one in setup.servers if role(one) == "primary" and one.command("EXISTS", log) == "1"]
    return found


def test_a_room_survives_its_shard_and_the_rooms_of_other_shards_do_not_notice(shards: Cluster) -> None:
    setup = shards.redis_setup
    one, other = shards.nodes
    rooms = [f"den{number}" for number in range(9)]
    with closing(Wire(one.url)) as ann, closing(Wire(other.url)) as bob:
        for wire in (ann, bob):
            wire.enter(rooms[0])
            for room in rooms[1:]:
                wire.say(type="join", room=room)
                wire.first("joined", room=room)
        for room in rooms:
            say(ann, room, f"before, in {room}", PATIENCE)
            bob.first("chat", text=f"before, in {room}")
        hit, primary = rooms[0], keeper(setup, rooms[0])
        spared = next(room for room in rooms if keeper(setup, room) is not primary)

        primary.kill()
        killed = time.monotonic()
        say(ann, spared, "at once", AT_ONCE)
        bob.first("chat", text="at once")
        assert time.monotonic() - killed < AT_ONCE
        assert wait_until(lambda: roles(setup).count("primary") == ClusterSetup.SHARDS), setup.servers[-1].log_tail()
        primary.start()
        say(ann, hit, "after", killed + SHARD_SECONDS - time.monotonic())
        bob.first("chat", text="after")
        assert time.monotonic() - killed < SHARD_SECONDS
        assert keeper(setup, hit) is not primary and role(primary) == "replica"
        assert wait_until(lambda: all(answers(f"{node.url}/readyz") for node in shards.nodes), PATIENCE)
        for wire in (ann, bob):
            assert texts(wire, hit) == [f"before, in {hit}", "after"]
            assert texts(wire, spared) == [f"before, in {spared}", "at once"]
        expect_told(one, primary, keeper(setup, hit))


def test_a_killed_server_of_a_cluster_is_replaced_and_comes_back_as_a_replica(tmp_path: Path) -> None:
    setup = ClusterSetup(tmp_path, tmp_path / "logs")
    with running(setup):
        assert roles(setup) == ["primary"] * 3 + ["replica"] * 3
        setup.servers[0].kill()
        assert wait_until(lambda: roles(setup)[3:].count("primary") == 1, PATIENCE), setup.servers[1].log_tail()
        setup.servers[0].start()
        assert wait_until(lambda: sorted(roles(setup)) == ["primary"] * 3 + ["replica"] * 3, PATIENCE)
        assert wait_until(lambda: sum(map(replicas_online, setup.servers)) == 3, PATIENCE)


def test_the_local_cluster_lists_all_servers_and_starts_each_again(binary: Path, tmp_path: Path) -> None:
    with cluster_command(binary, tmp_path, "--redis", "sentinel") as command:
        listed = re.findall(r"(\w+) .*pid (\d+)   (\w+)$", command.read_until("kill a pid"), re.MULTILINE)
        assert {name: role for name, _, role in listed} == {
            "redis1": "primary",
            "redis2": "replica",
            **{f"sentinel{number}": "sentinel" for number in (1, 2, 3)},
        }
        killed = (listed[0], listed[2])
        for _, pid, _ in killed:
            os.kill(int(pid), signal.SIGKILL)
        command.read_until(*(f"{name} restarted, pid" for name, _, _ in killed))
