"""Checks that the comparison of instruction counts can fail."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).resolve().parent.parent / "instructions"


@pytest.fixture(scope="module")
def instructions() -> ModuleType:
    loader = SourceFileLoader("instructions", str(PATH))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    # Data classes look their module up.
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def test_a_figure_may_grow_by_five_per_cent_and_no_more(instructions: ModuleType) -> None:
    committed = {"fell": 1000, "same": 1000, "within": 1000, "beyond": 1000}
    measured = {"fell": 500, "same": 1000, "within": 1050, "beyond": 1051, "new": 7}
    assert instructions.grown(measured, committed) == ["beyond"]


def test_every_committed_figure_belongs_to_a_scenario(instructions: ModuleType) -> None:
    assert set(instructions.json.loads(instructions.FIGURES.read_text())) == set(instructions.SCENARIOS)
