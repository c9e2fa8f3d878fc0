"""Redis with Sentinels and Redis Cluster, as local processes: several servers instead of one.

Each set-up begins empty. A server that is killed and started again keeps its port, data and configuration, so that
Sentinels or cluster make it a replica.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from localcluster import HOST, START_SECONDS, Redis, RedisSetup, StartError, free_port, tool

# As short as a busy machine allows without failovers that no one asked for.
DOWN_MILLISECONDS = 2000
# A new replica is synchronized at once, not after 5 s.
DATA = ["save ''", "appendonly yes", "appendfsync always", "repl-diskless-sync-delay 0"]


def role(server: Redis) -> str:
    word = server.command("ROLE").partition("\n")[0]
    return {"master": "primary", "slave": "replica"}.get(word, word)


def address(server: Redis) -> str:
    return f"{HOST}:{server.port}"


def replicas_online(server: Redis) -> int:
    return server.command("INFO", "replication").count("state=online")


def wait(servers: Sequence[Redis], condition: Callable[[Redis], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while missing := [server for server in servers if not condition(server)]:
        if time.monotonic() > deadline:
            raise StartError(f"{missing[0].name} {what} after {START_SECONDS:.0f} s:\n{missing[0].log_tail()}")
        time.sleep(0.1)


class ConfiguredServer(Redis):
    """Rewrites its configuration file, which tells it after a restart what it was."""

    def __init__(self, directory: Path, logs: Path, lines: Sequence[str], *words: str) -> None:
        """`words`: of its command line."""
        super().__init__(directory, logs)
        self.lines = lines
        self.words = words

    def start(self) -> None:
        path = self.directory / "redis.conf"
        if self.process is None:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.directory.mkdir(parents=True)
            lines = [f"port {self.port}", f"bind {HOST}", f'dir "{self.directory.resolve()}"', *self.lines]
            path.write_text("\n".join(lines) + "\n")
        self.launch([tool("redis-server"), path, *self.words], ready=self.answers)


class SentinelSetup(RedisSetup):
    """A primary, a replica, and three Sentinels, two of which can promote the replica."""

    NAME = "chat"
    SENTINELS = 3

    def __init__(self, directory: Path, logs: Path) -> None:
        self.primary = ConfiguredServer(directory / "redis1", logs, DATA)
        replica = ConfiguredServer(directory / "redis2", logs, [*DATA, f"replicaof {HOST} {self.primary.port}"])
        lines = [
            f"sentinel monitor {self.NAME} {HOST} {self.primary.port} 2",
            f"sentinel down-after-milliseconds {self.NAME} {DOWN_MILLISECONDS}",
            f"sentinel failover-timeout {self.NAME} 10000",
        ]
        self.sentinels = [
            ConfiguredServer(directory / f"sentinel{number}", logs, lines, "--sentinel")
            for number in range(1, self.SENTINELS + 1)
        ]
        settings = {
            "REDIS_URL": f"redis-sentinel://{','.join(map(address, self.sentinels))}/{self.NAME}",
            "REDIS_WAIT_REPLICAS": "1",
        }
        super().__init__([self.primary, replica, *self.sentinels], settings)

    def start(self) -> None:
        super().start()
        wait([self.primary], lambda server: replicas_online(server) == 1, "has no replica")
        wait(self.sentinels, self.knows_all, "does not know the replica and the other Sentinels")

    def knows_all(self, sentinel: Redis) -> bool:
        words = sentinel.command("SENTINEL", "MASTER", self.NAME).splitlines()
        fields = dict(zip(words[::2], words[1::2], strict=False))
        return fields.get("num-slaves") == "1" and fields.get("num-other-sentinels") == str(self.SENTINELS - 1)


class ClusterSetup(RedisSetup):
    """Redis Cluster: three shards of a primary and a replica each. Needs Redis 7."""

    SHARDS = 3

    def __init__(self, directory: Path, logs: Path) -> None:
        lines = [
            *DATA,
            "cluster-enabled yes",
            f"cluster-node-timeout {DOWN_MILLISECONDS}",
            # A room is in one shard: the others go on.
            "cluster-require-full-coverage no",
        ]
        # The usual port of the bus, 10000 higher, may be taken or not exist.
        servers = [
            ConfiguredServer(directory / f"redis{number}", logs, [*lines, f"cluster-port {free_port()}"])
            for number in range(1, 2 * self.SHARDS + 1)
        ]
        settings = {
            "REDIS_URL": f"redis-cluster://{','.join(map(address, servers[: self.SHARDS]))}",
            "REDIS_WAIT_REPLICAS": "1",
        }
        super().__init__(servers, settings)

    def start(self) -> None:
        super().start()
        command = [tool("redis-cli"), "--cluster", "create", *map(address, self.servers)]
        command += ["--cluster-replicas", "1", "--cluster-yes"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if ended.returncode:
            raise StartError(f"redis-cli --cluster create failed:\n{ended.stdout}{ended.stderr}")
        wait(self.servers, self.knows_all, "does not see a complete cluster")
        primaries = [server for server in self.servers if role(server) == "primary"]
        wait(primaries, lambda server: replicas_online(server) == 1, "has no replica")

    def knows_all(self, server: Redis) -> bool:
        replicas = server.command("CLUSTER", "NODES").count("slave ")
        return "cluster_state:ok" in server.command("CLUSTER", "INFO") and replicas == self.SHARDS
