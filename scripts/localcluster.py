"""Redis, nodes and nginx as local processes, on loopback.

`scripts/cluster` runs one cluster, end-to-end tests many: each in its directory, on free ports, ended with its starter.
"""

import contextlib
import ctypes
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """A process did not start; the text says which and why, with the end of its log."""


# Server names by port: a server may not listen yet when the next one chooses a port.
given_ports: dict[int, str] = {}
LAST_PORT = 65535


def take_port(port: int, name: str) -> int:
    """Reserves `port` for `name`, or raises. Reserve requested ports before others are chosen."""
    if not 1 <= port <= LAST_PORT:
        raise StartError(f"{name}: port {port} is not between 1 and {LAST_PORT}")
    if port in given_ports:
        raise StartError(f"{name}: port {port} is reserved for {given_ports[port]}, choose another")
    if not port_is_free(port):
        raise StartError(f"{name}: port {port} is in use by another program, choose another")
    given_ports[port] = name
    return port


# A client never gets one of these, while a server is down for a moment. Two processes begin at different ones.
SERVER_PORTS = range(random.randrange(16_384, 30_000), 32_768)


def free_port() -> int:
    """A different one each time: a server may not listen on its port yet."""
    free = (port for port in SERVER_PORTS if port not in given_ports and port_is_free(port))
    return take_port(next(free), "another server")


def first_free_port(start: int, name: str) -> int:
    """The first unreserved free port from `start` on, or any free one."""
    for port in range(start, min(start + 1000, LAST_PORT + 1)):
        if port not in given_ports and port_is_free(port):
            return take_port(port, name)
    return free_port()


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def tool(name: str) -> str:
    """The program's path. REDIS_SERVER names another redis-server; Debian's nginx is in sbin, perhaps not on PATH."""
    name = (os.environ.get("REDIS_SERVER") if name == "redis-server" else None) or name
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise StartError(f"{name} is not installed: run scripts/setup cluster")
    return path


def accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def end_with_parent() -> None:
    """Runs in the child: it ends with the process that started it, even if that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Server:
    """One process with its log file, in a session of its own, so that Ctrl-C reaches only the parent."""

    def __init__(self, name: str, port: int, log: Path) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was not started"
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def status(self) -> str:
        code = None if self.process is None else self.process.poll()
        if code is None:
            return "running"
        return f"signal {-code}" if code < 0 else f"status {code}"

    def launch(
        self, command: Sequence[str | Path], ready: Callable[[], bool], env: Mapping[str, str] | None = None
    ) -> None:
        # Clients that try to reach a killed server may get its port for their own end, for a moment.
        if not any(port_is_free(self.port) or time.sleep(0.1) for _ in range(100)):
            raise StartError(f"{self.name}: port {self.port} is in use, choose another")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab" if self.process else "wb") as output:
            self.process = subprocess.Popen(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.process.poll() is not None:
                raise StartError(f"{self.name} exited with status {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready after {START_SECONDS:.0f} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def log_tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def signal(self, number: signal.Signals) -> None:
        if self.running:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL; the process is gone when this returns."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def wait(self, seconds: float) -> None:
        """Kills it if it has not exited by then."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def stop(self, seconds: float = 10) -> None:
        self.terminate()
        self.wait(seconds)


class Redis(Server):
    """Named after its directory."""

    def __init__(self, directory: Path, logs: Path, port: int | None = None, keep: bool = False) -> None:
        """`keep`: acknowledged writes survive, in an append-only file that is synced before the answer."""
        super().__init__(directory.name, port or free_port(), logs / f"{directory.name}.log")
        self.directory = directory
        self.keep = keep

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}"

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [tool("redis-server"), "--bind", HOST, "--port", str(self.port), "--dir", str(self.directory)]
        command += ["--save", "", "--appendonly", "yes" if self.keep else "no"]
        command += ["--appendfsync", "always"]
        self.launch(command, ready=self.answers)

    def command(self, *words: str) -> str:
        client = [tool("redis-cli"), "-h", HOST, "-p", str(self.port), *words]
        return subprocess.run(client, capture_output=True, text=True, timeout=10, check=False).stdout.strip()

    def answers(self) -> bool:
        """While it loads its file, it accepts connections but refuses commands."""
        return accepts(self.port) and self.command("PING") == "PONG"


class RedisSetup:
    """Redis servers, each of which can be killed and started again, and the settings with which nodes use them."""

    def __init__(self, servers: Sequence[Redis], settings: Mapping[str, str]) -> None:
        self.servers = servers
        self.settings = settings

    def start(self) -> None:
        for server in self.servers:
            server.start()

    def stop(self) -> None:
        # The last first: nothing reacts to the end of a primary.
        for server in reversed(self.servers):
            server.stop()


