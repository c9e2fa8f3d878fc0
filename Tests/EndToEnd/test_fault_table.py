"""The fault table: `FaultReport.swift` writes what the fault tests found, `scripts/faulttable.py` reads it."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import faulttable  # noqa: E402


def report(directory: Path, **values: object) -> Path:
    source = (ROOT / "Tests/TestSupport/FaultReport.swift").read_text()
    run: dict[str, object] = dict.fromkeys(re.findall(r"package let (\w+): U?Int", source), 0)
    path = directory / "faults.jsonl"
    path.write_text(json.dumps(run | {"fault": 3, "title": "a fault", "secondsToHeal": 1.25} | values) + "\n")
    return path


def test_a_report_becomes_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "page.md"
    document.write_text("before\n<!-- faults -->\nold\n<!-- /faults -->\nafter\n")
    path = report(tmp_path, sent=1234, acked=1200, reportedGaps=7, lostByRedis=5)
    assert faulttable.main([str(path), str(document)]) == 0
    row = "| 3 | a fault | 1,234 | 1,200 | 0 | 0 | 0 | 0 | 0 | 0 | 7 | 5 | 1.2 s |  |"
    assert row in capsys.readouterr().out
    assert document.read_text().startswith("before\n") and row in document.read_text()


@pytest.mark.parametrize("fault", faulttable.BROKEN)
def test_a_broken_promise_fails(tmp_path: Path, fault: str) -> None:
    assert faulttable.main([str(report(tmp_path, **{fault: 1}))]) == 1
