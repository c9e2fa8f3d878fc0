"""The built binary as an operator meets it: alone, as a cluster, with a wrong setting, and what it leaves in Redis."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from localcluster import ROOT, Cluster, Node
from rawsocket import RawSocket, join

PATIENCE = 20.0

# docs/protocol.md, section 7
ROOM = r"\{[a-z0-9][a-z0-9_-]*\}"
KEYS = re.compile(
    rf"webchat:({ROOM}:(log|head|membernodes|key:[0-9a-f]+|members:[\w.-]+\.\d+)|rooms|nodes|node:[\w.-]+)"
)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as response:
        return response.read()


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.1)


def redis(cluster: Cluster, *command: str) -> list[str]:
    call = ["redis-cli", "-p", str(cluster.redis_port), *command]
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout.splitlines()


def alive(url: str) -> list[str]:
    members = json.loads(get(f"{url}/cluster"))["members"]
    return sorted(member["id"] for member in members if member["state"] == "alive")


def test_the_binary_runs_alone_with_the_page_beside_it(binary: Path, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    folder.mkdir()
    shutil.copy(binary, folder / "webchat")
    shutil.copytree(ROOT / "frontend", folder / "frontend")
    node = Node("moved", folder / "webchat", tmp_path / "logs", {"STATIC_DIR": ""})
    try:
        node.start()
        assert b"<title>" in get(f"{node.url}/")
        assert get(f"{node.url}/static/js/main.js") == (ROOT / "frontend/js/main.js").read_bytes()
    finally:
        node.stop()


def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(binary: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PORT": "eighty", "STATIC_DIR": str(ROOT / "frontend")}
    ended = subprocess.run([binary, "serve"], env=env, capture_output=True, text=True, timeout=10)
    assert ended.returncode != 0
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert "PORT" in lines[0] and "eighty" in lines[0]


def test_every_node_shows_all_of_them(cluster: Cluster, binary: Path) -> None:
    for node in cluster.nodes:
        eventually(lambda node=node: alive(node.url) == ["n1", "n2", "n3"], f"{node.name} knows all three")
        table = subprocess.run(
            [binary, "cluster", "--url", node.url], check=True, capture_output=True, text=True, timeout=10
        ).stdout
        assert all(name in table for name in ("n1", "n2", "n3")), table


def test_the_original_wire_form_comes_back_as_it_was_sent(cluster: Cluster) -> None:
    urls = [f"{node.url}/ws?room=lobby" for node in cluster.nodes]
    with RawSocket(urls[0]) as ann, RawSocket(urls[1]) as bob, RawSocket(f"{cluster.url}/ws?room=lobby") as cho:
        sent = {"type": "message", "text": "Hello", "ts": 1}
        for client in (ann, bob, cho):
            settle(client)
        ann.send_text("{not json")
        ann.send(sent)
        for client in (ann, bob, cho):
            assert client.until("message") == sent


def settle(client: RawSocket) -> None:
    """A plain client is not told when it has joined: it speaks until it hears itself."""
    frame = {"type": "chat", "text": f"here is {id(client)}", "ts": "now"}

    def hears_itself() -> bool:
        client.send(frame)
        return client.poll(0.5) == frame

    eventually(hears_itself, "a plain client hears itself")


def test_redis_holds_the_keys_of_the_protocol_and_no_others(cluster: Cluster) -> None:
    ann, _ = join(cluster.nodes[0].url, "kitchen", "ann")
    bob, _ = join(cluster.nodes[1].url, "kitchen", "bob")
    with closing(ann.socket), closing(bob.socket):
        ann.send({"type": "chat", "room": "kitchen", "text": "tea?", "key": "k1"})
        assert ann.until("ack")["key"] == "k1"
        assert bob.until("chat")["text"] == "tea?"
        eventually(lambda: "webchat:rooms" in redis(cluster, "KEYS", "*"), "the room is listed")
        keys = redis(cluster, "KEYS", "*")
        assert [key for key in keys if not KEYS.fullmatch(key)] == []
        assert {"webchat:{kitchen}:log", "webchat:{kitchen}:head", "webchat:nodes", "webchat:node:n1"} <= set(keys)
        expiring = [key for key in keys if key.startswith("webchat:{kitchen}")]
        assert all(int(redis(cluster, "TTL", key)[0]) > 0 for key in expiring)


def test_after_all_nodes_were_killed_the_first_to_start_shows_no_ghosts(cluster: Cluster) -> None:
    ann, _ = join(cluster.nodes[1].url, "kitchen", "ann")
    with closing(ann.socket):
        ghosts = "webchat:{kitchen}:members:n2.*"
        eventually(lambda: redis(cluster, "KEYS", ghosts) != [], "ann stands in Redis")
        for node in cluster.nodes:
            node.kill()
    assert redis(cluster, "KEYS", ghosts) != [], "the test needs a ghost to look for"
    first = cluster.nodes[0]
    first.start()
    bob, joined = join(first.url, "kitchen", "bob")
    with closing(bob.socket):
        assert [member["name"] for member in joined["members"]] == ["bob"]
        assert joined["memberCount"] == 1


@contextmanager
def cluster_command(binary: Path, directory: Path) -> Iterator[subprocess.Popen[str]]:
    command = [ROOT / "scripts/cluster", "--nodes", "2", "--binary", binary, "--directory", directory]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_stops_the_whole_local_cluster_and_a_killed_node_is_only_reported(binary: Path, tmp_path: Path) -> None:
    with cluster_command(binary, tmp_path) as process:
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, f"ended: {said}"
            said += line
        pids = {name: int(pid) for name, pid in re.findall(r"(\w+) .*pid (\d+)", said)}
        assert set(pids) == {"Webchat", "n1", "n2", "redis"}
        os.kill(pids.pop("n2"), signal.SIGKILL)
        while "n2 ended" not in said:
            said += process.stdout.readline()
        assert all(is_running(pid) for pid in pids.values())
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
        assert not any(is_running(pid) for pid in pids.values())
