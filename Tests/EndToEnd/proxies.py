"""The proxies of docs/proxies.md, each with its file from deploy/ and the addresses of this machine in it."""

import contextlib
import os
import re
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from localcluster import HOST, ROOT, Nginx, Node, Server, accepts, free_port, tool

# As short as possible: the node pings after 25 s of silence. The shipped files say 75 s.
PATIENCE = 28
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
NODE = r"10\.0\.0\.1([12]):8080"


def make_certificate(directory: Path) -> None:
    """`webchat.crt`, `.key`, and both in one file, `.pem`; signed by nobody else."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o755)
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    names = f"subjectAltName=DNS:localhost,IP:{HOST},IP:::1"
    key, certificate = directory / "webchat.key", directory / "webchat.crt"
    files = ["-addext", names, "-keyout", key, "-out", certificate]
    subprocess.run([tool("openssl"), *command.split(), *files], check=True, capture_output=True)
    key.chmod(0o644)
    (directory / "webchat.pem").write_bytes(certificate.read_bytes() + key.read_bytes())


class Proxy(Server):
    """A proxy that serves `url` over TLS. `host` may be an IPv6 address."""

    file: str
    # The file also serves the page under this path.
    path = "/chat"
    speaks_http2 = True
    reloads_on = signal.SIGHUP

    def __init__(self, directory: Path, nodes: Sequence[Node], host: str = HOST) -> None:
        name = type(self).__name__.lower()
        super().__init__(name, free_port(), directory / f"{name}.log")
        self.directory = directory / self.name
        self.nodes = nodes
        self.host = host

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.authority}"

    def changes(self) -> list[tuple[str, str]]:
        """Patterns that must occur in the file, and their replacements."""
        raise NotImplementedError

    def command(self, conf: Path) -> list[str | Path]:
        raise NotImplementedError

    def render(self) -> Path:
        make_certificate(self.directory)
        text = (ROOT / "deploy" / self.file).read_text()
        of_all = [
            (NODE, lambda found: f"{HOST}:{self.nodes[int(found[1]) - 1].port}"),
            (r"/etc/ssl/webchat", f"{self.directory}/webchat"),
        ]
        for wanted, value in [*of_all, *self.changes()]:
            text, count = re.subn(wanted, value, text)
            assert count, f"deploy/{self.file} has no {wanted!r}"
        path = self.directory / Path(self.file).name
        path.write_text(text)
        return path

    def start(self) -> None:
        # The servers drop root privileges and still need their files.
        for folder in (self.directory.parent, self.directory):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        self.launch(self.command(self.render()), ready=self.serves)

    def serves(self) -> bool:
        if not accepts(self.port):
            return False
        anyone = ssl._create_unverified_context()
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2, context=anyone) as response:
                return response.status == 200
        except OSError:
            return False

    def reload(self) -> None:
        self.signal(self.reloads_on)

    def stop(self, seconds: float = 5) -> None:
        super().stop(seconds)
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


class NginxSite(Proxy):
    """With a pool of connections to the nodes, from which sockets are taken, too."""

    file = "proxies/nginx-site.conf"

    def changes(self) -> list[tuple[str, str]]:
        return [
            (r"listen 443 ssl", f"listen {self.authority} ssl"),
            (r"server_name chat.example.org", "server_name localhost"),
            (r"_timeout 75s", f"_timeout {PATIENCE}s"),
        ]

    def command(self, conf: Path) -> list[str | Path]:
        main = self.directory / "nginx.conf"
        temporary = "".join(
            f"{kind}_temp_path {self.directory}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main.write_text(
            f"pid {self.directory}/nginx.pid;\nerror_log stderr warn;\nworker_processes 2;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{temporary}include {conf};\n}}\n"
        )
        return [tool("nginx"), "-p", self.directory, "-e", "stderr", "-c", main, "-g", "daemon off;"]


class HAProxy(Proxy):
    file = "proxies/haproxy.cfg"
    reloads_on = signal.SIGUSR2

    def changes(self) -> list[tuple[str, str]]:
        return [(r"bind :443 ", f"bind {self.authority} "), (r"timeout (.+) 75s", rf"timeout \1 {PATIENCE}s")]

    def command(self, conf: Path) -> list[str | Path]:
        # In master-worker mode, as a system service.
        return [tool("haproxy"), "-W", "-f", conf]


class Apache(Proxy):
    file = "proxies/apache.conf"
    reloads_on = signal.SIGUSR1
    modules = (
        "mpm_event authz_core alias ssl socache_shmcb http2 headers proxy proxy_http proxy_balancer proxy_hcheck "
        "lbmethod_byrequests lbmethod_bybusyness slotmem_shm"
    )

    def changes(self) -> list[tuple[str, str]]:
        return [
            (r"<VirtualHost \*:443>", f"Listen {self.authority}\n<VirtualHost {self.authority}>"),
            (r"ServerName chat.example.org", "ServerName localhost"),
            (r"ProxyTimeout 75", f"ProxyTimeout {PATIENCE}"),
        ]

    def command(self, conf: Path) -> list[str | Path]:
        modules = "".join(f"LoadModule {name}_module modules/mod_{name}.so\n" for name in self.modules.split())
        main = self.directory / "apache2.conf"
        main.write_text(
            f"ServerRoot /usr/lib/apache2\nServerName localhost\n{modules}"
            f"DefaultRuntimeDir {self.directory}\nPidFile {self.directory}/apache2.pid\nErrorLog /dev/stderr\n"
            f"LogLevel warn\nUser www-data\nGroup www-data\nStartServers 1\nThreadsPerChild 64\n"
            f"MaxRequestWorkers 256\nInclude {conf}\n"
        )
        return [tool("apache2"), "-f", main, "-DFOREGROUND"]


class Caddy(Proxy):
    file = "proxies/Caddyfile"

    def __init__(self, directory: Path, nodes: Sequence[Node], host: str = HOST) -> None:
        super().__init__(directory, nodes, host)
        self.admin = f"{HOST}:{free_port()}"

    def changes(self) -> list[tuple[str, str]]:
        local = f"{{\n\tadmin {self.admin}\n\tauto_https disable_redirects\n\tskip_install_trust\n}}\n\n"
        return [(r"chat.example.org ", f"{self.url} "), (r"^", local)]

    def command(self, conf: Path) -> list[str | Path]:
        folders = [f"{name}={self.directory}" for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")]
        return ["env", *folders, tool("caddy"), "run", "--adapter", "caddyfile", "--config", conf]

    def reload(self) -> None:
        conf = self.directory / "Caddyfile"
        # It would not reload an unchanged file.
        conf.write_text(conf.read_text().replace("dial_timeout 1s", "dial_timeout 1100ms"))
        command = [tool("caddy"), "reload", "--address", self.admin, "--adapter", "caddyfile", "--config", conf]
        subprocess.run(command, check=True, capture_output=True)


class Shipped(Nginx):
    """`deploy/nginx.conf` with its lines for HTTPS: as in compose."""

    path = ""
    speaks_http2 = False

    def __init__(self, directory: Path, nodes: Sequence[Node]) -> None:
        super().__init__(directory / "shipped", directory, nodes)
        self.https_port = free_port()

    @staticmethod
    def render(directory: Path, port: int, admin_port: int, node_ports: Sequence[int]) -> Path:
        conf = Nginx.render(directory, port, admin_port, node_ports)
        conf.write_text(re.sub(r"_timeout 75s", f"_timeout {PATIENCE}s", conf.read_text()))
        return conf

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.https_port}"

    def reload(self) -> None:
        self.signal(signal.SIGHUP)


KINDS = {"nginx": Shipped, "nginx-site": NginxSite, "haproxy": HAProxy, "apache": Apache, "caddy": Caddy}
