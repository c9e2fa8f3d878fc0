"""Every expression of the dashboard and the alerts, evaluated by Prometheus on a busy cluster."""

import json
import math
import re
import subprocess
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import running, wait_until
from localcluster import ROOT, Cluster
from localprometheus import Prometheus

PATIENCE = 60.0
DASHBOARD = ROOT / "monitoring" / "grafana" / "dashboards" / "webchat.json"
RULES = ROOT / "monitoring" / "prometheus" / "rules.yml"
# Must not fire even on a slow machine; the other alerts depend on latencies and timeouts.
QUIET_ALERTS = (
    "WebchatActorRestartLoop",
    "WebchatErrorsHigh",
    "WebchatFdsHigh",
    "WebchatRedisErrors",
    "WebchatRedisFailover",
    "WebchatReplicaLag",
    "WebchatUpgradeFailures",
)
# Titles that users know from the original dashboard.
GIVEN_TITLES = {
    "Connected Users",
    "Messages (5m rate)",
    "Message Latency p95",
    "Errors (5m rate)",
    "Connected Users by Instance",
    "Connection Rate by Status",
    "Disconnection Rate by Reason",
    "Message Rate",
    "Message Latency Percentiles",
    "Redis Operations Rate by Type",
    "Redis Latency p95 by Operation",
    "Redis Error Rate by Operation",
    "Error Rate by Type",
    "Total Errors by Type",
}


@pytest.fixture
def prometheus(cluster: Cluster, tmp_path: Path) -> Iterator[Prometheus]:
    with running(Prometheus(tmp_path / "prometheus", tmp_path / "logs", cluster.nodes, seconds=1)) as prometheus:
        yield prometheus


def panels() -> dict[str, list[str]]:
    found = json.loads(DASHBOARD.read_text())["panels"]
    return {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in found if "targets" in panel}


def filled_in(expression: str) -> str:
    return expression.replace("$instance", ".*").replace("$cluster", "webchat").replace("$__rate_interval", "30s")


def alerts() -> dict[str, str]:
    return dict(re.findall(r"- alert: (\w+)\n +expr: (.+)\n", RULES.read_text()))


def metrics_of(expressions: list[str]) -> set[str]:
    return set(re.findall(r"\b(?:webchat|process)_\w+", " ".join(expressions)))


def has_data(prometheus: Prometheus, expression: str) -> bool:
    """NaN, the quantile of no samples, does not count."""
    try:
        return any(not math.isnan(float(sample["value"][1])) for sample in prometheus.query(expression))
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{expression}: {error.read().decode()}") from error


def test_the_dashboard_keeps_the_titles_that_people_know() -> None:
    assert panels().keys() >= GIVEN_TITLES


def test_every_panel_has_data_and_every_alert_can_be_asked_while_a_cluster_talks(
    cluster: Cluster, prometheus: Prometheus, binary: Path
) -> None:
    urls = [word for node in cluster.nodes for word in ("--url", node.url)]
    with subprocess.Popen(
        [binary, "verify", *urls, "--seconds", "20"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as verify:
        missing = {f"panel {title!r}": filled_in(query) for title, found in panels().items() for query in found}
        missing |= {f"metric of an alert: {name}": f"count({name})" for name in metrics_of(list(alerts().values()))}
        deadline = time.monotonic() + PATIENCE
        # Each counts once it had data: quantiles of the last 30 s end with the load.
        while missing := {name: query for name, query in missing.items() if not has_data(prometheus, query)}:
            assert time.monotonic() < deadline, f"no data for {sorted(missing)}"
            time.sleep(0.5)
        assert verify.wait(60) == 0, verify.stdout.read()
    found = {name: has_data(prometheus, expression) for name, expression in alerts().items()}
    assert len(found) == 26
    for name in QUIET_ALERTS:
        assert not found[name], f"{name} fires, and everything is well"
    cluster.nodes[0].kill()
    assert wait_until(lambda: has_data(prometheus, alerts()["WebchatInstanceDown"]), PATIENCE)
