"""deploy/compose.yaml with COMPOSE_PROFILES=ha: a primary, its replica and three Sentinels, each at its own address."""

import ipaddress
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from composed import DEPLOY, ComposeServer, Secrets, compose
from conftest import running, wait_until
from localcluster import Node, free_port

SENTINELS = ("sentinel-1", "sentinel-2", "sentinel-3")
PATIENCE = 60.0


class HighAvailability:
    def __init__(self, directory: Path) -> None:
        self.secrets = Secrets(directory)
        self.secrets.make()
        port, sentinel_port = free_port(), free_port()
        # Of this test alone, should it run twice at once. A loopback address, as all in 127.0.0.0/8.
        backend = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
        services = compose(BACKEND=backend, COMPOSE_PROFILES="ha")["services"]

        def server(name: str, port: int) -> ComposeServer:
            host = services[name]["networks"]["backend"]["ipv4_address"]
            settings = {key: value.replace("6379", str(port)) for key, value in environment(services, name).items()}
            return ComposeServer(directory, self.secrets, name, host, port, **settings)

        self.servers = [server("redis", port), server("redis-replica", port)]
        self.sentinels = [server(name, sentinel_port) for name in SENTINELS]
        for sentinel in self.sentinels:
            sentinel.settings["PORT"] = str(port)

    def ask(self, *words: str) -> str:
        """As an operator does, in the container of the first Sentinel."""
        first = self.sentinels[0]
        script = first.here((DEPLOY / "sentinel.sh").read_text()).replace("/secrets/", f"{self.secrets.own}/")
        command = ["sh", "-c", script, "sentinel.sh", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    @property
    def primary(self) -> str:
        """According to the first Sentinel."""
        host = self.ask("sentinel", "get-master-addr-by-name", "webchat").split()[0]
        return next(server.name for server in self.servers if server.host == host)

    @property
    def is_complete(self) -> bool:
        """Whether each Sentinel sees all others and the replica, and the replica has everything."""
        user = ("--user", "sentinel", "--pass", (self.secrets.own / "peer-password").read_text())
        for sentinel in self.sentinels:
            words = sentinel.says(*user, "sentinel", "master", "webchat").split()
            seen = dict(zip(words[::2], words[1::2], strict=False))
            if (seen.get("flags"), seen.get("num-slaves"), seen.get("num-other-sentinels")) != ("master", "1", "2"):
                return False
        answers = [server.says(*user, "info", "replication") for server in self.servers]
        return sum("role:master" in answer and "state=online" in answer for answer in answers) == 1

    def node(self, binary: Path, directory: Path) -> Node:
        """With what `web` gets from its env_file and its volume of secrets."""
        settings = dict(
            line.split("=") for line in (DEPLOY / "redis-ha.env").read_text().splitlines() if not line.startswith("#")
        )
        settings = {key: value.replace("/secrets", str(self.secrets.nodes)) for key, value in settings.items()}
        url = Path(settings.pop("REDIS_URL_FILE")).read_text()
        for sentinel in self.sentinels:
            url = url.replace(sentinel.name, f"{sentinel.host}:{sentinel.port}")
        settings |= {"REDIS_URL": url, "CLUSTER_SECRET_FILE": str(self.secrets.nodes / "cluster-secret")}
        return Node("n1", binary, directory / "logs", settings)


def environment(services: dict, name: str) -> dict[str, str]:
    return services[name].get("environment", {})


@pytest.fixture
def ha(tmp_path: Path) -> Iterator[HighAvailability]:
    ha = HighAvailability(tmp_path)
    with ExitStack() as stack:
        for server in (*ha.servers, *ha.sentinels):
            stack.enter_context(running(server))
        assert wait_until(lambda: ha.is_complete, PATIENCE)
        yield ha


def test_nothing_is_lost_when_the_primary_dies_and_the_last_decision_of_the_sentinels_outlives_all(
    ha: HighAvailability, binary: Path, tmp_path: Path
) -> None:
    redis = ha.servers[0]
    log = redis.data / "appendonlydir" / "appendonly.aof.1.incr.aof"
    with running(ha.node(binary, tmp_path)) as node:
        assert ha.primary == "redis"
        command = [binary, "verify", "--url", node.url, "--seconds", "25"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as verify:
            assert wait_until(lambda: b"verify-" in log.read_bytes())
            redis.kill()
            assert wait_until(lambda: ha.primary == "redis-replica", PATIENCE)
            redis.start()
            assert verify.wait(120) == 0, verify.stdout.read()
        assert wait_until(lambda: ha.is_complete, PATIENCE)
        # Everything is stopped and started, as by `docker compose down` and `up`.
        for server in (*ha.sentinels, *ha.servers):
            server.stop()
        for server in (*ha.servers, *ha.sentinels):
            server.start()
        health = [binary, "health", "--url", node.url]
        assert wait_until(lambda: ha.is_complete, PATIENCE)
        assert ha.primary == "redis-replica"
        assert wait_until(lambda: subprocess.run(health, capture_output=True, check=False).returncode == 0, PATIENCE)
        assert ha.ask("sentinel", "failover", "webchat") == "OK"
        assert wait_until(lambda: ha.primary == "redis" and ha.is_complete, PATIENCE)
        subprocess.run([binary, "verify", "--url", node.url, "--seconds", "2"], check=True, timeout=120)


def test_a_backup_of_the_primary_replaces_the_data_of_both_servers(
    ha: HighAvailability, binary: Path, tmp_path: Path
) -> None:
    """As docs/redis.md says, after a failover."""
    primary, other = reversed(ha.servers)
    assert ha.ask("sentinel", "failover", "webchat") == "OK"
    assert wait_until(lambda: ha.primary == primary.name and ha.is_complete, PATIENCE)
    user = ("-u", f"redis://webchat:{(ha.secrets.nodes / 'redis-password').read_text()}@{primary.host}:{primary.port}")

    def say(text: str) -> None:
        assert "-" in primary.says(*user, "xadd", "webchat:{lobby}:log", "*", "text", text)

    say("before")
    shutil.copytree(primary.data / "appendonlydir", tmp_path / "backup")
    say("after")
    for server in (*ha.sentinels, *ha.servers):
        server.stop()
    for server in ha.servers:
        shutil.rmtree(server.data / "appendonlydir")
    shutil.copytree(tmp_path / "backup", primary.data / "appendonlydir")
    for server in (primary, other, *ha.sentinels):
        server.start()
    assert wait_until(lambda: ha.is_complete, PATIENCE) and ha.primary == primary.name
    for server in ha.servers:
        user = (*user[:1], user[1].replace(primary.host, server.host))
        log = server.says(*user, "xrange", "webchat:{lobby}:log", "-", "+").split()
        assert "before" in log and "after" not in log, server.name


def test_a_sentinel_obeys_nobody_but_other_sentinels_and_whoever_is_in_its_container(ha: HighAvailability) -> None:
    first = ha.sentinels[0]
    assert first.says("ping").startswith("NOAUTH")
    assert "NOPERM" in first.says("--user", "health", "--pass", "any", "sentinel", "masters")
    node = ("--user", "webchat", "--pass", (ha.secrets.nodes / "redis-password").read_text())
    assert first.says(*node, "sentinel", "get-master-addr-by-name", "webchat").split()[0] == ha.servers[0].host
    for words in (("sentinel", "failover", "webchat"), ("sentinel", "set", "webchat", "quorum", "1"), ("shutdown",)):
        assert "NOPERM" in first.says(*node, *words), words
    for server in ha.servers:
        peer = (ha.secrets.own / "peer-password").read_text()
        for user in ("replica", "sentinel"):
            assert "NOPERM" in server.says("--user", user, "--pass", peer, "xrange", "webchat:{lobby}:log", "-", "+")


def test_sentinels_do_not_start_while_nodes_would_not_ask_them(tmp_path: Path) -> None:
    command = ["sh", DEPLOY / "sentinel.sh", tmp_path, tmp_path]
    env = {"PATH": os.environ["PATH"]} | environment(compose()["services"], "sentinel-1")
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=10, check=False)
    assert (ended.returncode, "COMPOSE_PROFILES=ha" in ended.stderr) == (78, True)


def test_every_service_of_the_profile_has_an_address_and_data_of_its_own(tmp_path: Path) -> None:
    made = compose(COMPOSE_PROFILES="ha")
    services = made["services"]
    assert {name for name, service in services.items() if "profiles" in service} == {"redis-replica", *SENTINELS}
    fixed = [service["networks"] for service in services.values() if isinstance(service.get("networks"), dict)]
    addresses = [ipaddress.ip_address(networks["backend"]["ipv4_address"]) for networks in fixed]
    [given] = made["networks"]["backend"]["ipam"]["config"]
    assert len(set(addresses)) == 6 and all(address in ipaddress.ip_network(given["subnet"]) for address in addresses)
    assert not any(address in ipaddress.ip_network(given["ip_range"]) for address in addresses)
    for name in ("redis", "redis-replica", *SENTINELS):
        assert f"{name}:/data" in services[name]["volumes"] and name in made["volumes"]
    primary = services["redis"]["networks"]["backend"]["ipv4_address"]
    assert environment(services, "redis-replica") == {"REPLICA_OF": f"{primary} 6379"}
    assert {environment(services, name)["PRIMARY"] for name in SENTINELS} == {primary}
    secrets = Secrets(tmp_path)
    secrets.make()
    assert (secrets.nodes / "redis-url-ha").read_text().endswith(f"@{','.join(SENTINELS)}/webchat")
    for profile in ("single", "ha"):
        env_file = compose(COMPOSE_PROFILES=profile)["services"]["web"]["env_file"]
        paths = [line.split("=")[1] for line in (DEPLOY / env_file).read_text().splitlines() if "=/secrets/" in line]
        assert paths and all((secrets.nodes / Path(path).name).is_file() for path in paths)
