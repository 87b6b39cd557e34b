import pytest

from learnscope.cli.arguments import TABLES, read_sets, with_sets
from learnscope.errors import InputError
from learnscope.experiment import Experiment


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        (["run", "a", "--model.hidden", "8,8"], ["run", "a", "--set", "model.hidden=8,8"]),
        (["run", "a", "--training.lr=1e-2"], ["run", "a", "--set", "training.lr=1e-2"]),
        (["run", "--problem.shift", "-2", "a"], ["run", "--set", "problem.shift=-2", "a"]),
        (["run", "--problem", "moons"], ["run", "--set", "problem=moons"]),
        (["show", "a", "--model=linear"], ["show", "a", "--set", "model=linear"]),
        (["run", "a", "--seeds", "3"], ["run", "a", "--seeds", "3"]),
        (["run", "--", "--model.hidden", "8"], ["run", "--", "--model.hidden", "8"]),
        (["list", "--model.hidden", "8"], ["list", "--model.hidden", "8"]),
        (["run", "a", "--model.x=1=2"], ["run", "a", "--set", "model.x=1=2"]),
    ],
)
def test_dotted_flags_of_run_and_show_become_settings(typed: list[str], parsed: list[str]) -> None:
    assert with_sets(typed) == parsed


@pytest.mark.parametrize("typed", [["--model.hidden"], ["--model.hidden", "--json"]])
def test_a_dotted_flag_without_a_value_is_refused(typed: list[str]) -> None:
    with pytest.raises(InputError, match=r"--model\.hidden needs a value"):
        with_sets(["run", "spirals", *typed])


def test_every_setting_without_a_dot_can_be_typed() -> None:
    own_flags = {"name", "seed", "seeds"}
    assert set(Experiment.model_fields) == TABLES | own_flags


def test_sets_are_read_up_to_the_first_equals_sign() -> None:
    assert read_sets(["a.b=1", "c = x=y"]) == {"a.b": "1", "c": " x=y"}


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["model.hidden"], "--set needs PATH=VALUE, for example model.hidden=8,8"),
        (["=3"], "--set needs PATH=VALUE"),
        (["a=1", "a=2"], "a was given twice: '1' and '2'"),
    ],
)
def test_bad_sets_are_refused(sets: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_sets(sets)
