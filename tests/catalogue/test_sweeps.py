"""The sweeps of the catalogue: they can be planned, and come out as is said."""

from pathlib import Path

import pytest

import learnscope as ls
from learnscope.catalogue import names, read_entry
from learnscope.catalogue.named_sweeps import named_sweep
from learnscope.catalogue.sweep_outcomes import sweep_outcomes

SWEEPS = [(name, which) for name in names() for which in read_entry(name).sweep]


@pytest.mark.parametrize(("name", "which"), SWEEPS)
def test_expected_points_are_points_of_the_sweep(name: str, which: str) -> None:
    sweep = named_sweep(name, which)
    points = sweep.points()
    for point in (points[0], points[-1]):
        sweep.at(point)
    for row in read_entry(name).sweep[which].expect:
        assert any(all(p[k] == v for k, v in row.at.items()) for p in points), row.what


@pytest.mark.study
@pytest.mark.parametrize(("name", "which"), SWEEPS)
def test_a_sweep_comes_out_as_expected(name: str, which: str, tmp_path: Path) -> None:
    done = ls.sweep(named_sweep(name, which), out=tmp_path)
    for outcome in sweep_outcomes(done.atlas, read_entry(name).sweep[which].expect):
        assert outcome.passed, f"{outcome.what}: {outcome.got()}, expected {outcome.expected}"
