from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from learnscope.errors import DataError
from learnscope.models import Linear, Mlp
from learnscope.trained import Trained
from learnscope.views.curves import compute, describe, draw
from tests.views.members import Cloud, dead, drawn, experiment, history, lost, trained


def member(seed: int = 0, c: int = 0, **columns: Any) -> Trained:
    return trained(
        experiment(Cloud(c=c), Linear()), seed, table=history(**columns), parameters=None
    )


def labels(axes: Axes) -> list[str]:
    return [str(line.get_label()) for line in axes.get_lines()]


def test_each_loss_says_whether_it_is_from_before_or_after_the_updates() -> None:
    shown = labels(draw(compute([member()])).axes[0])
    assert shown[:4] == [
        "train, before each update",
        "train, after the epoch",
        "validation, after the epoch",
        "test, after the epoch",
    ]


def test_axis_counts_epochs_done() -> None:
    figure = draw(compute([member()]))
    assert figure.axes[0].get_xlabel() == "epochs done"
    line = next(x for x in figure.axes[0].get_lines() if "train, after" in str(x.get_label()))
    assert np.asarray(line.get_xdata()).tolist() == [0, 10, 20, 30, 40, 50]


@pytest.mark.parametrize(("n", "at"), [(5, (0, 100)), (12, (10, 90))])
def test_median_and_band_are_those_over_the_members(n: int, at: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).uniform(1, 2, (n, 6))
    spread = compute([member(s, train_loss=row) for s, row in enumerate(rows)]).bands["train_loss"]
    np.testing.assert_allclose(spread.median, np.median(rows, axis=0))
    np.testing.assert_allclose(spread.low, np.percentile(rows, at[0], axis=0))
    np.testing.assert_allclose(spread.high, np.percentile(rows, at[1], axis=0))


def test_members_that_stopped_early_share_one_axis() -> None:
    short = {"epoch": [0.0, 15.0, 20.0], "train_loss": [3.0, 2.0, 1.0]}
    arrays = compute([member(), trained_with(short)])
    assert arrays.epoch.tolist() == [0, 10, 15, 20, 30, 40, 50]
    # At 15 only the second member has a value, at 0 both.
    assert arrays.bands["train_loss"].median[2] == 2.0
    assert arrays.bands["train_loss"].median[0] == pytest.approx((1.0 + 3.0) / 2)


def trained_with(columns: dict[str, list[float]]) -> Trained:
    table = {k: v[:3] for k, v in history().items()} | {k: np.array(v) for k, v in columns.items()}
    return trained(experiment(Cloud(c=0), Linear()), 1, table=table)


def test_exact_zeros_are_marked_at_the_floor_of_a_log_axis() -> None:
    loss = [1.0, 1e-2, 1e-4, 1e-6, 0.0, 0.0]
    (axes,) = draw(compute([member(train_loss=loss)], known=False), log=True).axes
    assert axes.get_yscale() == "log"
    (marks,) = [
        x for x in axes.get_lines() if x.get_label() == "exactly 0 (drawn at the lower edge)"
    ]
    assert np.asarray(marks.get_xdata()).tolist() == [40, 50]
    # A decade below the smallest positive value, which is the lower edge.
    assert np.asarray(marks.get_ydata()).tolist() == pytest.approx([1e-7, 1e-7])
    assert axes.get_ylim()[0] == pytest.approx(1e-7)
    curve = next(x for x in axes.get_lines() if "train, after" in str(x.get_label()))
    assert (np.asarray(curve.get_ydata()) > 0).all()


def test_a_loss_that_is_zero_throughout_can_be_drawn() -> None:
    zero: dict[str, Any] = dict.fromkeys(
        ("train_loss", "test_loss", "validation_loss", "train_loss_before"), np.zeros(6)
    )
    for log in (True, False):
        axes = draw(compute([member(**zero)], known=False), log=log).axes[0]
        assert axes.get_yscale() == ("log" if log else "linear")
        assert axes.get_lines()


def test_scale_is_chosen_by_the_range_of_the_losses() -> None:
    assert draw(compute([member()])).axes[0].get_yscale() == "linear"
    steep = member(train_loss=10.0 ** -np.arange(6))
    assert draw(compute([steep])).axes[0].get_yscale() == "log"


