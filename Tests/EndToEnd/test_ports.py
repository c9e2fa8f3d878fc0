"""The ports that `scripts/cluster` chooses."""

import argparse
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader

import localcluster
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from localcluster import ROOT, StartError

loader = SourceFileLoader("cluster_command", str(ROOT / "scripts" / "cluster"))
spec = importlib.util.spec_from_loader(loader.name, loader)
cluster_command = importlib.util.module_from_spec(spec)
# Dataclasses look up their module.
sys.modules[loader.name] = cluster_command
loader.exec_module(cluster_command)

wanted = st.none() | st.sampled_from([8080, 8081, 8082, 9091, 65534, 65535]) | st.integers(1, 65535)


@contextmanager
def taken(ports: set[int]) -> Iterator[None]:
    """Pretends that others listen on these ports. Forgets earlier reservations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(localcluster, "given_ports", {})
        patch.setattr(localcluster, "port_is_free", lambda port: port not in ports)
        yield


@settings(max_examples=400, deadline=None)
@given(users=wanted, redis=wanted, others=st.sets(st.integers(8080, 8085) | st.integers(65530, 65535)))
def test_no_port_is_given_twice_and_whoever_asks_for_a_taken_one_is_told(
    users: int | None, redis: int | None, others: set[int]
) -> None:
    with taken(others):
        options = argparse.Namespace(port=users, redis_port=redis)
        try:
            ports = cluster_command.choose_ports(options)
        except StartError as error:
            refused = [port for port in (users, redis) if port in others] or [users] * (users == redis)
            assert refused and f"port {refused[0]} " in str(error) and "choose another" in str(error)
            return
        assert users in (None, ports.users) and redis in (None, ports.redis)
        more = [localcluster.first_free_port(9091, "Prometheus"), *(localcluster.free_port() for _ in range(3))]
        chosen = [ports.users, ports.operators, ports.redis, *more]
        assert len(set(chosen)) == len(chosen)
        assert not others & {ports.users, ports.redis}
        assert all(1 <= port <= 65535 for port in chosen)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with taken(set()), pytest.raises(StartError, match="between 1 and 65535"):
        cluster_command.choose_ports(argparse.Namespace(port=port, redis_port=None))
