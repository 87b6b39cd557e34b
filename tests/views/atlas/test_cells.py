import numpy as np
import polars
import pytest

from learnscope.atlas.atlas import Atlas
from learnscope.errors import InputError
from learnscope.views.atlas.cells import cells
from learnscope.views.atlas.cost import compute as costs
from learnscope.views.atlas.cost import pareto
from learnscope.views.atlas.direction import BINS, direction_of, is_log
from learnscope.views.atlas.parts import compute as parts
from learnscope.views.atlas.scaling import compute as scaling
from tests.views.atlas.made import failing, with_table


def test_a_cell_is_the_median_of_the_seeds_of_its_point(grid: Atlas) -> None:
    found = cells(grid, x="model.width", y="model.depth", panel="problem.noise")
    assert found.value.shape == (2, 2, 3)
    for (p, v, u), value in np.ndenumerate(found.value):
        own = grid.table.filter(
            (polars.col("problem.noise") == found.panel.values[p])  # type: ignore[union-attr]
            & (polars.col("model.depth") == found.y.values[v])  # type: ignore[union-attr]
            & (polars.col("model.width") == found.x.values[u])
            & (polars.col("dead") == 0)
        )["test_accuracy"].to_numpy()
        assert found.n[p, v, u] == len(own)
        if len(own):
            assert value == np.median(own)
            assert (found.low[p, v, u], found.high[p, v, u]) == (own.min(), own.max())
        else:
            assert np.isnan(value)


@pytest.mark.parametrize(
    ("statistic", "reference"),
    [
        ("mean", np.mean),
        ("sd", lambda v: np.std(v, ddof=1)),
        ("q25", lambda v: np.quantile(v, 0.25)),
        ("q90", lambda v: np.quantile(v, 0.9)),
    ],
)
def test_statistics_are_those_of_numpy(grid: Atlas, statistic: str, reference: object) -> None:
    found = cells(grid, x="model.width", y="", panel="", measure="seconds", statistic=statistic,
                  at={"model.depth": 1, "problem.noise": 0.8})  # fmt: skip
    for u, width in enumerate(found.x.values):
        rows = grid.table.filter(
            (polars.col("model.width") == width)
            & (polars.col("model.depth") == 1)
            & (polars.col("problem.noise") == 0.8)
        )
        assert callable(reference)
        assert found.value[0, 0, u] == pytest.approx(reference(rows["seconds"].to_numpy()))


def test_other_settings_are_cut_at_the_best_point(grid: Atlas) -> None:
    def rank(table: polars.DataFrame) -> polars.DataFrame:
        best = (polars.col("model.depth") == 2) & (polars.col("problem.noise") == 0.8)
        return table.with_columns(
            dead=0.0, test_accuracy=polars.when(best).then(0.9).otherwise(0.4)
        )

    found = cells(with_table(grid, rank), x="model.width", y="", panel="")
    assert found.fixed == {"model.depth": 2, "problem.noise": 0.8}
    assert found.value.tolist() == [[[0.9, 0.9, 0.9]]]


def test_errors_are_cut_where_they_are_least(grid: Atlas) -> None:
    def rank(table: polars.DataFrame) -> polars.DataFrame:
        best = polars.col("model.depth") == 1
        return table.with_columns(dead=0.0, test_loss=polars.when(best).then(0.1).otherwise(2.0))

    found = cells(with_table(grid, rank), x="model.width", y="", panel="", measure="test_loss")
    assert found.fixed["model.depth"] == 1


def test_lost_members_are_counted_and_do_not_count(grid: Atlas) -> None:
    first, second = grid.table["point"].unique().sort().to_list()[:2]
    found = cells(failing(grid, [first], [second]), x="model.width", y="model.depth")
    place = tuple(np.argwhere(found.point == first)[0])
    assert found.failed[place] and found.diverged[place] == 3 and np.isnan(found.value[place])
    place = tuple(np.argwhere(found.point == second)[0])
    assert (found.n[place], found.dead[place]) == (2, 1)
    share = cells(failing(grid, [first], [second]), x="model.width", y="model.depth",
                  statistic="failed")  # fmt: skip
    assert share.value[place] == pytest.approx(1 / 3)