class Node(Server):
    """One `webchat serve`, configured only by its environment."""

    def __init__(
        self, name: str, binary: Path, logs: Path, settings: Mapping[str, str], port: int | None = None
    ) -> None:
        super().__init__(name, port or free_port(), logs / f"{name}.log")
        self.binary = binary
        self.settings = settings

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        if not self.binary.is_file():
            raise StartError(f"{self.binary} does not exist: build it first (make cluster and make test do)")
        base = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        own = {"HOST": HOST, "PORT": str(self.port), "STATIC_DIR": str(ROOT / "frontend"), "NODE_NAME": self.name}
        ready = f"{self.url}/readyz"
        self.launch([self.binary, "serve"], ready=lambda: answers(ready), env=base | own | dict(self.settings))


class Nginx(Server):
    """Serves users at `url` and operators, who also get /cluster, at `admin_url`."""

    def __init__(
        self, directory: Path, logs: Path, nodes: Sequence[Node], port: int | None = None, admin: int | None = None
    ) -> None:
        super().__init__("nginx", port or free_port(), logs / "nginx.log")
        self.directory = directory
        self.nodes = nodes
        self.admin_port = admin or free_port()
        self.https_port: int | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def admin_url(self) -> str:
        return f"http://{HOST}:{self.admin_port}"

    @staticmethod
    def render(directory: Path, port: int, admin_port: int, node_ports: Sequence[int]) -> Path:
        """`deploy/nginx.conf` with local addresses instead of the name `web`, which has those of all nodes."""
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for wanted, value in (
            (r"listen 8080;", f"listen {HOST}:{port};"),
            (r"listen 8081;", f"listen {HOST}:{admin_port};"),
            (r"server web:8080 resolve (.+);", "\n".join(f"server {HOST}:{node} \\1;" for node in node_ports)),
            (r"(pid|_path) /run/nginx/", f"\\1 {directory}/"),
        ):
            text, count = re.subn(wanted, value, text)
            assert count, f"deploy/nginx.conf has no {wanted!r}"
        directory.mkdir(parents=True, exist_ok=True)
        # As root, nginx runs its workers as another user, which needs access to the temporary files.
        directory.chmod(0o755)
        path = directory / "nginx.conf"
        path.write_text(text)
        return path

    @staticmethod
    def secure(conf: Path, https_port: int) -> None:
        """Enables the lines for HTTPS, with a self-signed certificate."""
        directory = conf.parent
        command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
        files = ["-keyout", directory / "tls.key", "-out", directory / "tls.crt"]
        subprocess.run([tool("openssl"), *command.split(), *files], check=True, capture_output=True)
        text, lines = re.subn(r"(?m)^( *)#(?=\S| {4})", r"\1", conf.read_text())
        assert lines > 8, "deploy/nginx.conf has no lines for HTTPS"
        conf.write_text(
            text.replace("/run/secrets", str(directory)).replace("listen 8443", f"listen {HOST}:{https_port}")
        )

    def start(self) -> None:
        conf = self.render(self.directory, self.port, self.admin_port, [node.port for node in self.nodes])
        if self.https_port:
            self.secure(conf, self.https_port)
        command = [tool("nginx"), "-p", self.directory, "-e", "stderr", "-c", conf, "-g", "daemon off;"]
        self.launch(command, ready=lambda: accepts(self.port))

    def reload(self) -> None:
        self.signal(signal.SIGHUP)

    def kill(self) -> None:
        # Workers keep serving without their master.
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        super().kill()

    def stop(self, seconds: float = 10) -> None:
        super().stop(seconds)
        self.kill()


class Cluster:
    """Redis, N nodes and nginx. `with Cluster(…) as cluster:` stops them all at the end, even if a start fails."""

    def __init__(
        self,
        directory: Path,
        binary: Path,
        nodes: int = 3,
        port: int | None = None,
        redis_port: int | None = None,
        admin_port: int | None = None,
        settings: Mapping[str, str] | None = None,
        keep: bool = False,
        redis: RedisSetup | None = None,
    ) -> None:
        """`redis`: one server unless given; `redis_port` and `keep` are for that one."""
        logs = directory / "logs"
        if redis is None:
            single = Redis(directory / "redis", logs, redis_port, keep)
            redis = RedisSetup([single], {"REDIS_URL": single.url})
        self.redis_setup = redis
        # The only one, or the first of several.
        self.redis = redis.servers[0]
        shared = {
            "CLUSTER_SECRET": secrets.token_hex(32),
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "MESSAGE_RATE": "0",
            "CONNECTIONS_PER_ADDRESS": "0",
            **redis.settings,
        } | dict(settings or {})
        self.nodes = [Node(f"n{number}", binary, logs, shared) for number in range(1, nodes + 1)]
        self.nginx = Nginx(directory / "nginx", logs, self.nodes, port, admin_port)

    @property
    def url(self) -> str:
        return self.nginx.url

    @property
    def admin_url(self) -> str:
        return self.nginx.admin_url

    @property
    def redis_port(self) -> int:
        return self.redis.port

    def start(self) -> None:
        for part in (self.redis_setup, *self.nodes, self.nginx):
            part.start()

    def stop(self) -> None:
        # Nodes first and together: they drain while everything else still runs.
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.wait(35)
        self.nginx.stop()
        self.redis_setup.stop()

    def __enter__(self) -> "Cluster":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
