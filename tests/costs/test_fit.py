"""The fit of rates to times, on times made up from known rates."""

import numpy as np
import pytest

from learnscope.costs.calibrate import fit


def test_known_rates_are_found_again() -> None:
    rng = np.random.default_rng(0)
    true = {"a": 2.0, "b": 0.5, "c": 7.0}
    works = [{kind: float(rng.uniform(0, 10)) for kind in true} for _ in range(12)]
    seconds = [sum(work[kind] * true[kind] for kind in true) for work in works]
    found = fit(works, seconds, {"a": 1.0, "b": 1.0, "c": 1.0})
    # The times are exact; what is left is the number of steps.
    assert found == pytest.approx(true, rel=0.02)


def test_what_the_times_say_nothing_of_stays_as_it_was_assumed() -> None:
    found = fit([{"a": 1.0, "b": 0.0}] * 3, [4.0] * 3, {"a": 1.0, "b": 0.3})
    assert found == pytest.approx({"a": 4.0, "b": 0.3})


def test_rates_are_never_negative() -> None:
    works = [{"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 2.0}]
    assert min(fit(works, [2.0, 1.0], {"a": 1.0, "b": 1.0}).values()) >= 0
