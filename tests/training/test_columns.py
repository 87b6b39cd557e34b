import numpy as np
import pytest

from learnscope.training.columns import Columns


def test_columns_are_those_of_the_table_by_name() -> None:
    table = np.arange(6.0).reshape(3, 2)
    columns = Columns(("a", "b"), table)
    assert list(columns) == ["a", "b"] and len(columns) == 2
    assert columns["b"].tolist() == [1.0, 3.0, 5.0]
    assert {name: values.tolist() for name, values in columns.items()} == {
        "a": [0.0, 2.0, 4.0],
        "b": [1.0, 3.0, 5.0],
    }


def test_a_column_that_is_not_there_is_missing_as_in_a_dictionary() -> None:
    columns = Columns(("a",), np.zeros((0, 1)))
    with pytest.raises(KeyError, match="b"):
        columns["b"]
    assert columns.get("b") is None and "b" not in columns and columns["a"].shape == (0,)
