"""Redis and Sentinels as deploy/compose.yaml starts them, with the secrets and users that deploy/secrets.sh makes."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml
from localcluster import HOST, ROOT, Server, free_port, tool

DEPLOY = ROOT / "deploy"
SENTINEL_PORT = 26379


def compose(**given: str) -> dict[str, Any]:
    """With these variables, and for others the default, which `.env` must repeat."""
    text = (DEPLOY / "compose.yaml").read_text()
    set_in_env = dict(re.findall(r"(?m)^(\w+)=(.*)$", (ROOT / ".env").read_text()))
    for name, value in re.findall(r"\$\{(\w+):-([^}]*)\}", text):
        assert set_in_env[name] == value, f".env and compose.yaml have different values of {name}"
    return yaml.safe_load(re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: given.get(match[1], match[2]), text))


class Secrets:
    """The two volumes with secrets: `nodes` for nodes, `own` for Redis and Sentinels."""

    def __init__(self, directory: Path) -> None:
        self.nodes = directory / "secrets"
        self.own = directory / "redis-secrets"
        for folder in (self.nodes, self.own):
            folder.mkdir()

    def make(self) -> None:
        lists = (DEPLOY / "users.acl", DEPLOY / "sentinel.acl")
        subprocess.run(["sh", DEPLOY / "secrets.sh", self.nodes, self.own, *lists], check=True)


class ComposeServer(Server):
    """One service with Redis or a Sentinel, at `host` and `port` instead of its own.

    `settings`: its environment, with addresses of this machine.
    """

    def __init__(
        self,
        directory: Path,
        secrets: Secrets,
        service: str = "redis",
        host: str = HOST,
        port: int | None = None,
        **settings: str,
    ) -> None:
        super().__init__(service, port or free_port(), directory / f"{service}.log")
        self.secrets = secrets
        self.host = host
        self.settings = settings
        self.data = directory / service
        self.data.mkdir()

    def start(self) -> None:
        service = compose()["services"][self.name]
        places = {"secrets": self.secrets.own, "redis-secrets": self.secrets.own, self.name: self.data}
        words = [*service["entrypoint"], *service.get("command", [])]
        for volume in service["volumes"]:
            source, place, *_ = volume.split(":")
            here = DEPLOY / source if source.startswith("./") else places[source]
            words = [re.sub(rf"(^| ){place}(?=$|/)", rf"\1{here}", word) for word in words]
        own = [f"--bind {self.host}", f"--bind-source-addr {self.host}", f"--port {self.port}"]
        assert self.settings.keys() - {"PORT"} == service.get("environment", {}).keys()
        env = {"PATH": os.environ["PATH"]} | self.settings
        self.launch([*words, *own], ready=lambda: self.is_healthy(service["healthcheck"]["test"]), env=env)

    def is_healthy(self, test: list[str]) -> bool:
        kind, command = test
        assert kind == "CMD-SHELL"
        command = self.here(command.replace("$$", "$"))
        return subprocess.run(["sh", "-c", command], timeout=30, check=False, stderr=subprocess.DEVNULL).returncode == 0

    def here(self, command: str) -> str:
        """The same shell command, but it asks this server."""
        own = f"{tool('redis-cli')} -h {self.host} -p {self.port}"
        return command.replace(f" -p {SENTINEL_PORT}", "").replace("redis-cli", own)

    def says(self, *words: str) -> str:
        client = [tool("redis-cli"), "-h", self.host, "-p", str(self.port), "--no-auth-warning", *words]
        ended = subprocess.run(client, capture_output=True, text=True, timeout=10, check=False)
        return (ended.stdout + ended.stderr).strip()
