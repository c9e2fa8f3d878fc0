"""Prometheus as a local process, for nodes that `localcluster` runs."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from localcluster import HOST, ROOT, Node, Server, answers, free_port, tool

SHIPPED = ROOT / "monitoring" / "prometheus"


class Prometheus(Server):
    """`monitoring/prometheus` with a list of nodes instead of the DNS name that they have in containers."""

    def __init__(
        self, directory: Path, logs: Path, nodes: Sequence[Node], port: int | None = None, seconds: int = 15
    ) -> None:
        """`seconds`: the interval of scrapes and of rule evaluation."""
        super().__init__("prometheus", port or free_port(), logs / "prometheus.log")
        self.directory = directory
        self.nodes = nodes
        self.seconds = seconds

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def render(self) -> Path:
        text = (SHIPPED / "prometheus.yml").read_text()
        targets = ", ".join(f'"{HOST}:{node.port}"' for node in self.nodes)
        for wanted, value in (
            (r"dns_sd_configs:\n(?: {6}.*\n)+", f"static_configs:\n      - targets: [{targets}]\n"),
            (r"(_interval): 15s", f"\\1: {self.seconds}s"),
            (r"scrape_timeout: 5s", f"scrape_timeout: {min(5, self.seconds)}s"),
            (r"- rules.yml", f"- {SHIPPED / 'rules.yml'}"),
            (r"localhost:9090", f"{HOST}:{self.port}"),
        ):
            text, count = re.subn(wanted, value, text)
            assert count, f"monitoring/prometheus/prometheus.yml has no {wanted!r}"
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / "prometheus.yml"
        path.write_text(text)
        return path

    def start(self) -> None:
        command = [tool("prometheus"), f"--config.file={self.render()}", f"--storage.tsdb.path={self.directory}/data"]
        command += [f"--web.listen-address={HOST}:{self.port}", "--log.level=warn"]
        self.launch(command, ready=lambda: answers(f"{self.url}/-/ready"))

    def query(self, expression: str) -> list[dict]:
        """The current samples, with `metric` and `value` (time, and number as text). Raises an error of Prometheus."""
        arguments = urllib.parse.urlencode({"query": expression}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/query", arguments, timeout=30) as response:
            return json.load(response)["data"]["result"]
