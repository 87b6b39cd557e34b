"""Groups, conditions and pairs, held against NumPy and SciPy on a table made by hand."""

import numpy as np
import polars
import pytest
from scipy import stats

from learnscope.atlas.groups import grouped
from learnscope.atlas.pairs import compared
from learnscope.atlas.selection import check_column, selected
from learnscope.errors import InputError


def table(seeds: int = 12) -> polars.DataFrame:
    rng = np.random.default_rng(5)
    rows = [(p, [2, 4, 4][p], [0.0, 0.0, 1.0][p], s) for p in range(3) for s in range(seeds)]
    status = ["diverged" if (p, s) == (1, 3) else "trained" for p, _, _, s in rows]
    score: list[float | None] = [*rng.normal(size=len(rows))]
    score[2] = None
    return polars.DataFrame(
        {
            "point": [r[0] for r in rows],
            "model.width": [r[1] for r in rows],
            "problem.noise": [r[2] for r in rows],
            "seed": [r[3] for r in rows],
            "status": status,
            "test_accuracy": score,
        }
    )


def test_groups_are_those_of_numpy() -> None:
    whole = table()
    for row in grouped(whole, ["model.width"], "test_accuracy").iter_rows(named=True):
        own = [
            r["test_accuracy"]
            for r in whole.iter_rows(named=True)
            if r["model.width"] == row["model.width"]
            and r["status"] != "diverged"
            and r["test_accuracy"] is not None
        ]
        assert row["n"] == len(own)
        assert row["mean"] == pytest.approx(np.mean(own))
        assert row["sd"] == pytest.approx(np.std(own, ddof=1))
        assert (row["least"], row["greatest"]) == (min(own), max(own))
        assert row["q10"] == pytest.approx(np.quantile(own, 0.1))
        low, high = stats.t.interval(0.95, len(own) - 1, np.mean(own), stats.sem(own))
        assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    lost = grouped(whole, ["point"], "test_accuracy")["diverged"].to_list()
    assert lost == [0, 1, 0]


def test_a_group_of_one_has_no_spread() -> None:
    (row,) = grouped(table(1), [], "test_accuracy", quantiles=[0.5]).to_dicts()
    # One of the three has no score.
    assert row["n"] == 2
    one = grouped(table(1), ["point"], "test_accuracy").row(0, named=True)
    assert one["n"] == 1
    assert one["sd"] is None and one["low"] is None and one["high"] is None


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    n, groups = 5, 20_000
    many = polars.DataFrame(
        {
            "point": np.repeat(np.arange(groups), n),
            "status": ["trained"] * (n * groups),
            "x": rng.normal(size=n * groups),
        }
    )
    found = grouped(many, ["point"], "x", quantiles=())
    inside = ((found["low"] < 0) & (found["high"] > 0)).mean()
    # Standard error 0.0015; four of them.
    assert inside == pytest.approx(0.95, abs=0.006)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("problem.noise <= 0.5", 24),
        ("noise <= 0.5", 24),
        ("width * noise >= 4", 12),
        ("status == diverged", 1),
        ("status != 'diverged'", 35),
        ("test_accuracy > -100", 35),
        ("", 36),
    ],
)
def test_conditions_choose_rows(where: str, count: int) -> None:
    assert len(selected(table(), where)) == count


def test_conditions_hold_together() -> None:
    found = selected(table(), ["width == 4", "noise == 0", "seed < 6"])
    assert found["point"].unique().to_list() == [1] and len(found) == 6


def test_a_column_is_found_by_its_last_words() -> None:
    assert check_column(table(), "width") == "model.width"
    with pytest.raises(InputError, match="Did you mean 'width'"):
        check_column(table(), "widht")


def test_pairs_leave_out_what_has_no_partner() -> None:
    whole = table()
    found = compared(whole, 0, 1, "test_accuracy")
    sides = [whole.filter(polars.col("point") == p)["test_accuracy"].to_list() for p in (0, 1)]
    kept = [s for s in range(12) if s not in (2, 3)]
    a, b = ([side[s] for s in kept] for side in sides)
    assert found.n == 10
    assert found.p == pytest.approx(stats.ttest_rel(a, b).pvalue)
    with pytest.raises(InputError, match="share 1 seeds"):
        compared(
            table(1).with_columns(polars.lit(0.5).alias("test_accuracy")), 0, 1, "test_accuracy"
        )
