"""deploy/kubernetes: network policies, and whether its parts match each other and the node."""

import ipaddress
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import refused_start, running
from localcluster import ROOT, Node, free_port

BASE = ROOT / "deploy" / "kubernetes"


def objects() -> list[dict[str, Any]]:
    return [made for path in sorted(BASE.glob("*.yaml")) for made in yaml.safe_load_all(path.read_text()) if made]


def find(kind: str, name: str = "webchat") -> dict[str, Any]:
    [found] = [made for made in objects() if made["kind"] == kind and made["metadata"]["name"] == name]
    return found


def policies() -> list[dict[str, Any]]:
    return [made["spec"] for made in objects() if made["kind"] == "NetworkPolicy"]


def container() -> dict[str, Any]:
    [found] = find("Deployment")["spec"]["template"]["spec"]["containers"]
    return found


def environment() -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container()["env"] if "value" in variable}


def rules(direction: str) -> list[dict[str, Any]]:
    return [rule for policy in policies() for rule in policy.get(direction, [])]


def test_no_pod_reaches_a_node_but_those_that_are_named() -> None:
    pods = find("Deployment")["metadata"]["name"]
    for policy in policies():
        assert policy["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": pods}
    for rule in rules("ingress"):
        assert rule["from"] and all(source for source in rule["from"]), f"from everywhere: {rule}"
        assert rule["ports"], f"to every port: {rule}"
    to_admin = [rule["from"] for rule in rules("ingress") if "admin" in [port["port"] for port in rule["ports"]]]
    names = [next(iter(source.values()))["matchLabels"] for sources in to_admin for source in sources]
    assert names == [{"app.kubernetes.io/name": "webchat"}, {"kubernetes.io/metadata.name": "monitoring"}]


def test_the_port_of_redis_stands_in_one_place() -> None:
    numbers = [port["port"] for rule in rules("egress") for port in rule["ports"] if isinstance(port["port"], int)]
    assert sorted(numbers) == [53, 53, 6379]
    [rule] = find("NetworkPolicy", "webchat-redis")["spec"]["egress"]
    assert [port["port"] for port in rule["ports"]] == [6379]


def test_every_port_that_is_named_is_one_of_the_container() -> None:
    named = {port["name"]: port["containerPort"] for port in container()["ports"]}
    assert named == {
        "http": int(environment().get("PORT", "8080")),
        "admin": int(environment()["ADMIN_PORT"]),
        "gossip": int(environment()["GOSSIP_PORT"]),
    }
    used = [port["port"] for way in ("ingress", "egress") for rule in rules(way) for port in rule["ports"]]
    used += [container()[probe]["httpGet"]["port"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")]
    services = [made for made in objects() if made["kind"] == "Service"]
    used += [port["targetPort"] for service in services for port in service["spec"]["ports"]]
    assert {port for port in used if isinstance(port, str)} == set(named)
    monitored = find("ServiceMonitor")["spec"]
    [scraped] = [
        made
        for made in services
        if monitored["selector"]["matchLabels"].items()
        >= {(name, value) for name, value in made["metadata"].get("labels", {}).items()}
        and made["metadata"].get("labels")
    ]
    assert [port["port"] for port in monitored["endpoints"]] == ["admin"]
    assert "cluster" in [made["targetLabel"] for made in monitored["endpoints"][0]["relabelings"]]
    assert "admin" in [port["name"] for port in scraped["spec"]["ports"]]
    # The service for users does not expose the operators' pages.
    assert [port["targetPort"] for port in find("Service")["spec"]["ports"]] == ["http"]


def test_a_node_with_these_settings_shows_operators_pages_on_their_port_only(binary: Path, tmp_path: Path) -> None:
    assert "ADMIN_PORT" in environment()
    admin = free_port()
    with running(Node("n1", binary, tmp_path, {"ADMIN_PORT": str(admin)})) as node:
        for path in ("/metrics", "/cluster"):
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}{path}", timeout=30) as response:
                assert response.status == 200
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{node.url}{path}", timeout=30)


def test_no_pod_starts_before_the_ingress_controller_was_named(binary: Path) -> None:
    proxies = environment()["TRUSTED_PROXIES"]
    line = refused_start(binary, PORT="0", TRUSTED_PROXIES=proxies)
    assert "TRUSTED_PROXIES" in line and proxies in line


def test_the_overlay_of_the_documentation_patches_what_is_there() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    [text] = re.findall(r"(?s)```yaml\n(resources: .*?)```", operations)
    overlay = yaml.safe_load(text)
    assert overlay["resources"] == ["../kubernetes"]
    patches = [yaml.safe_load(made["patch"]) for made in overlay["patches"]]
    for patch in patches:
        there = find(patch["kind"], patch["metadata"]["name"])
        assert there["apiVersion"] == patch["apiVersion"]
    [deployment] = [patch for patch in patches if patch["kind"] == "Deployment"]
    [patched] = deployment["spec"]["template"]["spec"]["containers"]
    [variable] = patched["env"]
    assert patched["name"] == container()["name"] and variable["name"] in environment()
    # As narrow as the text says it should be.
    assert ipaddress.ip_network(variable["value"]).prefixlen >= 24
    assert overlay["images"][0]["name"] == container()["image"]


def test_the_patches_for_sentinels_change_what_is_there() -> None:
    text = (ROOT / "docs" / "redis.md").read_text()
    [patches] = re.findall(r"(?s)```yaml\n(patches:.*?)```", text)
    policy, deployment = (yaml.safe_load(made["patch"]) for made in yaml.safe_load(patches)["patches"])
    for patch in (policy, deployment):
        assert find(patch["kind"], patch["metadata"]["name"])["apiVersion"] == patch["apiVersion"]
    [rule] = policy["spec"]["egress"]
    [base] = find("NetworkPolicy", "webchat-redis")["spec"]["egress"]
    # A list replaces that of the base.
    assert [*base["ports"], {"port": 26379, "protocol": "TCP"}] == rule["ports"]
    [patched] = deployment["spec"]["template"]["spec"]["containers"]
    assert patched["name"] == container()["name"]
    assert {variable["name"] for variable in patched["env"]} == {"REDIS_WAIT_REPLICAS"}
