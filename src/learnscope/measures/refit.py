"""Training an experiment anew on rows that are given: a part of them, or with other targets.

Features and scaling are fitted anew on those rows, as the first training did on its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import SkipValidation

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.problems.base import Problem, Sample
from learnscope.seeds import Draws
from learnscope.trained import Trained
from learnscope.training.member import Member, prepare
from learnscope.training.result import OnProgress
from learnscope.training.routes import Listener, Resume, Route, choose_route, train_members
from learnscope.training.split import Split


class Given(Problem):
    """Examples that are at hand, in the order training, validation, test.

    Attributes:
        examples: a `Sample`.
        words: what they are.
    """

    kind: Literal["given"] = "given"
    examples: SkipValidation[Any]
    words: str

    def sample(self, draws: Draws) -> Sample:
        found: Sample = self.examples
        return found

    def sentence(self) -> str:
        return self.words


def given_member(
    experiment: Experiment,
    seed: int,
    sample: Sample,
    *,
    train: Ints,
    validation: Ints | None = None,
    test: Ints | None = None,
) -> Member:
    """Return a member of the experiment that learns from the rows `train` of a sample.

    Args:
        experiment: settings; its own problem and split are set aside.
        seed: root seed of first weights and order.
        sample: the examples.
        train: row numbers, at least one.
        validation: row numbers, None for none.
        test: row numbers, None for none.

    Raises:
        InputError: there are no training rows.
    """
    parts = [train, *(p for p in (validation, test) if p is not None)]
    if not len(train):
        raise InputError("given_member.train must name at least one row, got none.")
    rows = [int(i) for part in parts for i in part]
    n_validation, n_test = (0 if p is None else len(p) for p in (validation, test))
    # In the order of a series the split takes the last rows for the test, those before them for
    # the validation: what was put there.
    split = Split(kind="time", validation=n_validation, test=n_test)
    stopping = experiment.training.stopping if n_validation else None
    training = experiment.training.model_copy(update={"split": split, "stopping": stopping})
    problem = Given(examples=subset(sample, rows), words=experiment.problem.sentence())
    update = {"problem": problem, "training": training, "seeds": 1, "seed": seed}
    return prepare(experiment.model_copy(update=update), seed)


def subset(sample: Sample, rows: Ints | Sequence[int], y: Array | None = None) -> Sample:
    """Return some rows of a sample, in the order given, perhaps with other targets (their own)."""
    return replace(
        sample,
        x=sample.x[rows],
        y=sample.y[rows] if y is None else y,
        groups=None,
        labels=None if sample.labels is None else sample.labels[rows],
    )


def fit(
    members: Sequence[Member], route: Route = "auto", on_progress: OnProgress | None = None
) -> list[Trained]:
    """Train members on the route that suits them all and return them in their order.

    Args:
        members: what to train.
        route: as in a run.
        on_progress: called some times a second.
    """
    listener = Listener(
        on_progress=on_progress or (lambda progress: None),
        on_result=lambda result: None,
        should_stop=lambda: False,
    )
    resume = Resume(load=lambda member: None, save=lambda member, state: None)
    results = train_members(members, choose_route(members, route), listener, resume)
    # Without a limit of time no member is left out.
    return [
        Trained(member=m, result=r) for m, r in zip(members, results, strict=True) if r is not None
    ]