def test_limits_show_all_curves_and_do_not_magnify_a_constant() -> None:
    low, high = draw(compute([member()]), log=False).axes[0].get_ylim()
    assert low <= 1 / 6 and high >= 1
    flat: dict[str, Any] = dict.fromkeys(
        ("train_loss", "test_loss", "validation_loss", "train_loss_before"),
        np.full(6, 0.6931) + 1e-7 * np.arange(6),
    )
    low, high = draw(compute([member(**flat)], known=False), log=False).axes[0].get_ylim()
    assert high - low > 0.05


def test_diverged_members_are_drawn_up_to_their_end_and_kept_out_of_the_median() -> None:
    bad = lost(member(3, train_loss=[1.0, 1e9, np.inf, np.nan, np.nan, np.nan]))
    arrays = compute([member(), bad])
    assert arrays.diverged[3][0].tolist() == [0, 10]
    np.testing.assert_allclose(arrays.bands["train_loss"].median, 1 / (1 + np.arange(6)))
    figure = draw(arrays, log=False)
    assert "diverged, training (seed 3)" in labels(figure.axes[0])
    title = figure.get_suptitle().replace("\n", " ")
    assert "the 1 living of 2 members (1 diverged)" in title
    assert figure.axes[0].get_ylim()[1] < 2
    assert "the 1 living of 2 members (1 diverged)" in describe(arrays)


def test_dead_members_are_grey_lines_and_kept_out_of_the_median() -> None:
    # A network whose weights are all 0 answers the same for every row, and no gradient passes its
    # hidden layer: by hand, it is dead.
    setup = experiment(Cloud(c=0), Mlp(hidden=(3,)))
    rows = [(s, [v] * 6) for s, v in enumerate([0.1, 0.3, 0.5, 9.0])]
    members = [trained(setup, s, table=history(train_loss=row)) for s, row in rows]
    members[3] = dead(members[3])
    arrays = compute(members)
    # 0.3 is the median of 0.1, 0.3, 0.5; with the dead one it would be 0.4.
    np.testing.assert_allclose(arrays.bands["train_loss"].median, 0.3)
    assert arrays.bands["train_loss"].n == 3
    figure = draw(arrays, log=False)
    assert "dead, training (seed 3)" in labels(figure.axes[0])
    assert "median of the 3 living of 4 members (1 dead)" in figure.get_suptitle()
    assert "median of the 3 living of 4 members (1 dead)" in describe(arrays)
    assert figure.axes[0].get_ylim()[1] < 2


def test_a_single_dead_member_is_drawn_and_named_dead() -> None:
    setup = experiment(Cloud(c=0), Mlp(hidden=(3,)))
    arrays = compute([dead(trained(setup, 0, table=history(train_loss=[0.5] * 6)))])
    np.testing.assert_allclose(arrays.bands["train_loss"].median, 0.5)
    assert "1 dead member" in describe(arrays)
    for log in (True, False):
        draw(arrays, log=log)


@pytest.mark.parametrize("log", [True, False])
def test_members_that_all_diverged_are_drawn_on_both_scales(log: bool) -> None:
    bad = [lost(member(s, train_loss=[1.0, 1e3, 1e9, np.inf, np.nan, np.nan])) for s in range(2)]
    arrays = compute(bad)
    figure = draw(arrays, log=log)
    assert figure.axes[0].get_yscale() == ("log" if log else "linear")
    assert figure.axes[0].get_ylim()[1] >= 1e9
    assert "all diverged (seeds 0, 1)" in figure.get_suptitle()
    assert "2 members, all diverged" in describe(arrays)


def test_known_floor_of_a_regression_is_drawn() -> None:
    assert compute([member()]).floor == 0.01
    assert "noise floor 0.01" in labels(draw(compute([member()])).axes[0])
    assert np.isnan(compute([member()], known=False).floor)


def test_accuracy_has_a_panel_of_its_own() -> None:
    one = member(c=2, train_accuracy=np.linspace(0.5, 1, 6), test_accuracy=np.linspace(0.4, 0.9, 6))
    figure = draw(compute([one]))
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "bce_logits loss",
        "accuracy (share right)",
    ]
    assert labels(figure.axes[1]) == ["train", "test"]
    assert figure.axes[1].get_ylim()[0] <= 0.4


def test_a_member_without_a_finite_loss_is_refused() -> None:
    empty = [lost(t) for t in drawn(1)]
    empty[0].result.history["train_loss"][:] = np.nan  # the helper's own arrays
    with pytest.raises(DataError, match="no member has a finite training loss"):
        compute(empty)
