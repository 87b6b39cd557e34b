import pytest

from learnscope.cli.hints import ALIASES, hinted
from learnscope.errors import InputError
from learnscope.experiment import Experiment
from tests.cli.calling import Cli


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--training.learning_rate=1", "no setting 'learning_rate'. Did you mean 'training.lr'?"),
        ("--training.optimiser=sgd", "no setting 'optimiser'. Did you mean 'optimizer'?"),
        ("--training.max_iter=1", "no setting 'max_iter'. Did you mean 'training.epochs'?"),
        (
            "--training.optimizer.momentum=0.9",
            "no setting 'momentum'. It takes beta1, beta2, eps, kind. rmsprop and sgd have it: "
            "choose with training.optimizer.kind.",
        ),
        ("--problem.cells=3", "checkerboard has it: choose with problem.kind."),
        ("--lr=3", "Unknown option: --lr. Did you mean --training.lr?"),
        ("--learning-rate=3", "Unknown option: --learning-rate. Did you mean --training.lr?"),
        ("--epochs=3", "Did you mean --training.epochs?"),
        ("--hidden=3", "Did you mean --model.hidden?"),
        ("--width=3", "Did you mean --model.width?"),
        ("--model.widht=3", "model has no setting 'widht'. Did you mean 'width'?"),
        ("--model.dept=3", "model has no setting 'dept'. Did you mean 'depth'?"),
    ],
)
def test_a_setting_of_other_tools_is_answered_with_the_one_here(
    cli: Cli, flag: str, message: str
) -> None:
    answer = cli("run", "spirals", flag)
    assert answer.code == 2
    assert message in answer.complaint


def test_what_else_is_wrong_is_still_counted(cli: Cli) -> None:
    answer = cli("run", "spirals", "--training.learning_rate=1", "--model.output=x")
    assert answer.complaint.endswith("'training.lr'? (1 more to mend after it.)")


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_no_setting_and_stands_for_one(alias: str) -> None:
    from learnscope.experiment import read_experiment
    from learnscope.overrides import apply_overrides

    problem = {"problem": {"kind": "spirals"}, "training": {"optimizer": "sgd"}}
    with pytest.raises(InputError, match=f"no setting '{alias.rpartition('.')[2]}'"):
        read_experiment(apply_overrides(problem, {alias: 1}))
    try:
        made = read_experiment(apply_overrides(problem, {ALIASES[alias]: 1}))
    except InputError as error:
        # A value of another type is wrong in its own way.
        assert "no setting" not in str(error)
    else:
        assert isinstance(made, Experiment)


def test_other_complaints_are_left_as_they_are() -> None:
    for text in ("training.lr must be > 0, got -1.", "model has no setting 'x'. It takes y."):
        assert hinted(text) == text
