"""scripts/sbom on the build that the tests use."""

import json
import re
import subprocess

from localcluster import ROOT


def test_it_lists_every_package_of_the_build_with_its_version() -> None:
    made = subprocess.run([ROOT / "scripts/sbom"], check=True, capture_output=True, text=True, timeout=60).stdout
    sbom = json.loads(made)
    assert sbom["bomFormat"] == "CycloneDX" and sbom["metadata"]["component"]["name"] == "webchat"
    listed = {part["name"]: part["version"] for part in sbom["components"]}
    assert len(listed) == len(sbom["components"])
    pins = json.loads((ROOT / "Package.resolved").read_text())["pins"]
    assert listed.items() >= {pin["identity"]: pin["state"]["version"] for pin in pins}.items()
    manifest = (ROOT / "Package.swift").read_text()
    direct = dict(re.findall(r"/([\w-]+)\.git\", exact: \"([\d.]+)\"", manifest))
    assert len(direct) == manifest.count(".package(url:") and listed.items() >= direct.items()
    assert listed.keys() - {pin["identity"] for pin in pins} == {"swift", "hiredis", "openssl", "zlib"}
    assert all(part["version"] and part["purl"].endswith(f"@{part['version']}") for part in sbom["components"])
