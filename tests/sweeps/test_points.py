"""Axes as they are typed, grids, conditions and samples."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

from learnscope.errors import InputError
from learnscope.sweeps.axes import read_axes
from learnscope.sweeps.points import grid, sampled, short_names
from learnscope.sweeps.ranges import Interval, read_choices


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1..4", (1, 2, 3, 4)),
        ("-2..2:2", (-2, 0, 2)),
        ("1..6:2", (1, 3, 5)),
        ("0:2:0.5", (0.0, 0.5, 1.0, 1.5, 2.0)),
        ("0:1:0.3", (0.0, 0.3, 0.6, 0.9)),
        ("0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("8,16,32", (8, 16, 32)),
        ("relu,tanh", ("relu", "tanh")),
        ("[8];[8,8]", ([8], [8, 8])),
        ("[8, 8]", ([8, 8],)),
        ("0.1", (0.1,)),
        ("true,false", (True, False)),
        ("log(1, 1000, 7, whole)", (1, 3, 10, 32, 100, 316, 1000)),
        ("log(1..1000, 7, whole)", (1, 3, 10, 32, 100, 316, 1000)),
    ],
)
def test_values_are_read_as_typed(text: str, values: tuple[Any, ...]) -> None:
    assert read_choices("model.width", text) == values


def test_spaced_values_are_those_of_numpy() -> None:
    log: Any = read_choices("training.lr", "log(1e-4, 1, 9)")
    lin: Any = read_choices("x", "lin(0, 1, 5)")
    np.testing.assert_allclose(log, np.logspace(-4, 0, 9), rtol=1e-12)
    np.testing.assert_allclose(lin, np.linspace(0, 1, 5), rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    ["4..1", "1..4:0", "2:1:0.5", "0:1:-0.1", "1...4", "log(0, 1, 3)", "log(1, 10, 1.5)",
     "lin(1)", "0..2000000", "1,1", ""],
)  # fmt: skip
def test_wrong_values_are_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match=r"training\.lr"):
        read_choices("training.lr", text)


def test_a_grid_is_every_combination_the_last_axis_fastest() -> None:
    axes = read_axes({"model.width": "2,4", "training.lr/training.epochs": "0.1/10, 0.2/20"})
    assert grid(axes) == [
        {"model.width": w, "training.lr": lr, "training.epochs": e}
        for w in (2, 4)
        for lr, e in ((0.1, 10), (0.2, 20))
    ]


def test_conditions_take_short_and_whole_names() -> None:
    axes = read_axes({"model.width": "1..8", "model.depth": "1..8"})
    wanted = [(w, d) for w in range(1, 9) for d in range(1, 9) if w * d <= 16]
    for where in ("width * depth <= 16", "model.width*model.depth <= 16"):
        found = [(p["model.width"], p["model.depth"]) for p in grid(axes, where)]
        assert found == wanted
    with pytest.raises(InputError, match="No point"):
        grid(axes, "width > 8")


def test_names_are_short_where_they_differ() -> None:
    assert short_names(["a.lr", "b.lr", "b.width"]) == {
        "a.lr": "a_lr",
        "b.lr": "b_lr",
        "b.width": "width",
    }


@pytest.mark.parametrize("sampler", ["sobol", "random"])
def test_samples_fill_an_interval_as_they_say(sampler: Any) -> None:
    axes = read_axes({"training.lr": "log(1e-4, 1)", "problem.noise": "0:2"})
    points = sampled(axes, 512, sampler, seed=1)
    logs = [math.log10(p["training.lr"]) for p in points]
    # Uniform in the logarithm; a wrong scale has a p-value of 0 to hundreds of digits.
    assert kstest(logs, "uniform", args=(-4, 4)).pvalue > 1e-4
    assert kstest([p["problem.noise"] for p in points], "uniform", args=(0, 2)).pvalue > 1e-4
    assert points == sampled(axes, 512, sampler, seed=1)
    assert points != sampled(axes, 512, sampler, seed=2)


def test_a_sample_meets_its_condition_and_repeats_no_point() -> None:
    axes = read_axes({"model.width": "1..4", "model.depth": "1..4"})
    points = sampled(axes, 200, "random", seed=0, where="width > depth")
    assert {(p["model.width"], p["model.depth"]) for p in points} == {
        (w, d) for w in range(1, 5) for d in range(1, 5) if w > d
    }
    assert len(points) == 6
    with pytest.raises(InputError, match="No point"):
        sampled(axes, 5, "sobol", seed=0, where="width > 9")


def test_an_interval_of_whole_numbers_has_both_ends() -> None:
    interval = Interval(low=1, high=3, whole=True)
    assert [interval.at(s) for s in (0.0, 0.3, 0.34, 0.66, 0.67, 0.999)] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    "over",
    [{}, {"seed": "1..3"}, {"model.width/training.lr": "1/2/3"}, {"model.width/": "1/2"},
     {"model.width": "1,2", "model.width/training.lr": "1/2"}],
)  # fmt: skip
def test_wrong_axes_are_refused(over: dict[str, str]) -> None:
    with pytest.raises(InputError):
        read_axes(over)
