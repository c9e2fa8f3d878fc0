#!/usr/bin/env python3
"""Makes the Grafana dashboard: dashboards/webchat.json beside this file.

    dashboard.py           writes it
    dashboard.py --check   says whether it is what would be written

To change the dashboard, change the tables below. Titles of the dashboard that this one follows stay as they are.
"""

from __future__ import annotations

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
    """`queries`: expression and legend. `good`: below this it is green, from `bad` on red."""

    title: str
    queries: list[tuple[str, str]]
    unit: str = "short"
    kind: str = "lines"
    width: int = 8
    good: float | None = None
    bad: float | None = None
    description: str = ""
    stacked: bool = False


def by_rate(metric: str, label: str, where: str = "") -> list[tuple[str, str]]:
    return [(f"sum by ({label}) (rate({chosen(metric, where)}[$__rate_interval]))", f"{{{{{label}}}}}")]


def chosen(metric: str, where: str = "") -> str:
    """Of the instances that the dashboard shows."""
    return f'{metric}{{instance=~"$instance"{"," if where else ""}{where}}}'


def quantile(part: float, metric: str, by: str = "", where: str = "", window: str = "$__rate_interval") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({part}, sum by ({labels}) (rate({chosen(metric + '_bucket', where)}[{window}])))"


def rate(metric: str, where: str = "", window: str = "$__rate_interval") -> str:
    return f"sum(rate({chosen(metric, where)}[{window}]))"


LATENCY = "webchat_message_latency_seconds"
DELIVERY = "webchat_relay_delivery_seconds"
OPERATIONS = "webchat_redis_operations_total"
RELAYED = "webchat_relay_messages_total"
ALIVE, FAILED, OF_NODES = 'state="alive"', 'status="error"', 'job="webchat"'