def test_points_that_are_not_there_are_missing(grid: Atlas) -> None:
    gone = grid.table["point"][0]
    found = cells(with_table(grid, lambda t: t.filter(polars.col("point") != gone)),
                  x="model.width", y="model.depth", panel="problem.noise")  # fmt: skip
    assert found.missing.sum() == 1
    assert (found.point == -1).sum() == 1


def test_a_sampled_sweep_is_divided_into_parts_and_loses_no_member(sampled: Atlas) -> None:
    found = cells(sampled, x="training.lr", y="problem.noise")
    assert found.fixed == {}
    assert len(found.x) == BINS and found.x.log
    assert found.y is not None and not found.y.log
    assert int((found.n + found.diverged + found.dead).sum()) == len(sampled.table)


def test_directions_are_ordered_by_number_or_as_they_come() -> None:
    numbers, places = direction_of(polars.Series("a", [10, 1, 100, 1]))
    assert (numbers.values, places.tolist(), numbers.log) == ((1, 10, 100), [1, 0, 2, 0], True)
    names, places = direction_of(polars.Series("b", ["tanh", None, "relu", "tanh"]))
    assert (names.texts, places.tolist()) == (["tanh", "relu", "none"], [0, 2, 1, 0])
    assert not names.numeric


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1, 2, 4, 8, 16], True),
        ([0.001, 0.01, 0.1], True),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], False),
        ([0, 1, 10, 100], False),
        ([1, 100], False),
    ],
)
def test_log_axes_are_those_of_even_ratios(values: list[float], log: bool) -> None:
    assert is_log(values) is log


def test_the_front_is_what_no_other_point_beats() -> None:
    paid = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 1.0])
    loss = np.array([5.0, 4.0, 3.0, 3.0, 1.0, 5.0])
    beaten = [
        any((p <= q) and (a <= b) and (p < q or a < b) for p, a in zip(paid, loss, strict=True))
        for q, b in zip(paid, loss, strict=True)
    ]
    assert pareto(paid, loss).tolist() == [not b for b in beaten]


def test_cost_is_the_median_and_the_value_the_mean_over_seeds(grid: Atlas) -> None:
    found = costs(grid, cost="parameters", measure="seconds")
    for i, point in enumerate(found.point):
        own = grid.table.filter(polars.col("point") == point)
        assert found.paid[i] == own["parameters"].median()
        assert found.value[i] == pytest.approx(own["seconds"].mean())


def test_parts_of_the_error_add_up_to_it(grid: Atlas) -> None:
    found = parts(grid, x="model.width")
    known = np.isfinite(found.error)
    assert known.any()
    assert found.parts.sum(axis=0)[known] == pytest.approx(found.error[known])


def test_the_law_of_errors_that_follow_one_is_found(sizes: Atlas) -> None:
    def follow(table: polars.DataFrame) -> polars.DataFrame:
        error = 0.8 * (polars.col("rows") / 7) ** -0.5 + 0.01 * polars.col("seed")
        return table.with_columns(test_accuracy=1 - error, dead=0.0)

    found = scaling(with_table(sizes, follow), x="problem.n")
    rows = found.sizes
    assert found.size == "rows" and rows.tolist() == sorted(rows.tolist())
    # Seeds 0, 1, 2 lie at 0, 1 and 2 hundredths: one above the power in the mean.
    assert found.errors.shape == (1, 3, 4)
    law = found.laws[0]
    assert law is not None
    assert law.forecast(float(rows[-1] * 2)).value == pytest.approx(
        0.8 * (rows[-1] * 2 / 7) ** -0.5 + 0.01, abs=0.01
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": "model.widht"}, r"x must be a setting .* 'model.widht'. Did you mean 'model.width'"),
        ({"x": "model.width", "y": "model.width"}, "must be different settings"),
        ({"measure": "test_acuracy"}, "no measure 'test_acuracy'. Did you mean 'test_accuracy'"),
        ({"statistic": "modus"}, "statistic must be one of median, mean, .*, got 'modus'"),
        ({"at": {"problem.noise": 7}, "panel": ""}, "problem.noise has no value 7 .* has 0, 0.8"),
        ({"at": {"model.with": 7}}, "'model.with' is no setting that changes .* 'model.width'"),
        ({"x": "model.width", "at": {"model.width": 1}}, "is a direction of the picture"),
    ],
)
def test_what_is_not_in_the_atlas_is_refused(
    grid: Atlas, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        cells(grid, **options)  # type: ignore[arg-type]
