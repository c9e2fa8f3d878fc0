"""deploy/nginx.conf: who reaches what, and limits per address."""

import http.client
import socket
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from localcluster import HOST, Cluster
from proxies import HANDSHAKE

SOCKETS_OF_ONE_ADDRESS = 256
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
needs_addresses = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has 127.0.0.1 only, unless it is told to")


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def upgrade(port: int, source: str, held: ExitStack, **headers: str) -> int:
    """Requests a socket and keeps it until `held` ends."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30, source_address=(source, 0))
    held.enter_context(closing(connection))
    connection.request("GET", "/ws", headers=HANDSHAKE | {"Sec-WebSocket-Protocol": "webchat.v1"} | headers)
    response = connection.getresponse()
    held.enter_context(closing(response))
    return response.status


def test_operators_reach_the_cluster_and_users_do_not(cluster: Cluster) -> None:
    for path in ("/cluster", "/cluster/", "/cluster/events", "/metrics", "/dev/faults"):
        assert status(cluster.url + path) == 404, path
    for path in ("/cluster", "/", "/readyz"):
        assert status(cluster.admin_url + path) == 200, path
    with ExitStack() as held:
        assert upgrade(cluster.nginx.admin_port, HERE, held) == 101


def test_whoever_asks_for_the_socket_without_an_upgrade_spoils_it_for_nobody(cluster: Cluster) -> None:
    with ExitStack() as held:
        for _ in range(6):
            assert status(cluster.url + "/ws") == 426
        for _ in range(6):
            assert upgrade(cluster.nginx.port, HERE, held) == 101


@needs_addresses
def test_one_address_has_so_many_sockets_and_this_machine_as_many_as_it_likes(cluster: Cluster) -> None:
    with ExitStack() as held:
        for _ in range(SOCKETS_OF_ONE_ADDRESS):
            assert upgrade(cluster.nginx.port, ELSEWHERE, held) == 101
        assert upgrade(cluster.nginx.port, ELSEWHERE, held) == 429
        for _ in range(SOCKETS_OF_ONE_ADDRESS + 1):
            assert upgrade(cluster.nginx.port, HERE, held) == 101


@needs_addresses
def test_a_network_of_ipv6_counts_as_one_address(binary: Path, tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, binary, nodes=1, settings={"DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"})
    render = cluster.nginx.render

    def behind_a_balancer(*parts: Path | int) -> Path:
        """As nginx.conf describes it, so that clients may have any address."""
        conf = render(*parts)
        lines = f"real_ip_header X-Forwarded-For; set_real_ip_from {HERE};\n    map $binary_remote_addr $counted"
        text = conf.read_text().replace("map $binary_remote_addr $counted", lines, 1)
        assert lines in text
        conf.write_text(text)
        return conf

    cluster.nginx.render = behind_a_balancer
    with cluster, ExitStack() as held:

        def of(address: str) -> int:
            return upgrade(cluster.nginx.port, HERE, held, **{"X-Forwarded-For": address})

        for number in range(SOCKETS_OF_ONE_ADDRESS):
            assert of(f"2001:db8:1:2:{number:x}::{number:x}") == 101
        assert of("2001:db8:1:2:ffff::") == 429
        assert of("2001:db8:1:3::1") == 101
        assert of("2001:db8::1") == 101
        # As a dual-stack listener sees IPv4.
        for number in range(SOCKETS_OF_ONE_ADDRESS):
            assert of("::ffff:192.0.2.10" if number % 2 else "192.0.2.10") == 101
        assert of("192.0.2.10") == 429
        assert of("::ffff:192.0.2.10") == 429
        assert of("::ffff:192.0.2.11") == 101
        for _ in range(SOCKETS_OF_ONE_ADDRESS + 1):
            assert of("::1") == 101


def test_a_head_that_no_node_takes_ends_at_nginx(cluster: Cluster) -> None:
    with socket.create_connection((HOST, cluster.nginx.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"x" * 17000 + b"\r\n\r\n")
        assert client.recv(64).startswith(b"HTTP/1.1 400")
