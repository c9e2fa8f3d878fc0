"""The binary and `scripts/cluster` as operators use them."""

import json
import os
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import refused_start, wait_until
from localcluster import HOST, LAST_PORT, ROOT, Cluster, Node, free_port, port_is_free

PATIENCE = 60.0


def alive(url: str) -> list[str]:
    with urllib.request.urlopen(f"{url}/cluster", timeout=30) as response:
        members = json.load(response)["members"]
    return sorted(member["id"] for member in members if member["state"] == "alive")


def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(binary: Path) -> None:
    line = refused_start(binary, PORT="eighty")
    assert "PORT" in line and "eighty" in line


@pytest.mark.parametrize(
    ("settings", "warned"),
    [({}, True), ({"ALLOWED_ORIGINS": "https://chat.example"}, False), ({"HOST": "127.0.0.1"}, False)],
)
def test_a_node_for_everybody_warns_when_any_page_may_connect(
    binary: Path, tmp_path: Path, settings: dict[str, str], warned: bool
) -> None:
    node = Node("n1", binary, tmp_path, {"HOST": "0.0.0.0", "DRAIN_GRACE": "0"} | settings)
    node.start()
    node.stop()
    assert ("ALLOWED_ORIGINS is not set" in (tmp_path / "n1.log").read_text()) is warned


def test_every_node_shows_all_of_them(cluster: Cluster, binary: Path) -> None:
    for node in cluster.nodes:
        assert wait_until(lambda node=node: alive(node.url) == ["n1", "n2", "n3"], PATIENCE), node.name
        table = subprocess.run(
            [binary, "cluster", "--url", node.url], check=True, capture_output=True, text=True, timeout=60
        ).stdout
        assert all(name in table for name in ("n1", "n2", "n3")), table


class ClusterCommand:
    """`scripts/cluster` with two nodes; its words are read as they come."""

    def __init__(self, binary: Path, directory: Path, *words: str) -> None:
        command = [ROOT / "scripts/cluster", "--nodes", "2", "--binary", binary, "--directory", directory, *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines: queue.Queue[str] = queue.Queue()
        # In a thread, as reading from a silent pipe has no timeout.
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def read_until(self, *words: str) -> str:
        """Until all of them were said, in any order."""
        said = ""
        deadline = time.monotonic() + PATIENCE
        while missing := [word for word in words if word not in said]:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{missing} was not said within {PATIENCE:.0f} s: {said}") from None
            assert line, f"it ended, and never said {missing}: {said}"
            said += line
        return said


@contextmanager
def cluster_command(binary: Path, directory: Path, *words: str) -> Iterator[ClusterCommand]:
    command = ClusterCommand(binary, directory, *words)
    try:
        yield command
    finally:
        command.process.terminate()
        command.process.wait(PATIENCE)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_local_cluster_starts_again_whoever_is_killed_and_ctrl_c_stops_it_all(binary: Path, tmp_path: Path) -> None:
    with cluster_command(binary, tmp_path) as command:
        said = command.read_until("kill a pid")
        pids = {name: int(pid) for name, pid in re.findall(r"(\w+) .*pid (\d+)", said)}
        assert set(pids) == {"Webchat", "n1", "n2", "redis", "metrics"}
        for name in ("n2", "redis"):
            os.kill(pids[name], signal.SIGKILL)
            command.read_until(f"{name} exited (signal 9)")
            pids[name] = int(command.read_until(f"{name} restarted, pid").split()[-1])
        assert all(is_running(pid) for pid in pids.values())
        command.process.send_signal(signal.SIGINT)
        assert command.process.wait(90) == 0
        assert not any(is_running(pid) for pid in pids.values())


def test_the_local_cluster_starts_with_redis_on_the_port_that_operators_would_get(binary: Path, tmp_path: Path) -> None:
    port = free_neighbours(2)
    with cluster_command(binary, tmp_path, "--port", str(port), "--redis-port", str(port + 1)) as command:
        said = command.read_until("kill a pid")
        assert f"http://{HOST}:{port} " in said and f"redis://{HOST}:{port + 1} " in said
        assert alive(re.search(r"Operators (\S+)/cluster", said)[1])


def free_neighbours(count: int) -> int:
    """The first of `count` consecutive free ports."""
    while True:
        first = free_port()
        if all(first + more <= LAST_PORT and port_is_free(first + more) for more in range(count)):
            return first
