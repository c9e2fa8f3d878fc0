"""table.py results.jsonl: prints bench/run's results as Markdown, medians and ratios to limit_plain of the same run."""

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

FLOOR = "limit_plain"
CPU = "server_cpu_us_per_delivery"
USER = "server_user_us_per_delivery"
RATE = "deliveries_per_s"


class Results:
    def __init__(self, path: Path) -> None:
        self.runs: dict[tuple[str, str], list[dict]] = defaultdict(list)
        for line in path.read_text().splitlines():
            run = json.loads(line)
            peer, scenario = run["label"].rsplit(".", 1)
            self.runs[peer, scenario].append(run)

    def peers(self, scenario: str) -> list[str]:
        return [peer for peer, of in self.runs if of == scenario]

    def median(self, peer: str, scenario: str, key: str) -> float | None:
        values = [run[key] for run in self.runs.get((peer, scenario), [])]
        return statistics.median(values) if values else None

    def number(self, peer: str, scenario: str, key: str, digits: int = 1, scale: float = 1) -> str:
        value = self.median(peer, scenario, key)
        return "-" if value is None else f"{value / scale:,.{digits}f}"

    def spread(self, peer: str, scenario: str, key: str, digits: int = 1, scale: float = 1) -> str:
        values = [run[key] / scale for run in self.runs[peer, scenario]]
        return f"{min(values):,.{digits}f}-{max(values):,.{digits}f}"

    def ratio(self, peer: str, scenario: str, key: str, floor_scenario: str | None = None) -> str:
        value, floor = self.median(peer, scenario, key), self.median(FLOOR, floor_scenario or scenario, key)
        return f"{value / floor:.2f} x" if value and floor else "-"

    def faults(self, peer: str, scenario: str) -> str:
        """Lost, duplicated and reordered deliveries, summed over all repeats: anything but 0 / 0 / 0 is a bug."""
        keys = ("lost", "duplicated", "out_of_order")
        return " / ".join(str(sum(run[key] for run in self.runs[peer, scenario])) for key in keys)

    def latency(self, peer: str, scenario: str, prefix: str = "lat_us") -> str:
        parts = (self.number(peer, scenario, f"{prefix}_{part}", 2, 1000) for part in ("p50", "p99"))
        return " / ".join(parts)


def emit(results: Results, scenario: str, title: str, columns: dict[str, Callable[[str], str]]) -> None:
    peers = results.peers(scenario)
    if not peers:
        return
    print(f"\n**{scenario.upper()}** {title}\n")
    print("| peer | " + " | ".join(columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for peer in peers:
        print(f"| `{peer}` | " + " | ".join(cell(peer) for cell in columns.values()) + " |")


def open_loop(results: Results, scenario: str, floor: str | None = None) -> dict[str, Callable[[str], str]]:
    return {
        "CPU µs/delivery": lambda peer: results.number(peer, scenario, CPU),
        "min-max": lambda peer: results.spread(peer, scenario, CPU),
        "vs. floor": lambda peer: results.ratio(peer, scenario, CPU, floor),
        "of which user mode": lambda peer: results.number(peer, scenario, USER),
        "deliveries/s": lambda peer: results.number(peer, scenario, RATE, 0),
        "p50 / p99 ms": lambda peer: results.latency(peer, scenario),
        "lost / duplicated / reordered": lambda peer: results.faults(peer, scenario),
    }


def main() -> None:
    results = Results(Path(sys.argv[1]))
    emit(results, "s1", "one room, 500 members, 100 messages/s", open_loop(results, "s1"))
    closed = {
        "deliveries/s": lambda peer: results.number(peer, "s2", RATE, 0),
        "min-max k": lambda peer: results.spread(peer, "s2", RATE, 0, 1000),
        "vs. floor": lambda peer: results.ratio(peer, "s2", RATE),
        "CPU µs/delivery": lambda peer: results.number(peer, "s2", CPU, 2),
        "of which user mode": lambda peer: results.number(peer, "s2", USER, 2),
        "lost / duplicated / reordered": lambda peer: results.faults(peer, "s2"),
    }
    emit(results, "s2", "the same room, closed loop: 10 senders with 4 messages in flight each", closed)
    emit(results, "s3", "100 rooms of 10 members, 2,000 messages/s", open_loop(results, "s3"))
    idle = {
        "KiB/connection": lambda peer: results.number(peer, "s4", "rss_kib_per_conn"),
        "connections": lambda peer: results.number(peer, "s4", "connected", 0),
        "handshakes/s": lambda peer: results.number(peer, "s4", "handshakes_per_s", 0),
        "CPU µs/handshake": lambda peer: results.number(peer, "s4", "cpu_us_per_handshake", 0),
    }
    emit(results, "s4", "idle connections", idle)
    across = open_loop(results, "s5", floor="s1") | {
        "other node p50 / p99 ms": lambda peer: results.latency(peer, "s5", "cross_lat_us"),
        "Redis CPU %": lambda peer: results.number(peer, "s5", "aux_cpu_pct"),
    }
    emit(results, "s5", "S1 across two processes that share one Redis; the floor is S1's", across)


if __name__ == "__main__":
    main()
