#!/usr/bin/env python3
"""Checks that alerts and dashboard keep apart the clusters that one Prometheus watches.

Every aggregation in an expression must be by the label `cluster`. Then promtool runs every test of rules_test.yml again
beside a second cluster: first a large healthy one, which must not hide the problem and whose nodes must not count for
the first cluster; then one with the same problem.
"""

import copy
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROMETHEUS = ROOT / "monitoring" / "prometheus"
DASHBOARD = ROOT / "monitoring" / "grafana" / "dashboards" / "webchat.json"

AGGREGATES = "sum|avg|min|max|count|count_values|group|stddev|stdvar|topk|bottomk|quantile|limitk|limit_ratio"
AGGREGATION = re.compile(rf"\b(?:{AGGREGATES})\s*(?:(by|without)\s*\(([^()]*)\)\s*)?\(")
MATCHING = re.compile(r"\b(on|ignoring)\s*\(([^()]*)\)")
QUOTED = re.compile(r'"[^"]*"')

# Three busy, healthy nodes: a cluster of another size with another view.
HEALTHY = {
    'up{job="webchat"}': "1x{n}",
    "webchat_cluster_view_hash": "99x{n}",
    'webchat_cluster_members{state="alive"}': "3x{n}",
    'webchat_cluster_members{state="suspect"}': "0x{n}",
    "webchat_cluster_degraded": "0x{n}",
    'webchat_message_latency_seconds_bucket{le="0.25"}': "0+9000x{n}",
    'webchat_message_latency_seconds_bucket{le="0.5"}': "0+9000x{n}",
    'webchat_message_latency_seconds_bucket{le="+Inf"}': "0+9000x{n}",
    'webchat_relay_delivery_seconds_bucket{path="remote",le="0.5"}': "0+9000x{n}",
    'webchat_relay_delivery_seconds_bucket{path="remote",le="1"}': "0+9000x{n}",
    'webchat_relay_delivery_seconds_bucket{path="remote",le="+Inf"}': "0+9000x{n}",
    "webchat_relay_connected": "1x{n}",
    'webchat_redis_shards{state="connected"}': "5x{n}",
    'webchat_redis_shards{state="away"}': "0x{n}",
    "webchat_redis_failovers_total": "0x{n}",
    "webchat_redis_replica_lag_bytes": "100x{n}",
    'webchat_redis_operations_total{operation="canary",status="success"}': "0+12x{n}",
    'webchat_canary_received_total{result="ok"}': "0+36x{n}",
    'webchat_relay_messages_total{direction="in",result="gap"}': "0x{n}",
    'webchat_redis_operations_total{operation="publish",status="success"}': "0+9000x{n}",
    "webchat_messages_total": "0+9000x{n}",
    'webchat_errors_total{type="parse_error"}': "0x{n}",
    'webchat_actor_restarts_total{kind="room",reason="error"}': "0x{n}",
    'webchat_event_loop_lag_seconds_bucket{le="0.1"}': "0+9000x{n}",
    'webchat_event_loop_lag_seconds_bucket{le="0.25"}': "0+9000x{n}",
    'webchat_event_loop_lag_seconds_bucket{le="+Inf"}': "0+9000x{n}",
    "webchat_connected_users": "5000x{n}",
    'webchat_connections_total{status="success"}': "0+900x{n}",
    'process_open_fds{job="webchat"}': "10x{n}",
    'process_max_fds{job="webchat"}': "100x{n}",
}


def across_clusters(expression: str) -> Iterator[str]:
    """The parts of the expression that would count several clusters as one."""
    # Ignore what is quoted.
    bare = QUOTED.sub('""', expression)
    for match in (*AGGREGATION.finditer(bare), *MATCHING.finditer(bare)):
        kind, labels = match[1], re.findall(r"\w+", match[2] or "")
        # `without` and `ignoring` list the labels to drop.
        if kind is None or ("cluster" in labels) != (kind in ("by", "on")):
            yield f"`{match[0]}` aggregates across clusters"


def expressions() -> Iterator[tuple[str, str]]:
    for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield f"panel {panel['title']!r}", target["expr"]


def labelled(series: str, **labels: str) -> str:
    name, _, given = series.partition("{")
    parts = [f'{label}="{value}"' for label, value in labels.items()]
    return f"{name}{{{', '.join([*filter(None, [given.rstrip('}')]), *parts])}}}"


def in_cluster(test: dict[str, Any], cluster: str) -> dict[str, Any]:
    """The same test, with all input and expected samples in this cluster."""
    test = copy.deepcopy(test)
    for series in test["input_series"]:
        series["series"] = labelled(series["series"], cluster=cluster)
    for asked in test["promql_expr_test"]:
        asked["expr"], changed = re.subn(r"count by \((.+?)\)", r"count by (\1, cluster)", asked["expr"])
        assert changed == 1, f"{test['name']}: the expression does not start with count by"
        for sample in asked["exp_samples"]:
            sample["labels"] = labelled(sample["labels"], cluster=cluster)
    return test


def beside_a_healthy_one(test: dict[str, Any]) -> dict[str, Any]:
    both = in_cluster(test, "one")
    both["name"] += ", beside a healthy cluster"
    for node in ("x", "y", "z"):
        for series, values in HEALTHY.items():
            name = labelled(series, instance=node, cluster="two")
            both["input_series"].append({"series": name, "values": values.format(n=60)})
    return both


def in_both(test: dict[str, Any]) -> dict[str, Any]:
    both, other = in_cluster(test, "one"), in_cluster(test, "two")
    both["name"] += ", in two clusters at once"
    both["input_series"] += other["input_series"]
    for asked, also in zip(both["promql_expr_test"], other["promql_expr_test"], strict=True):
        asked["exp_samples"] += also["exp_samples"]
    return both


def main() -> int:
    failed = False
    assert list(across_clusters("sum(a)")) and list(across_clusters("sum by (le) (a)")), "the check finds nothing"
    assert not list(across_clusters("max by (cluster, le) (a) / on (cluster) group_left () min without (le) (b)"))
    assert list(across_clusters("a / on (instance) b")) and list(across_clusters("min without (cluster) (b)"))
    for name, expression in expressions():
        for sentence in across_clusters(expression):
            print(f"{name}: {sentence}: add the label cluster", file=sys.stderr)
            failed = True
    given = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text())
    # Skips tests in which no cluster is known: there is none to name.
    tests = [test for test in given["tests"] if test["input_series"] and "more than a day" not in test["name"]]
    made = given | {"rule_files": [str(PROMETHEUS / "rules.yml")]}
    made["tests"] = [change(test) for test in tests for change in (beside_a_healthy_one, in_both)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        # Without YAML anchors, which promtool would share between tests.
        yaml.dump(
            made, file, sort_keys=False, Dumper=type("Plain", (yaml.SafeDumper,), {"ignore_aliases": lambda *_: True})
        )
        file.flush()
        ended = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True, text=True, check=False)
    if ended.returncode:
        print(ended.stdout + ended.stderr, file=sys.stderr)
    return 1 if failed or ended.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
