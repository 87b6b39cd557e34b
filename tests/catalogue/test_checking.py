"""`check`: the rules, and every outcome of the catalogue with as few members as the files allow."""

import math

import pytest

import learnscope as ls
from learnscope.catalogue import read_entry
from learnscope.catalogue.checking import Outcome, check_entry, number, spread, within
from learnscope.catalogue.entry import Check, Entry
from learnscope.catalogue.study import summarised
from learnscope.cli.check import failure
from learnscope.errors import Interrupted


@pytest.mark.slow
@pytest.mark.parametrize("name", ls.names())
def test_the_outcomes_hold(name: str) -> None:
    for outcome in check_entry(read_entry(name), fast=True):
        assert outcome.passed is not False, failure(outcome)


def line(**check: object) -> Outcome:
    """Return the outcome of a check of `line_by_hand`, whose squared error is 43.007."""
    score = {"kind": "score", "name": "train_mse"}
    row = Check(source="S0.3", what="error", **{"quantity": score, "seeds": 1, **check})
    entry: Entry = read_entry("line_by_hand").model_copy(update={"check": (row,)})
    (found,) = check_entry(entry)
    return found


@pytest.mark.parametrize(
    ("limits", "passed"),
    [
        ({"low": 43}, True),
        ({"low": 43.1}, False),
        ({"high": 43}, False),
        ({"low": 43, "high": 43.1}, True),
    ],
)
def test_a_range_is_held_against_the_number(limits: dict[str, float], passed: bool) -> None:
    assert line(**limits).passed is passed


def test_a_comparison_is_made_member_by_member() -> None:
    # 78.87 - 43.007, and the ratio of the two.
    assert line(variant="relu", against="base", low=35.8, high=35.9).passed
    assert line(variant="relu", against="base", how="ratio", low=1.83, high=1.84).passed


def test_a_fast_check_leaves_out_what_says_so() -> None:
    row = read_entry("line_by_hand").check[0].model_copy(update={"fast_seeds": 0})
    entry = read_entry("line_by_hand").model_copy(update={"check": (row,)})
    (found,) = check_entry(entry, fast=True)
    assert found.passed is None and found.values == ()
    (whole,) = check_entry(entry)
    assert whole.passed


def test_a_share_of_the_members_may_be_asked_for() -> None:
    dead = {"quantity": "dead", "variant": "", "seeds": 40, "rule": "each", "high": 0}
    found = []
    for share in (0.5, 1.0):
        row = Check(source="S0.13", what="dead", share=share, **dead)
        entry = read_entry("spirals").model_copy(update={"check": (row,)})
        found += [outcome.passed for outcome in check_entry(entry)]
    # A quarter of 40 is dead: half of them are not, all of them are not all alive.
    assert found == [True, False]


def test_what_is_not_a_number_is_in_no_range() -> None:
    assert not within(math.nan, None, None)
    assert within(1.0, None, 1.0)
    assert not within(1.0, 1.1, None)


def test_rules_make_one_number_of_several() -> None:
    values = [1.0, 2.0, 6.0]
    found = {rule: summarised(values, rule) for rule in ("median", "mean", "least", "greatest")}
    assert found == {"median": [2.0], "mean": [3.0], "least": [1.0], "greatest": [6.0]}
    assert summarised(values, "each") == values
    assert spread(values) == "2 (1 to 6)"
    assert spread([2.0, 2.0]) == "2"
    assert number(36645.4) == "36,645"


def test_a_wish_to_stop_ends_the_work() -> None:
    with pytest.raises(Interrupted):
        list(check_entry(read_entry("spirals"), should_stop=lambda: True))
