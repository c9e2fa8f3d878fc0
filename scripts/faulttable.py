"""Generates the fault table of docs/reliability.md from the report lines of the fault tests.

`faulttable.py REPORT` prints the table; `faulttable.py REPORT DOCUMENT` also writes it into the document, between the
lines `<!-- faults -->` and `<!-- /faults -->`. Exits with 1 if a run broke a promise, or if there are no runs.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

BROKEN = ("lost", "doubled", "reordered", "hiddenGaps", "otherFaults")
COLUMNS = ("sent", "acked", "received", *BROKEN, "reportedGaps", "lostByRedis")
NAMES = (
    *("lost", "duplicated", "reordered", "hidden gaps", "other", "reported gaps", "lost by Redis"),
    *("recovered in", "agreed in"),
)
HEAD = "| # | fault | sent | acked | received | " + " | ".join(NAMES) + " |"


def read(report: Path) -> list[dict]:
    return [json.loads(line) for line in report.read_text().splitlines() if line.strip()]


def row(number: str, title: str, runs: list[dict]) -> str:
    sums = [f"{sum(run[column] for run in runs):,}" for column in COLUMNS]
    return (
        "| "
        + " | ".join([number, title, *sums, longest("secondsToHeal", runs), longest("secondsToAgree", runs)])
        + " |"
    )


def longest(column: str, runs: list[dict]) -> str:
    times = [run[column] for run in runs if run.get(column) is not None]
    return f"{max(times):.1f} s" if times else ""


def table(runs: list[dict]) -> str:
    by_fault: dict[tuple[int, str], list[dict]] = defaultdict(list)
    for run in runs:
        by_fault[run["fault"], run["title"]].append(run)
    rows = [row(str(number), title, found) for (number, title), found in sorted(by_fault.items())]
    return "\n".join([HEAD, "|---|---|" + "--:|" * (len(COLUMNS) + 2), *rows, row("", "total", runs)])


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print("usage: faulttable.py REPORT [DOCUMENT]", file=sys.stderr)
        return 2
    report = Path(arguments[0])
    runs = read(report) if report.exists() else []
    if not runs:
        print(f"faulttable: no runs in {report}", file=sys.stderr)
        return 1
    made = table(runs)
    print(made)
    if len(arguments) == 2:
        document = Path(arguments[1])
        marked = re.compile(r"(<!-- faults -->\n).*?(<!-- /faults -->)", re.DOTALL)
        text, found = marked.subn(lambda match: f"{match[1]}\n{made}\n\n{match[2]}", document.read_text())
        if not found:
            print(f"faulttable: no <!-- faults --> in {document}", file=sys.stderr)
            return 1
        document.write_text(text)
    return 1 if any(run[column] for run in runs for column in BROKEN) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
