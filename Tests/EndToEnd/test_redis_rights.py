"""The rights of docs/redis.md: those in deploy/ are the same, and a Redis Cluster accepts what nodes ask."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from composed import DEPLOY
from conftest import running, wait_until
from localcluster import HOST, ROOT, Redis, free_port, tool

DOCUMENTED = " ".join((ROOT / "docs" / "redis.md").read_text().split())


def given(file: str, user: str) -> str:
    text = (DEPLOY / file).read_text()
    [rights] = re.findall(rf"(?m)^user {user} on >\w+ (.+)$", text)
    return rights


def rights_with(mode: str) -> list[str]:
    """What is needed with this mode, besides the list of docs/protocol.md that deploy/users.acl repeats."""
    [rights] = re.findall(rf"\| {re.escape(mode)} \| `([^`]+)` \|", DOCUMENTED)
    return rights.replace("\\|", "|").split()


class ClusterServer(Redis):
    """A Redis Cluster of one server."""

    def start(self) -> None:
        self.directory.mkdir()
        words = ["--bind", HOST, "--port", str(self.port), "--dir", self.directory, "--save", ""]
        # By default the bus is 10,000 ports above, which may not exist.
        words += ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
        self.launch([tool("redis-server"), *words], ready=self.answers)
        assert self.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383") == "OK"
        assert wait_until(lambda: "cluster_state:ok" in self.command("CLUSTER", "INFO"))

    def as_user(self, name: str, *words: str) -> str:
        return self.command("--user", name, "--pass", "word", "--no-auth-warning", *words)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ClusterServer]:
    with running(ClusterServer(tmp_path / "redis", tmp_path)) as server:
        yield server


def test_deploy_gives_the_documented_rights() -> None:
    for file, user in (
        ("sentinel.acl", "webchat"),
        ("sentinel.acl", "sentinel"),
        ("users.acl", "sentinel"),
        ("users.acl", "replica"),
    ):
        assert f"`{given(file, user)}`" in DOCUMENTED, (file, user)
    assert rights_with("`REDIS_WAIT_REPLICAS`") == ["+wait"]
    assert "& +wait" in (DEPLOY / "secrets.sh").read_text()


def test_a_cluster_permits_what_nodes_ask_and_nothing_else(server: ClusterServer) -> None:
    plain = [*given("users.acl", "webchat").split(), *rights_with("`redis-cluster://`")]
    sharded = [*plain, *rights_with("the same, unless `REDIS_SHARDED=off`")]
    for user, rights in (("plain", plain), ("sharded", sharded)):
        assert server.command("ACL", "SETUSER", user, "on", ">word", *rights) == "OK"

    def permits(user: str, *words: str) -> bool:
        return not server.as_user(user, *words).startswith("NOPERM")

    channel = "webchat:0:{lobby}:live"
    for user in ("plain", "sharded"):
        for words in (("CLUSTER", "NODES"), ("PUBLISH", channel, "1"), ("INFO", "replication")):
            assert permits(user, *words), (user, words)
        for words in (("CLUSTER", "FAILOVER"), ("CLUSTER", "FORGET", "1"), ("KEYS", "*"), ("GET", "other")):
            assert not permits(user, *words), (user, words)
    assert not permits("plain", "SPUBLISH", channel, "1")
    assert not permits("sharded", "SPUBLISH", "other", "1")
    for words in (("SSUBSCRIBE", channel), ("SUNSUBSCRIBE", channel)):
        assert server.command("ACL", "DRYRUN", "sharded", *words) == "OK", words
    # From within a script, as nodes publish.
    digest = server.as_user("sharded", "SCRIPT", "LOAD", "return redis.call('SPUBLISH', ARGV[1], '1')")
    assert server.as_user("sharded", "EVALSHA", digest, "0", channel) == "0"
