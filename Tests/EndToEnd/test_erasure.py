"""Deleted texts leave Redis: its memory within seconds, its append-only file when Redis rewrites that."""

import time
from pathlib import Path

import pytest
from conftest import wait_until
from localcluster import Cluster
from test_rooms import Person


def kept(cluster: Cluster, text: str) -> bool:
    """Whether any key has it."""
    redis = cluster.redis
    keys = redis.command("--scan").splitlines()
    return any(text in redis.command("--no-raw", "DUMP", key) for key in keys)


def in_files(directory: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in directory.rglob("*") if file.is_file())


@pytest.fixture
def cluster(binary: Path, tmp_path: Path):
    with Cluster(tmp_path, binary, nodes=2, keep=True, settings={"CONNECTIONS_PER_ADDRESS": "0"}) as cluster:
        # What is compressed could not be found.
        assert cluster.redis.command("CONFIG", "SET", "rdbcompression", "no") == "OK"
        yield cluster


def test_a_deleted_text_leaves_redis_and_nothing_else_does(cluster: Cluster) -> None:
    owner, guest = Person(cluster.nodes[0], "Ann"), Person(cluster.nodes[1], "Bob")
    room = owner.create(room="team")
    for person in (owner, guest):
        assert person.join(room)["type"] == "joined"
    kinds = ("stays", "own deletion", "deletion by the owner", "edited")
    ids = {kind: guest.chat(room, f"the text <{kind}>")["id"] for kind in kinds}
    assert all(kept(cluster, f"<{kind}>") for kind in kinds)
    guest.ask("ack", type="delete", room=room, id=ids["own deletion"])
    owner.ask("ack", type="delete", room=room, id=ids["deletion by the owner"])
    guest.ask("ack", type="edit", room=room, id=ids["edited"], text="the text <after>")
    began = time.monotonic()
    assert wait_until(lambda: not any(kept(cluster, f"<{kind}>") for kind in kinds[1:]), seconds=30)
    print(f"erased after {time.monotonic() - began:.1f} s")
    assert kept(cluster, "<stays>")
    assert kept(cluster, "<after>")

    # Until Redis rewrites its file, it has them.
    files = cluster.redis.directory
    assert in_files(files, "<own deletion>")
    cluster.redis.command("BGREWRITEAOF")
    assert wait_until(lambda: not any(in_files(files, f"<{kind}>") for kind in kinds[1:]), seconds=30)

    # No number is missing, for a member who was away and for one who comes.
    for person in (Person(cluster.nodes[1], "Eve"), Person(cluster.nodes[0], "Bob", guest.token)):
        page = person.join(room)
        assert [int(message["id"].split("-")[1]) for message in page["messages"]] == list(range(1, 9))
        texts = [message["text"] for message in page["messages"] if "act" not in message]
        assert texts == ["the text <stays>", "", "", "the text <after>"]
        assert [message.get("deleted", False) for message in page["messages"][1:5]] == [False, True, True, False]
    assert guest.chat(room, "goes on")["type"] == "ack"


def test_another_node_erases_what_a_killed_one_has_left(cluster: Cluster) -> None:
    ann = Person(cluster.nodes[0], "Ann")
    assert ann.join("team")["type"] == "joined"
    ids = [ann.chat("team", f"the text <{number}>")["id"] for number in range(5)]
    # Not there to erase anything, but somebody has to accept the deletions.
    cluster.nodes[1].terminate()
    cluster.nodes[1].wait(35)
    for id in ids:
        ann.ask("ack", type="delete", room="team", id=id)
    cluster.nodes[0].kill()
    assert kept(cluster, "<4>")
    cluster.nodes[1].start()
    # The killed node may have begun: then its lease must end first.
    assert wait_until(lambda: not any(kept(cluster, f"<{number}>") for number in range(5)), seconds=90)
