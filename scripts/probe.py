"""Measures what a node holds (memory, descriptors, threads, actors) and whether it grows."""

import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KIBIBYTES_A_MEBIBYTE = 1024
SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class Holdings:
    descriptors: int
    threads: int
    actors: int


def status_field(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise ValueError(f"/proc/{pid}/status has no {name}")


def resident_mebibytes(pid: int) -> float | None:
    """`None` if the process is gone."""
    try:
        return status_field(pid, "VmRSS") / KIBIBYTES_A_MEBIBYTE
    except (OSError, ValueError):
        return None


def actors(url: str) -> int:
    """Rooms and connections, from the node's metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as response:
        text = response.read().decode()
    return sum(round(float(value)) for value in re.findall(r"^webchat_actors\{[^}]*\} (\S+)$", text, re.MULTILINE))


def holdings(pid: int, url: str) -> Holdings | None:
    """`None` if the node does not answer."""
    try:
        living = actors(url)
        return Holdings(len(list(Path(f"/proc/{pid}/fd").iterdir())), status_field(pid, "Threads"), living)
    except (OSError, urllib.error.URLError, ValueError):
        return None


def slope_an_hour(samples: Sequence[tuple[float, float]]) -> float | None:
    """Slope of (seconds, value) by least squares; `None` for too few samples."""
    if len(samples) < 10:
        return None
    count = len(samples)
    mean_x = sum(x for x, _ in samples) / count
    mean_y = sum(y for _, y in samples) / count
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    if spread == 0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread * SECONDS_AN_HOUR
