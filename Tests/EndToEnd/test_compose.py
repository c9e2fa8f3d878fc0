"""Redis as deploy/compose.yaml starts it, with the users that deploy/secrets.sh makes for it."""

import ipaddress
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
import yaml
from conftest import running
from localcluster import HOST, ROOT, Node, Server, free_port, tool

PATIENCE = 60.0
DEPLOY = ROOT / "deploy"


class ComposeRedis(Server):
    def __init__(self, directory: Path) -> None:
        super().__init__("redis", free_port(), directory / "redis.log")
        self.secrets = directory / "secrets"
        self.own_secrets = directory / "redis-secrets"
        self.data = directory / "data"
        for folder in (self.secrets, self.own_secrets, self.data):
            folder.mkdir()
        service = (DEPLOY / "compose.yaml").read_text().split("\n  redis:\n")[1].split("\n  web:\n")[0]
        self.options = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", "\n".join(re.findall(r"(?m)^ {6}- (--.+)$", service)))
        [self.check] = re.findall(r"\$\$\(redis-cli (.+?)\)", service)

    def make_secrets(self) -> None:
        command = ["sh", DEPLOY / "secrets.sh", self.secrets, self.own_secrets, DEPLOY / "users.acl"]
        subprocess.run(command, check=True)

    @property
    def url(self) -> str:
        return (self.secrets / "redis-url").read_text().replace("redis:6379", f"{HOST}:{self.port}")

    def start(self) -> None:
        own = ["--bind", HOST, "--port", str(self.port), "--dir", self.data]
        options = shlex.split(self.options.replace("/secrets/", f"{self.own_secrets}/"))
        self.launch([tool("redis-server"), *own, *options], ready=lambda: self.says(*self.check.split()) == "PONG")

    def says(self, *words: str) -> str:
        client = [tool("redis-cli"), "-h", HOST, "-p", str(self.port), *words]
        ended = subprocess.run(client, capture_output=True, text=True, timeout=10, check=False)
        return (ended.stdout + ended.stderr).strip()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[ComposeRedis]:
    redis = ComposeRedis(tmp_path)
    redis.make_secrets()
    with running(redis):
        yield redis


def get(node: Node, path: str) -> str:
    """Retries while the node has no connection to Redis."""
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
    with running(Node("n1", binary, tmp_path, settings)) as node:
        verify = [binary, "verify", "--url", node.url, "--seconds", "2"]
        subprocess.run(verify, check=True, capture_output=True, timeout=120)
        rooms = json.loads(get(node, "/rooms"))["rooms"]
        said = [f"/messages?room={room['room']}&minutes=30" for room in rooms]
        before = {path: get(node, path) for path in said}
        assert len(before) >= 3 and all(json.loads(text)["messages"] for text in before.values())
        redis.stop()
        redis.start()
        get(node, "/readyz")
        assert {path: get(node, path) for path in said} == before


def test_whoever_has_no_password_gets_nothing(redis: ComposeRedis) -> None:
    assert redis.says("ping").startswith("NOAUTH")
    assert "WRONGPASS" in redis.says("--user", "default", "--pass", "any", "ping")
    health = ("--no-auth-warning", "--user", "health", "--pass", "any")
    assert redis.says(*health, "ping") == "PONG"
    assert "NOPERM" in redis.says(*health, "get", "webchat:any")
    assert "NOPERM" in redis.says("--no-auth-warning", "-u", redis.url, "keys", "*")


def test_a_new_release_brings_new_rights_and_keeps_the_words(redis: ComposeRedis) -> None:
    def words() -> dict[str, str]:
        return {path.name: path.read_text() for path in (*redis.secrets.iterdir(), *redis.own_secrets.iterdir())}

    before = words()
    (redis.own_secrets / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    # Its path in an earlier release.
    (redis.secrets / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    redis.make_secrets()
    assert not (redis.secrets / "users.acl").exists()
    assert words() == before


def test_only_nodes_can_read_the_cluster_secret(redis: ComposeRedis) -> None:
    names = {path.name for path in redis.secrets.iterdir()}
    assert names == {"cluster-secret", "cluster-secret-previous", "redis-url"}
    secret = (redis.secrets / "cluster-secret").read_text()
    assert [path.name for path in redis.own_secrets.iterdir()] == ["users.acl"]
    assert secret not in (redis.own_secrets / "users.acl").read_text()
    services = compose()["services"]
    made = services["secrets"]
    assert made["entrypoint"][2:] == ["/secrets", "/redis-secrets", "/users.acl"] and made["network_mode"] == "none"
    readers: dict[str, set[str]] = {}
    for name, service in services.items():
        for volume in service.get("volumes", []):
            readers.setdefault(volume.split(":")[0], set()).add(name)
    assert readers["secrets"] == {"secrets", "web"}
    assert readers["redis-secrets"] == {"secrets", "redis"}
    assert "redis-secrets:/secrets:ro" in services["redis"]["volumes"]
    assert "secrets:/secrets:ro" in services["web"]["volumes"]


def test_nodes_believe_nginx_and_nobody_else_about_where_a_request_comes_from() -> None:
    services = compose()["services"]
    proxy = ipaddress.ip_address(services["nginx"]["networks"]["backend"]["ipv4_address"])
    assert services["web"]["environment"]["TRUSTED_PROXIES"] == str(proxy)
    [given] = compose()["networks"]["backend"]["ipam"]["config"]
    subnet, others = (ipaddress.ip_network(given[name]) for name in ("subnet", "ip_range"))
    assert others.subnet_of(subnet) and others.num_addresses >= 100
    # The first address may be the gateway's.
    assert proxy in subnet and proxy not in others and proxy > subnet[1]
    assert services["web"]["networks"] == ["backend"] and "ports" not in services["web"]


def compose() -> dict:
    """With the default of each variable, which `.env` must repeat."""
    text = (DEPLOY / "compose.yaml").read_text()
    set_in_env = dict(re.findall(r"(?m)^(\w+)=(.*)$", (ROOT / ".env").read_text()))
    for name, value in re.findall(r"\$\{(\w+):-([^}]*)\}", text):
        assert set_in_env[name] == value, f".env and compose.yaml have different values of {name}"
    return yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
