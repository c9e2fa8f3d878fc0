"""What deploy/nginx.conf lets through, to whom, and what it makes of an address."""

from __future__ import annotations

import http.client
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from localcluster import HOST, Cluster

SOCKETS_OF_ONE_ADDRESS = 256
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "webchat.v1",
}
needs_addresses = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has 127.0.0.1 only, unless it is told to")


@pytest.fixture
def wary(binary: Path, tmp_path: Path) -> Iterator[Cluster]:
    """One node that lets each address have one socket."""
    settings = {"CONNECTIONS_PER_ADDRESS": "1", "DRAIN_GRACE": "0", "DRAIN_SECONDS": "5"}
    with Cluster(tmp_path, binary, nodes=1, settings=settings) as cluster:
        yield cluster


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def upgrade(port: int, source: str, held: ExitStack, **headers: str) -> int:
    """Asks for a socket, and keeps it until `held` ends."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30, source_address=(source, 0))
    held.enter_context(closing(connection))
    connection.request("GET", "/ws", headers=HANDSHAKE | headers)
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
    """A connection to a node that was kept after a refusal would not be upgraded any more."""
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
def test_a_client_is_known_by_its_address_whatever_it_claims(wary: Cluster) -> None:
    with ExitStack() as held:
        assert upgrade(wary.nginx.port, ELSEWHERE, held, **{"X-Forwarded-For": "192.0.2.1"}) == 101
        assert upgrade(wary.nginx.port, ELSEWHERE, held, **{"X-Forwarded-For": "192.0.2.2"}) in (429, 503)
        assert upgrade(wary.nginx.port, HERE, held) == 101


def test_a_head_that_no_node_takes_ends_at_nginx(cluster: Cluster) -> None:
    with socket.create_connection((HOST, cluster.nginx.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"x" * 9000 + b"\r\n\r\n")
        assert client.recv(64).startswith(b"HTTP/1.1 400")
