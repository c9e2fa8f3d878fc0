"""Checks that the measurement of growth compares what belongs together."""

import os
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PATH = Path(__file__).resolve().parent.parent / "growth"


@pytest.fixture(scope="module")
def growth() -> ModuleType:
    loader = SourceFileLoader("growth", str(PATH))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    # Data classes look their module up.
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def test_rooms_are_in_the_slots_that_redis_gives_them(growth: ModuleType) -> None:
    assert growth.slot("123456789") == 0x31C3  # the Redis Cluster specification's example
    assert growth.busiest_share(["123456789", "123456789", "a"], 1) == 1
    # 12739 is in the last of three primaries, 15495 too, 3300 in the first.
    assert [growth.slot(room) for room in ("a", "b")] == [15495, 3300]
    assert growth.busiest_share(["123456789", "a", "b"], 3) == pytest.approx(2 / 3)


def test_set_ups_are_compared_within_a_round(growth: ModuleType) -> None:
    def measured(*busiest: float) -> list[object]:
        load = {"lat_us_p50": 1000, "lost": 1, "duplicated": 0, "out_of_order": 0}
        return [growth.Measurement(busiest=cost, redis=cost, nodes=100, load=load) for cost in busiest]

    # The machine is slower from round to round; three primaries always take a quarter of the time.
    runs = {growth.SetUp(1): measured(40, 80, 160), growth.SetUp(3): measured(10, 20, 40)}
    runs |= {growth.SetUp(1, 3): measured(30, 60, 120)}
    assert growth.capacity(runs, growth.SetUp(3), growth.FIRST) == 4
    row = growth.columns(runs, growth.SetUp(3), rate=3000)
    assert row["capacity, same rate"] == "4.00 x"
    assert row["capacity, same load of a primary"] == "3.00 x"
    assert row["lost / duplicated / reordered"] == "3 / 0 / 0"
    assert growth.columns(runs, growth.SetUp(1, 3), rate=3000)["messages/s"] == "1,000"


def test_the_processor_time_of_a_process_is_read(growth: ModuleType) -> None:
    before = growth.cpu_seconds(os.getpid())
    deadline = time.process_time() + 0.1
    while time.process_time() < deadline:
        pass
    assert 0.05 < growth.cpu_seconds(os.getpid()) - before < 5
