"""Redis as deploy/compose.yaml starts it, with the users that deploy/secrets.sh makes for it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from localcluster import HOST, ROOT, Node, Server, free_port, tool

PATIENCE = 60.0
DEPLOY = ROOT / "deploy"


class ComposeRedis(Server):
    def __init__(self, directory: Path) -> None:
        super().__init__("redis", free_port(), directory / "redis.log")
        self.secrets = directory / "secrets"
        self.data = directory / "data"
        for folder in (self.secrets, self.data):
            folder.mkdir()
        service = (DEPLOY / "compose.yaml").read_text().split("\n  redis:\n")[1].split("\n  web:\n")[0]
        self.options = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", "\n".join(re.findall(r"(?m)^ {6}- (--.+)$", service)))
        [self.check] = re.findall(r"\$\$\(redis-cli (.+?)\)", service)

    def make_secrets(self) -> None:
        subprocess.run(["sh", DEPLOY / "secrets.sh", self.secrets, DEPLOY / "users.acl"], check=True)

    @property
    def url(self) -> str:
        return (self.secrets / "redis-url").read_text().replace("redis:6379", f"{HOST}:{self.port}")

    def start(self) -> None:
        own = ["--bind", HOST, "--port", str(self.port), "--dir", self.data]
        options = shlex.split(self.options.replace("/secrets/", f"{self.secrets}/"))
        self.launch([tool("redis-server"), *own, *options], ready=lambda: self.says(*self.check.split()) == "PONG")

    def says(self, *words: str) -> str:
        client = [tool("redis-cli"), "-h", HOST, "-p", str(self.port), *words]
        ended = subprocess.run(client, capture_output=True, text=True, timeout=10, check=False)
        return (ended.stdout + ended.stderr).strip()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[ComposeRedis]:
    redis = ComposeRedis(tmp_path)
    redis.make_secrets()
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()


def get(node: Node, path: str) -> str:
    """Asked again while the node has no connection to Redis."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{node.url}{path}", timeout=30) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            assert error.code == 503 and time.monotonic() < deadline, f"{path}: {error}"
            time.sleep(0.1)


def test_what_redis_has_acknowledged_outlives_it(redis: ComposeRedis, binary: Path, tmp_path: Path) -> None:
    settings = {"REDIS_URL": redis.url, "CLUSTER_SECRET": (redis.secrets / "cluster-secret").read_text()}
    node = Node("n1", binary, tmp_path, settings)
    try:
        node.start()
        subprocess.run(
            [binary, "verify", "--url", node.url, "--seconds", "2"], check=True, capture_output=True, timeout=120
        )
        rooms = json.loads(get(node, "/rooms"))["rooms"]
        said = [f"/messages?room={room['room']}&minutes=30" for room in rooms]
        before = {path: get(node, path) for path in said}
        assert len(before) >= 3 and all(json.loads(text)["messages"] for text in before.values())
        redis.stop()
        redis.start()
        get(node, "/readyz")
        assert {path: get(node, path) for path in said} == before
    finally:
        node.stop()


def test_whoever_has_no_password_gets_nothing(redis: ComposeRedis) -> None:
    assert redis.says("ping").startswith("NOAUTH")
    assert "WRONGPASS" in redis.says("--user", "default", "--pass", "any", "ping")
    health = ("--no-auth-warning", "--user", "health", "--pass", "any")
    assert redis.says(*health, "ping") == "PONG"
    assert "NOPERM" in redis.says(*health, "get", "webchat:any")
    assert "NOPERM" in redis.says("--no-auth-warning", "-u", redis.url, "keys", "*")


def test_a_new_release_brings_new_rights_and_keeps_the_words(redis: ComposeRedis) -> None:
    before = {path.name: path.read_text() for path in redis.secrets.iterdir()}
    assert before.keys() == {"cluster-secret", "cluster-secret-previous", "redis-url", "users.acl"}
    (redis.secrets / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    redis.make_secrets()
    assert {path.name: path.read_text() for path in redis.secrets.iterdir()} == before
