#!/usr/bin/env python3
"""Writes the Grafana dashboard: dashboards/webchat.json beside this file.

    dashboard.py           writes it
    dashboard.py --check   fails if the file is not what would be written

To change the dashboard, change the tables below. Keep the titles that come from the original's dashboard.
"""

import argparse
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import StackingMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

FILE = Path(__file__).parent / "dashboards" / "webchat.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
CLUSTER_PAGE = "http://localhost:8081/cluster"


@dataclass(frozen=True)
class Panel:
    """`queries`: expression and legend. Green below `good`, red from `bad`."""

    title: str
    queries: list[tuple[str, str]]
    unit: str = "short"
    kind: str = "lines"
    width: int = 8
    good: float | None = None
    bad: float | None = None
    description: str = ""
    stacked: bool = False


# Nothing is aggregated across clusters: scripts/alertclusters.py checks every expression.
def by_rate(metric: str, label: str, where: str = "") -> list[tuple[str, str]]:
    return [(f"sum by (cluster, {label}) (rate({chosen(metric, where)}[$__rate_interval]))", legend(label))]


def legend(*labels: str) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in ("cluster", *labels))


def chosen(metric: str, where: str = "") -> str:
    """Limited to the clusters and instances selected in the dashboard."""
    return f'{metric}{{cluster=~"$cluster",instance=~"$instance"{"," if where else ""}{where}}}'


def quantile(part: float, metric: str, by: str = "", where: str = "", window: str = "$__rate_interval") -> str:
    labels = f"cluster, le, {by}" if by else "cluster, le"
    return f"histogram_quantile({part}, sum by ({labels}) (rate({chosen(metric + '_bucket', where)}[{window}])))"


def rate(metric: str, where: str = "", window: str = "$__rate_interval") -> str:
    return f"sum by (cluster) (rate({chosen(metric, where)}[{window}]))"


LATENCY = "webchat_message_latency_seconds"
DELIVERY = "webchat_relay_delivery_seconds"
OPERATIONS = "webchat_redis_operations_total"
RELAYED = "webchat_relay_messages_total"
ALIVE, FAILED, OF_NODES = 'state="alive"', 'status="error"', 'job="webchat"'

