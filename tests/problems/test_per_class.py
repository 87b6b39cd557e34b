import json
import re
import tomllib
from typing import Any

import numpy as np
import pytest
import tomli_w

from learnscope.errors import InputError
from learnscope.problems.per_class import PerClass, SdPerClass, check_each, each, priors
from learnscope.settings import Settings


class Points(Settings):
    n: PerClass = 3
    sd: SdPerClass = 1.0


def test_one_value_stands_for_all_classes() -> None:
    assert each(5, 3) == (5, 5, 5)
    assert each((1, 2, 3), 3) == (1, 2, 3)


def test_list_of_another_length_is_refused_by_field_and_count() -> None:
    message = "n must be one number or a list of 3, one for each class, got a list of 2."
    with pytest.raises(ValueError, match=re.escape(message)):
        check_each("n", (1, 2), 3)


def test_priors_are_the_shares_of_the_counts() -> None:
    np.testing.assert_allclose(priors((1, 2, 5)), [0.125, 0.25, 0.625])


@pytest.mark.parametrize("value", [7, (7,), (1, 2, 3)])
def test_both_forms_survive_json_and_toml(value: Any) -> None:
    points = Points(n=value, sd=value)
    data = points.model_dump(mode="json")
    assert Points(**json.loads(json.dumps(data))) == points
    assert Points(**tomllib.loads(tomli_w.dumps(data))) == points


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 0}, "Points.n must be >= 1, got 0."),
        ({"n": [2, 0]}, "n.1 must be >= 1, got 0."),
        ({"n": 2.5}, "Points.n must be a whole number, got 2.5."),
        ({"n": []}, "Points.n must be a list of at least 1, got []."),
        ({"sd": [1.0, -1.0]}, "sd.1 must be > 0, got -1.0."),
        ({"sd": "wide"}, "Points.sd must be a number, got 'wide'."),
    ],
)
def test_bad_value_is_named_by_the_path_a_user_typed(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Points(**settings)
