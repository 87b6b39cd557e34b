import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.measures.comparison.runs import compare_runs
from learnscope.trained import Trained
from tests.measures.by_hand import experiment, member


def lines(seeds: int, *, fixed: bool, slope: float = 1.0) -> list[Trained]:
    """Linear members with weights by hand that label by x + slope y."""
    problem = {"kind": "gaussians", "n": 80} | ({"seed": 1} if fixed else {})
    settings = experiment(
        problem=problem,
        model="linear",
        training={"loss": "bce_logits", "split": {"test": 0.5, "seed": 3} if fixed else {}},
    )
    weights = {"layers.0.weight": np.array([[1.0, slope]]), "layers.0.bias": np.zeros(1)}
    return [member(settings, seed=s, parameters=weights) for s in range(seeds)]


def test_shared_rows_and_seeds_answer_three_questions() -> None:
    found = compare_runs(lines(3, fixed=True), lines(3, fixed=True, slope=-1.0))
    assert found.same_rows and found.same_data
    assert [a.counted.split()[0] for a in found.answers] == ["rows", "pairs", "seeds"]
    assert found.answers[0].method.startswith("McNemar")
    first = found.answers[0]
    assert first.value == pytest.approx(found.scores[0] - found.scores[1])


def test_rows_of_each_seed_answer_two() -> None:
    found = compare_runs(lines(3, fixed=False), lines(3, fixed=False, slope=0.5))
    assert (found.same_rows, found.same_data) == (True, False)
    assert found.answers[1].method == "paired t"
    assert "each with rows of its own" in found.answers[1].question
    assert len(found.answers) == 2


def test_other_rows_are_not_paired() -> None:
    found = compare_runs(lines(2, fixed=False), lines(2, fixed=True))
    assert not found.same_rows
    assert found.answers[0].method.startswith("Fisher")
    assert found.answers[1].method == "Welch's t"


def test_one_member_each_answers_one() -> None:
    assert len(compare_runs(lines(1, fixed=True), lines(1, fixed=True)).answers) == 1


def test_numbers_are_compared_by_squared_errors() -> None:
    settings = experiment(problem="line", model="linear", training={"split": {"test": 0.3}})

    def model(weight: float) -> list[Trained]:
        w = {"layers.0.weight": np.array([[weight]]), "layers.0.bias": np.zeros(1)}
        return [member(settings, seed=s, parameters=w) for s in range(2)]

    found = compare_runs(model(1.0), model(1.5))
    assert found.metric == "mean squared error"
    # The line is 2 x + 3: the steeper one is nearer.
    assert found.scores[0] > found.scores[1]
    assert found.answers[0].method.startswith("paired t")
    with pytest.raises(InputError, match="both predict classes or both numbers"):
        compare_runs(model(1.0), lines(1, fixed=True))