ROWS: dict[str, list[Panel]] = {
    "Now": [
        Panel("Connected Users", [(f"sum({chosen('webchat_connected_users')})", "")], kind="number", width=4),
        Panel("Messages (5m rate)", [(rate("webchat_messages_total", window="5m"), "")], "cps", "number", 4),
        Panel(
            "Message Latency p95", [(quantile(0.95, LATENCY, window="5m"), "")], "s", "number", 4, good=0.1, bad=0.25
        ),
        Panel("Errors (5m rate)", [(rate("webchat_errors_total", window="5m"), "")], "cps", "number", 4, bad=1),
        Panel(
            "Errors per Message",
            [
                (
                    f"{rate('webchat_errors_total', window='5m')} / "
                    f"clamp_min({rate('webchat_messages_total', window='5m')}, 0.1)",
                    "",
                )
            ],
            "percentunit",
            "number",
            4,
            bad=0.02,
        ),
        Panel(
            "Alive Members",
            [(f"min({chosen('webchat_cluster_members', ALIVE)})", "")],
            kind="number",
            width=2,
            description="As the node sees them that sees the fewest.",
        ),
        Panel(
            "Views",
            [('count(count_values("view", webchat_cluster_view_hash))', "")],
            kind="number",
            width=2,
            bad=2,
            description="How many different clusters the nodes see: 1 is as it should be.",
        ),
    ],
    "Traffic": [
        Panel(
            "Connected Users by Instance", [(chosen("webchat_connected_users"), "{{instance}}")], stacked=True, width=12
        ),
        Panel("Connection Rate by Status", by_rate("webchat_connections_total", "status"), "cps", width=6),
        Panel("Disconnection Rate by Reason", by_rate("webchat_disconnections_total", "reason"), "cps", width=6),
        Panel("Message Rate", by_rate("webchat_messages_total", "instance"), "cps", stacked=True),
        Panel(
            "Message Latency Percentiles",
            [(quantile(part, LATENCY), f"p{part * 100:.0f}") for part in (0.5, 0.95, 0.99)],
            "s",
            description="From the reading of a message to its confirmation by the log.",
        ),
        Panel("Message Latency", by_rate(f"{LATENCY}_bucket", "le"), "s", "heatmap"),
        Panel("Error Rate by Type", by_rate("webchat_errors_total", "type"), "cps", width=12),
        Panel(
            "Total Errors by Type",
            [(f"sum by (type) ({chosen('webchat_errors_total')})", "{{type}}")],
            kind="number",
            width=12,
        ),
    ],
    "Delivery": [
        Panel(
            "Relay Delivery",
            [(quantile(part, DELIVERY, "path"), f"p{part * 100:.0f} {{{{path}}}}") for part in (0.5, 0.99)],
            "s",
            description="From the log's time stamp to the room on a node: remote compares two machines' clocks.",
        ),
        Panel("Resumes by Result", by_rate("webchat_resumes_total", "result"), "cps"),
        Panel(
            "Duplicates Suppressed",
            [(rate("webchat_duplicates_suppressed_total"), "sent again")],
            "cps",
            width=4,
        ),
        Panel("Gaps Filled", [(rate(RELAYED, 'result="gap"'), "gaps")], "cps", width=4),
    ],
    "Cluster": [
        Panel(
            "Members by State",
            [(f"max by (state) ({chosen('webchat_cluster_members')})", "{{state}}")],
            width=6,
            description="The largest count of any node.",
        ),
        Panel("Membership Events", by_rate("webchat_cluster_membership_events_total", "event"), "cps", width=6),
        Panel(
            "Troubles by Instance",
            [(chosen("webchat_cluster_degraded"), "{{instance}}")],
            width=6,
            description="What of the cluster is not whole though the node serves: its /readyz says what.",
        ),
        Panel("Canaries by Result", by_rate("webchat_canary_received_total", "result"), "cps", width=6),
        Panel("Probe Round Trip p99", [(quantile(0.99, "webchat_cluster_probe_rtt_seconds", "kind"), "{{kind}}")], "s"),
        Panel("Probes by Result", by_rate("webchat_cluster_probes_total", "result"), "cps"),
        Panel("Gossip Datagrams", by_rate("webchat_gossip_datagrams_total", "result"), "cps"),
    ],
    "Actors": [
        Panel("Actors by Kind", [(f"sum by (kind) ({chosen('webchat_actors')})", "{{kind}}")]),
        Panel(
            "Deepest Mailboxes",
            [(f"max by (kind) ({chosen('webchat_actor_mailbox_depth')})", "{{kind}}")],
            description="Hops that wait between event loops.",
        ),
        Panel(
            "Restarts",
            [
                (
                    f"sum by (kind, reason) (increase({chosen('webchat_actor_restarts_total')}[$__rate_interval]))",
                    "{{kind}} {{reason}}",
                )
            ],
        ),
    ],
    "Redis": [
        Panel("Redis Operations Rate by Type", by_rate(OPERATIONS, "operation"), "ops"),
        Panel(
            "Redis Latency p95 by Operation",
            [(quantile(0.95, "webchat_redis_latency_seconds", "operation"), "{{operation}}")],
            "s",
        ),
        Panel("Redis Error Rate by Operation", by_rate(OPERATIONS, "operation", FAILED), "ops"),
        Panel(
            "Redis Error Share",
            [(f"{rate(OPERATIONS, FAILED)} / {rate(OPERATIONS)}", "of all operations")],
            "percentunit",
            bad=0.01,
        ),
        Panel(
            "Relay In and Out",
            [
                (
                    f"sum by (direction, result) (rate({chosen(RELAYED)}[$__rate_interval]))",
                    "{{direction}} {{result}}",
                )
            ],
            "cps",
        ),
        Panel(
            "Commands Waiting",
            [(f"max by (operation) ({chosen('webchat_redis_waiting_commands')})", "{{operation}}")],
        ),
    ],
    "Saturation": [
        Panel(
            "Event Loop Lag p99", [(quantile(0.99, "webchat_event_loop_lag_seconds", "instance"), "{{instance}}")], "s"
        ),
        Panel(
            "CPU",
            [(f"rate({chosen('process_cpu_seconds_total', OF_NODES)}[$__rate_interval])", "{{instance}}")],
            "percentunit",
            description="Of one core.",
        ),
        Panel("Memory", [(chosen("process_resident_memory_bytes", OF_NODES), "{{instance}}")], "bytes"),
        Panel(
            "File Descriptors",
            [
                (
                    f"{chosen('process_open_fds', OF_NODES)} / {chosen('process_max_fds', OF_NODES)}",
                    "{{instance}}",
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
    for letter, (expression, legend) in zip("ABC", panel.queries, strict=False):
        query = prometheus.Dataquery().expr(expression).ref_id(letter).datasource(SOURCE)
        if panel.kind == "heatmap":
            query.format(PromQueryFormat.HEATMAP)
        made.with_target(query.legend_format("{{le}}" if panel.kind == "heatmap" else legend).range())
    if panel.kind == "heatmap":
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
        .with_variable(
            dashboard.QueryVariable("instance")
            .label("Node")
            .datasource(SOURCE)
            .query('label_values(up{job="webchat"}, instance)')
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .multi(True)
            .include_all(True)
            .all_value(".*")
        )
        .annotation(
            annotation("Restarts of nodes", "orange", 'changes(process_start_time_seconds{job="webchat"}[1m]) > 0')
        )
        .annotation(annotation("Alerts", "red", 'ALERTS{alertname=~"Webchat.*",alertstate="firing"}'))
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
            print(f"{FILE} is not what {Path(__file__).name} makes: run it", file=sys.stderr)
            return 1
        return 0
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