ROWS: dict[str, list[Panel]] = {
    "Now": [
        Panel(
            "Connected Users",
            [(f"sum by (cluster) ({chosen('webchat_connected_users')})", legend())],
            kind="number",
            width=4,
        ),
        Panel("Messages (5m rate)", [(rate("webchat_messages_total", window="5m"), legend())], "cps", "number", 4),
        Panel(
            "Message Latency p95",
            [(quantile(0.95, LATENCY, window="5m"), legend())],
            "s",
            "number",
            4,
            good=0.1,
            bad=0.25,
        ),
        Panel("Errors (5m rate)", [(rate("webchat_errors_total", window="5m"), legend())], "cps", "number", 4, bad=1),
        Panel(
            "Errors per Message",
            [
                (
                    f"{rate('webchat_errors_total', window='5m')} / "
                    f"clamp_min({rate('webchat_messages_total', window='5m')}, 0.1)",
                    legend(),
                )
            ],
            "percentunit",
            "number",
            4,
            bad=0.02,
        ),
        Panel(
            "Alive Members",
            [(f"min by (cluster) ({chosen('webchat_cluster_members', ALIVE)})", legend())],
            kind="number",
            width=2,
            description="According to the node that sees the fewest.",
        ),
        Panel(
            "Views",
            [
                (
                    f'count by (cluster) (count_values by (cluster) ("view", {chosen("webchat_cluster_view_hash")}))',
                    legend(),
                )
            ],
            kind="number",
            width=2,
            bad=2,
            description="Number of different views of the cluster among its nodes: should be 1.",
        ),
    ],
    "Traffic": [
        Panel(
            "Connected Users by Instance",
            [(chosen("webchat_connected_users"), legend("instance"))],
            stacked=True,
            width=12,
        ),
        Panel("Connection Rate by Status", by_rate("webchat_connections_total", "status"), "cps", width=6),
        Panel("Disconnection Rate by Reason", by_rate("webchat_disconnections_total", "reason"), "cps", width=6),
        Panel("Message Rate", by_rate("webchat_messages_total", "instance"), "cps", stacked=True),
        Panel(
            "Message Latency Percentiles",
            [(quantile(part, LATENCY), f"{legend()} p{part * 100:.0f}") for part in (0.5, 0.95, 0.99)],
            "s",
            description="From receiving a message to its confirmation by the log.",
        ),
        Panel("Message Latency", by_rate(f"{LATENCY}_bucket", "le"), "s", "heatmap"),
        Panel("Error Rate by Type", by_rate("webchat_errors_total", "type"), "cps", width=12),
        Panel(
            "Total Errors by Type",
            [(f"sum by (cluster, type) ({chosen('webchat_errors_total')})", legend("type"))],
            kind="number",
            width=12,
        ),
    ],
    "Delivery": [
        Panel(
            "Relay Delivery",
            [(quantile(part, DELIVERY, "path"), f"{legend()} p{part * 100:.0f} {{{{path}}}}") for part in (0.5, 0.99)],
            "s",
            description="From the log's timestamp to the room on a node; `remote` compares the clocks of two machines.",
        ),
        Panel("Resumes by Result", by_rate("webchat_resumes_total", "result"), "cps"),
        Panel(
            "Duplicates Suppressed",
            [(rate("webchat_duplicates_suppressed_total"), f"{legend()} resent")],
            "cps",
            width=4,
        ),
        Panel("Gaps Filled", [(rate(RELAYED, 'result="gap"'), f"{legend()} gaps")], "cps", width=4),
    ],
    "Cluster": [
        Panel(
            "Members by State",
            [(f"max by (cluster, state) ({chosen('webchat_cluster_members')})", legend("state"))],
            width=6,
            description="The highest count reported by any node.",
        ),
        Panel("Membership Events", by_rate("webchat_cluster_membership_events_total", "event"), "cps", width=6),
        Panel(
            "Problems by Instance",
            [(chosen("webchat_cluster_degraded"), legend("instance"))],
            width=6,
            description="Known problems in the cluster while the node serves; its /readyz lists them.",
        ),
        Panel("Canaries by Result", by_rate("webchat_canary_received_total", "result"), "cps", width=6),
        Panel(
            "Probe Round Trip p99", [(quantile(0.99, "webchat_cluster_probe_rtt_seconds", "kind"), legend("kind"))], "s"
        ),
        Panel("Probes by Result", by_rate("webchat_cluster_probes_total", "result"), "cps"),
        Panel("Gossip Datagrams", by_rate("webchat_gossip_datagrams_total", "result"), "cps"),
    ],
    "Actors": [
        Panel("Actors by Kind", [(f"sum by (cluster, kind) ({chosen('webchat_actors')})", legend("kind"))]),
        Panel(
            "Deepest Mailboxes",
            [(f"max by (cluster, kind) ({chosen('webchat_actor_mailbox_depth')})", legend("kind"))],
            description="Hops waiting between event loops.",
        ),
        Panel(
            "Restarts",
            [
                (
                    "sum by (cluster, kind, reason) "
                    f"(increase({chosen('webchat_actor_restarts_total')}[$__rate_interval]))",
                    legend("kind", "reason"),
                )
            ],
        ),
    ],
    "Redis": [
        Panel("Redis Operations Rate by Type", by_rate(OPERATIONS, "operation"), "ops"),
        Panel(
            "Redis Latency p95 by Operation",
            [(quantile(0.95, "webchat_redis_latency_seconds", "operation"), legend("operation"))],
            "s",
        ),
        Panel("Redis Error Rate by Operation", by_rate(OPERATIONS, "operation", FAILED), "ops"),
        Panel(
            "Redis Error Share",
            [(f"{rate(OPERATIONS, FAILED)} / {rate(OPERATIONS)}", f"{legend()} of all operations")],
            "percentunit",
            bad=0.01,
        ),
        Panel(
            "Relay In and Out",
            [
                (
                    f"sum by (cluster, direction, result) (rate({chosen(RELAYED)}[$__rate_interval]))",
                    legend("direction", "result"),
                )
            ],
            "cps",
        ),
        Panel(
            "Commands Waiting",
            [(f"max by (cluster, operation) ({chosen('webchat_redis_waiting_commands')})", legend("operation"))],
        ),
        Panel(
            "Redis Memory Used",
            [(f"max by (cluster) ({chosen('webchat_redis_memory_ratio')})", f"{legend()} of maxmemory")],
            "percentunit",
            good=0.8,
            bad=0.9,
        ),
        Panel(
            "Redis Shards",
            [(f"max by (cluster, state) ({chosen('webchat_redis_shards')})", legend("state"))],
            description="The highest count reported by any node. Rooms of a shard that is away wait.",
        ),
        Panel(
            "Redis Failovers",
            [(f"max by (cluster) (increase({chosen('webchat_redis_failovers_total')}[$__rate_interval]))", legend())],
            description="How often a node followed Redis to another primary.",
        ),
        Panel(
            "Redis Replicas",
            [(f"min by (cluster) ({chosen('webchat_redis_replicas')})", legend())],
            width=12,
            description="Replicas online, of all shards together, according to the node that sees the fewest.",
        ),
        Panel(
            "Replica Lag",
            [(f"max by (cluster) ({chosen('webchat_redis_replica_lag_bytes')})", legend())],
            "bytes",
            width=12,
            bad=16 * 1024 * 1024,
            description="Of the replica that is furthest behind its primary: lost with the primary, unless nodes wait "
            "for replicas.",
        ),
    ],
    "Saturation": [
        Panel(
            "Event Loop Lag p99",
            [(quantile(0.99, "webchat_event_loop_lag_seconds", "instance"), legend("instance"))],
            "s",
        ),
        Panel(
            "CPU",
            [(f"rate({chosen('process_cpu_seconds_total', OF_NODES)}[$__rate_interval])", legend("instance"))],
            "percentunit",
            description="In cores: 100 % is one core.",
        ),
        Panel("Memory", [(chosen("process_resident_memory_bytes", OF_NODES), legend("instance"))], "bytes"),
        Panel(
            "File Descriptors",
            [
                (
                    f"{chosen('process_open_fds', OF_NODES)} / {chosen('process_max_fds', OF_NODES)}",
                    legend("instance"),
                )
            ],
            "percentunit",
            bad=0.8,
        ),
        Panel("Slow Consumers", by_rate("webchat_slow_consumers_total", "peer"), "cps"),
        Panel("HTTP Refusals", by_rate("webchat_http_refusals_total", "reason"), "cps"),
    ],
}


