"""deploy/nginx.conf with nodes that are dead, hang, or crash on a request."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import running
from localcluster import HOST, Cluster, Nginx, free_port
from test_proxy import status


def slow(cluster: Cluster, requests: int) -> int:
    """The number of requests that take longer than 1 s. All must succeed."""
    late = 0
    for _ in range(requests):
        start = time.monotonic()
        assert status(cluster.url + "/") == 200
        late += time.monotonic() - start > 1
    return late


def test_a_node_that_is_dead_or_hung_costs_nobody_an_answer_and_few_their_time(cluster: Cluster) -> None:
    assert slow(cluster, 10) == 0
    cluster.nodes[0].kill()
    assert slow(cluster, 100) == 0
    cluster.nodes[1].signal(signal.SIGSTOP)
    assert slow(cluster, 100) <= 2
    cluster.nodes[1].signal(signal.SIGCONT)


@contextmanager
def fragile_node() -> Iterator[int]:
    """Closes the connection of a request for /poison, like a node with a bug."""
    with socket.create_server((HOST, free_port())) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked = connection.recv(65536)
                    if b"/poison" not in asked:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        # Closing does not wake up accept.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_not_even_a_fault_that_a_stranger_finds_in_nodes_costs_others_the_page(tmp_path: Path) -> None:
    with fragile_node() as one, fragile_node() as other:
        nginx = Nginx(tmp_path / "nginx", tmp_path, [])
        render = nginx.render
        nginx.render = lambda directory, port, admin, _: render(directory, port, admin, [one, other])
        with running(nginx):
            for _ in range(20):
                assert status(f"{nginx.url}/poison") == 502
                assert status(f"{nginx.url}/") == 200
