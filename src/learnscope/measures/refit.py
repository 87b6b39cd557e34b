"""Training an experiment anew on rows that are given: a part of them, or with other targets.

Features and scaling are fitted anew on those rows, as the first training did on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SkipValidation

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError, Interrupted
from learnscope.experiment import Experiment
from learnscope.problems.base import Problem, Sample
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.trained import Trained
from learnscope.training.member import Member, prepare
from learnscope.training.members import Members, epochs_of
from learnscope.training.result import OnProgress, OnResult, Progress, Result, ShouldStop
from learnscope.training.routes import (
    Choice,
    Listener,
    Resume,
    Route,
    choose_route,
    train_members,
)
from learnscope.training.split import Split

if TYPE_CHECKING:
    from learnscope.measures.kept import Kept

BLOCK_SECONDS = 2.0
"""Time that trainings are done together before they are kept."""
MOST_OF_A_BLOCK = 500
"""Members of a block, at most."""
UNKNOWN_SECONDS = 1.0
"""What a training is taken to cost whose work cannot be counted."""


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
    members: Sequence[Member],
    route: Route = "auto",
    on_progress: OnProgress | None = None,
    *,
    kept: Kept | None = None,
    should_stop: ShouldStop | None = None,
) -> list[Trained]:
    """Train members on the route that suits them all and return them in their order.

    Args:
        members: what to train.
        route: as in a run.
        on_progress: called some times a second.
        kept: where trainings are kept as they finish, and those that are there are taken from.
        should_stop: asked often; true ends the training.

    Raises:
        Interrupted: `should_stop` said so; with `kept`, the same call goes on from there.
    """
    choice = choose_route(members, route)
    found = {} if kept is None else kept.find(members, choice.route)
    left = [i for i in range(len(members)) if i not in found]
    epochs = epochs_of(members)
    for block in _blocks(members, left, choice, kept):
        if should_stop is not None and should_stop():
            raise Interrupted(_where(kept))
        report = _counted(
            on_progress, len(members), sum(epochs), sum(epochs[i] for i in found), len(found)
        )
        finished: list[Result] = []
        own = [members[i] for i in block]
        try:
            results = _train(own, choice, report, finished.append, should_stop)
        except Interrupted:
            if kept is not None:
                _keep_finished(kept, own, finished, choice.route)
            raise Interrupted(_where(kept)) from None
        found |= dict(zip(block, results, strict=True))
        if kept is not None:
            pairs = zip(own, results, strict=True)
            kept.add([Trained(member=m, result=r) for m, r in pairs], choice.route)
    return [Trained(member=m, result=found[i]) for i, m in enumerate(members)]


def _train(
    members: Sequence[Member],
    choice: Choice,
    on_progress: OnProgress,
    on_result: OnResult,
    should_stop: ShouldStop | None,
) -> list[Result]:
    listener = Listener(
        on_progress=on_progress,
        on_result=on_result,
        should_stop=should_stop or (lambda: False),
    )
    resume = Resume(load=lambda member: None, save=lambda member, state: None)
    results = train_members(members, choice, listener, resume)
    # Without a limit of time no member is left out.
    return [result for result in results if result is not None]


def _keep_finished(
    kept: Kept, members: Sequence[Member], finished: Sequence[Result], route: str
) -> None:
    """Keep what was finished of a block that was broken off; its members have distinct seeds."""
    of_seed = {member.seed: member for member in members}
    new = [Trained(member=of_seed[result.seed], result=result) for result in finished]
    if new:
        kept.add(new, route)


def _blocks(
    members: Sequence[Member], left: Sequence[int], choice: Choice, kept: Kept | None
) -> list[list[int]]:
    """Return the members to train, together or in blocks of some seconds where they are kept.

    A block that is kept has no seed twice, by which its results are told apart.
    """
    if not left:
        return []
    if kept is None:
        return [list(left)]
    from learnscope.fused.cost import cores

    found = choice.estimates.get(choice.route)
    each = UNKNOWN_SECONDS if found is None else max(found.seconds / len(members), 1e-6)
    size = max(1, min(MOST_OF_A_BLOCK, int(BLOCK_SECONDS * cores() / each)))
    rounds: list[list[int]] = []
    seen: dict[int, int] = {}
    for i, seed in zip(left, _seeds(members, left), strict=True):
        place = seen[seed] = seen.get(seed, -1) + 1
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(i)
    return [own[at : at + size] for own in rounds for at in range(0, len(own), size)]


def _seeds(members: Sequence[Member], places: Sequence[int]) -> list[int]:
    if isinstance(members, Members):
        return [members.sources[i][1] for i in places]
    return [members[i].seed for i in places]


def _counted(
    on_progress: OnProgress | None, n: int, total: int, epochs: int, members: int
) -> OnProgress:
    """Return what hands on the progress of a block as that of all n members."""

    def report(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(
                replace(
                    progress,
                    done=epochs + progress.done,
                    total=total,
                    members_done=members + progress.members_done,
                    members=n,
                )
            )

    return report


def _where(kept: Kept | None) -> str:
    if kept is None:
        return "Stopped."
    verb = "is" if len(kept) == 1 else "are"
    return (
        f"Stopped; {many(len(kept), 'training')} {verb} kept in {str(kept.folder)!r}. The same "
        "command goes on from there."
    )
