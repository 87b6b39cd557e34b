"""Scores on examples the member has never seen: fresh ones, or those of another problem."""

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.measures.scores import score_rows
from learnscope.problems.base import Problem, Sample
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.member import learned_sample

# Roots of fresh examples lie beyond those that members of an experiment use.
_BEYOND = 1 << 40


def fresh_sample(problem: Problem, seed: int = 0) -> Sample:
    """Draw examples of a problem that no member was given.

    A fixed `problem.seed` is set aside: it would give the training examples again. For problems
    that read a data set, these are the same rows, not fresh ones.
    """
    unseeded = problem.model_copy(update={"seed": None})
    return unseeded.sample(streams(_BEYOND + seed).draws)


def evaluate(trained: Trained, sample: Sample) -> dict[str, float]:
    """Return "fresh_loss", "fresh_accuracy" and so on, the scores of `scores` on a sample.

    The sample may come from other settings of the problem, or another problem with the same
    inputs and outputs.

    Raises:
        InputError: task, inputs or outputs do not fit those the member was trained on.
        DataError: the member diverged.
    """
    member = trained.member
    sample = learned_sample(member.experiment, member.chain, sample)
    _check(member.sample, sample)
    if trained.diverged:
        raise DataError(
            f"The member of seed {trained.result.seed} diverged and cannot be evaluated: "
            f"{trained.result.cause or 'a loss was not finite.'}"
        )
    result = score_rows(
        head=member.head,
        loss=member.experiment.training.loss,
        learned=trained.predictor.learned(sample.x),
        y=sample.y,
        weight=_weights(trained, sample),
    )
    return {f"fresh_{name}": value for name, value in result.items()}


def _check(own: Sample, other: Sample) -> None:
    for what, mine, given in (
        ("task", own.task, other.task),
        ("number of inputs", len(own.columns), len(other.columns)),
        ("number of outputs", len(own.outputs), len(other.outputs)),
    ):
        if mine != given:
            raise InputError(
                f"evaluate needs a sample with the {what} the member was trained on, {mine}, got "
                f"{given}. Draw it from the same kind of problem."
            )


def _weights(trained: Trained, sample: Sample) -> Array | None:
    """Return the weight of each row in the loss, as in training."""
    member, loss = trained.member, trained.member.experiment.training.loss
    if member.experiment.training.class_weights is None:
        return loss.row_weights(sample)
    known = member.sample.y[member.rows.train]
    weight = member.parts["train"].weight
    assert weight is not None
    # A class without training rows has no weight of its own and counts as a plain row.
    table = np.ones(len(member.sample.outputs))
    table[known] = weight
    return np.asarray(table[sample.y])
