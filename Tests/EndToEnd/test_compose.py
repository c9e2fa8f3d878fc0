"""Redis as deploy/compose.yaml starts it, with the users that deploy/secrets.sh makes for it."""

import ipaddress
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from composed import ComposeServer, Secrets, compose
from conftest import running
from localcluster import HOST, Node

PATIENCE = 60.0


class ComposeRedis(ComposeServer):
    @property
    def url(self) -> str:
        return (self.secrets.nodes / "redis-url").read_text().replace("redis:6379", f"{HOST}:{self.port}")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[ComposeRedis]:
    secrets = Secrets(tmp_path)
    secrets.make()
    with running(ComposeRedis(tmp_path, secrets)) as redis:
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
    settings = {"REDIS_URL": redis.url, "CLUSTER_SECRET": (redis.secrets.nodes / "cluster-secret").read_text()}
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
        return {path.name: path.read_text() for path in (*redis.secrets.nodes.iterdir(), *redis.secrets.own.iterdir())}

    before = words()
    (redis.secrets.own / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    # Its path in an earlier release.
    (redis.secrets.nodes / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    redis.secrets.make()
    assert not (redis.secrets.nodes / "users.acl").exists()
    assert words() == before


def test_only_nodes_can_read_the_cluster_secret(redis: ComposeRedis) -> None:
    names = {path.name for path in redis.secrets.nodes.iterdir()}
    assert names == {"cluster-secret", "cluster-secret-previous", "redis-password", "redis-url", "redis-url-ha"}
    secret = (redis.secrets.nodes / "cluster-secret").read_text()
    for path in redis.secrets.own.iterdir():
        assert secret not in path.read_text()
    services = compose()["services"]
    made = services["secrets"]
    assert made["entrypoint"][2:] == ["/secrets", "/redis-secrets", "/users.acl", "/sentinel.acl"]
    assert made["network_mode"] == "none"
    readers: dict[str, set[str]] = {}
    for name, service in services.items():
        for volume in service.get("volumes", []):
            readers.setdefault(volume.split(":")[0], set()).add(name)
    assert readers["secrets"] == {"secrets", "web"}
    servers = {"redis", "redis-replica", "sentinel-1", "sentinel-2", "sentinel-3"}
    assert readers["redis-secrets"] == {"secrets"} | servers
    for name in servers:
        assert "redis-secrets:/secrets:ro" in services[name]["volumes"]
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