def build_panel(number: int, panel: Panel) -> dashboard.Panel | stat.Panel | timeseries.Panel | heatmap.Panel:
    made = {"number": stat.Panel, "lines": timeseries.Panel, "heatmap": heatmap.Panel}[panel.kind]()
    made.id(number).title(panel.title).datasource(SOURCE).unit(panel.unit).span(panel.width)
    made.height(4 if panel.kind == "number" else 8)
    if panel.description:
        made.description(panel.description)
    for letter, (expression, name) in zip("ABC", panel.queries, strict=False):
        query = prometheus.Dataquery().expr(expression).ref_id(letter).datasource(SOURCE)
        if panel.kind == "heatmap":
            query.format(PromQueryFormat.HEATMAP)
        made.with_target(query.legend_format("{{le}}" if panel.kind == "heatmap" else name).range())
    if panel.kind == "heatmap":
        # A heatmap cannot show two clusters at once.
        made.repeat("cluster")
        made.y_axis(heatmap.YAxisConfig().unit(panel.unit)).unit("cps")
    if panel.kind == "lines":
        made.min(0).fill_opacity(10).legend(common.VizLegendOptions().show_legend(True).placement("bottom"))
        if panel.stacked:
            made.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    steps = [Threshold(color="green", value=None)]
    if panel.good is not None:
        steps.append(Threshold(color="orange", value=panel.good))
    if panel.bad is not None:
        steps.append(Threshold(color="red", value=panel.bad))
    return made.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))


def annotation(name: str, color: str, expression: str) -> dashboard.AnnotationQuery:
    made = dashboard.AnnotationQuery().name(name).datasource(SOURCE).enable(True)
    return made.icon_color(color).expr(expression)


def choice(label: str, title: str, among: str) -> dashboard.QueryVariable:
    made = dashboard.QueryVariable(label).label(title).datasource(SOURCE).query(f"label_values({among}, {label})")
    return made.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).multi(True).include_all(True).all_value(".*")


def link(title: str, url: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(True)


def build() -> str:
    made = (
        dashboard.Dashboard("Webchat")
        .uid("webchat")
        .tags(["webchat"])
        .refresh("15s")
        .time("now-30m", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(choice("cluster", "Cluster", 'up{job="webchat"}'))
        .with_variable(choice("instance", "Node", 'up{job="webchat",cluster=~"$cluster"}'))
        .annotation(
            annotation("Node restarts", "orange", f"changes({chosen('process_start_time_seconds', OF_NODES)}[1m]) > 0")
        )
        .annotation(
            annotation("Alerts", "red", 'ALERTS{alertname=~"Webchat.*",alertstate="firing",cluster=~"$cluster"}')
        )
        .link(link("Cluster", CLUSTER_PAGE))
    )
    numbers = itertools.count(1)
    for name, panels in ROWS.items():
        made.with_row(dashboard.Row(name).id(next(numbers)))
        for panel in panels:
            made.with_panel(build_panel(next(numbers), panel))
    return JSONEncoder(sort_keys=True, indent=1).encode(made.build()) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    text = build()
    if parser.parse_args().check:
        if FILE.read_text() != text:
            print(f"{FILE} is out of date: run {Path(__file__).name} and commit it", file=sys.stderr)
            return 1
        return 0
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
