import numpy as np
import pytest
from sklearn import datasets

from learnscope.errors import InputError
from learnscope.problems import PROBLEMS
from learnscope.problems.bundled import Iris
from learnscope.problems.digits import Digits
from learnscope.seeds import streams


@pytest.mark.parametrize("name", ["breast_cancer", "digits", "iris", "wine"])
def test_classes_are_those_of_scikit_learn(name: str) -> None:
    sample = PROBLEMS[name]().sample(streams(0).draws)
    source = getattr(datasets, f"load_{name}")()
    np.testing.assert_array_equal(sample.x, source.data)
    np.testing.assert_array_equal(sample.y, source.target)
    assert sample.columns == tuple(source.feature_names)
    assert sample.outputs == tuple(str(c) for c in source.target_names)
    assert sample.truth is None
    assert str(len(sample)) in PROBLEMS[name]().sentence()


def test_diabetes_has_the_values_before_any_scaling() -> None:
    sample = PROBLEMS["diabetes"]().sample(streams(0).draws)
    source = datasets.load_diabetes(scaled=False)
    np.testing.assert_array_equal(sample.x, source.data)
    np.testing.assert_array_equal(sample.y, source.target[:, None])
    assert sample.task == "regression"
    assert sample.columns == tuple(source.feature_names)
    assert (sample.y.min(), sample.y.max()) == (25, 346)


def test_part_of_the_rows_is_drawn_without_replacement_from_the_seed() -> None:
    whole = Digits().sample(streams(0).draws)
    part, again, other = (Digits(n=300).sample(streams(root).draws) for root in (1, 1, 2))
    known = {(row.tobytes(), int(label)) for row, label in zip(whole.x, whole.y, strict=True)}
    rows = [(row.tobytes(), int(label)) for row, label in zip(part.x, part.y, strict=True)]
    assert len(set(rows)) == 300 and set(rows) <= known
    np.testing.assert_array_equal(part.x, again.x)
    assert not np.array_equal(part.x, other.x)


def test_writing_to_a_sample_leaves_the_next_one_as_it_was() -> None:
    first = Iris().sample(streams(0).draws)
    first.x[:] = 0
    assert Iris().sample(streams(0).draws).x[0].tolist() == [5.1, 3.5, 1.4, 0.2]


def test_more_rows_than_there_are_are_refused() -> None:
    with pytest.raises(InputError, match=r"n must be <= 150, the rows of the set, got 151"):
        Iris(n=151)
