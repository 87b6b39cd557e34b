"""Scores of a trained member on each part of its data, every name labelled with the part."""

import math

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.coding import divergence, encode_normal
from learnscope.trained import Trained
from learnscope.training.head import Head
from learnscope.training.losses import Loss
from learnscope.training.member import Member
from learnscope.training.split import PARTS, Part

NAMES = ("loss", "accuracy", "balanced_accuracy", "mse", "rmse", "mae", "r2", "kl")
"""All scores that there are of a part; which of them a member has depends on its task."""


def scores(trained: Trained) -> dict[str, float]:
    """Return name -> score, e.g. "test_accuracy"; the same names for all members of a run.

    For every part with rows: `loss` (the one that was trained, without dropout and penalties),
    for classes `accuracy` and `balanced_accuracy`, and `mse` where they were learned as numbers;
    for numbers `mse`, `rmse`, `mae` and `r2`; for a variational autoencoder `kl`, the divergence
    of its codes from N(0, 1) in nats, the mean over rows. Sums are float64. All are NaN for a
    member that diverged.
    """
    parts = [part for part in PARTS if part in trained.member.parts]
    table = {part: _part_scores(trained, part) for part in parts}
    names = table[parts[0]]
    return {f"{part}_{name}": table[part][name] for name in names for part in parts}


def judged_part(member: Member) -> Part:
    """Return the part that a score is reported for: test, or what there is in its place."""
    return next(part for part in reversed(PARTS) if part in member.parts)


def _part_scores(trained: Trained, part: Part) -> dict[str, float]:
    member = trained.member
    y = member.sample.y[getattr(member.rows, part)]
    # Weights of a diverged member overflow in the forward pass; its scores are NaN all the same.
    with np.errstate(all="ignore"):
        learned = trained.learned_output(part)
    result = score_rows(
        head=member.head,
        loss=member.experiment.training.loss,
        learned=learned,
        y=y,
        weight=member.parts[part].weight,
    )
    result |= _code_scores(trained, part)
    return dict.fromkeys(result, math.nan) if trained.diverged else result


def _code_scores(trained: Trained, part: Part) -> dict[str, float]:
    """Return the divergence of the codes of a variational autoencoder, {} for other models."""
    member = trained.member
    if not isinstance(member.network, AutoencoderNetwork) or member.network.beta is None:
        return {}
    x = member.parts[part].x
    mean, spread = encode_normal(member.network, trained.result.parameters, x)
    assert spread is not None
    with np.errstate(all="ignore"):
        return {"kl": float(divergence(mean, spread).mean())}


def score_rows(
    *, head: Head, loss: Loss, learned: Array, y: Array, weight: Array | None
) -> dict[str, float]:
    """Return name -> score for outputs (n, k) and targets as a `Sample` holds them.

    `learned` are the outputs as the network gives them, before any scaling of the target is
    undone; `weight` (n,) counts in the loss alone.
    """
    learned = np.asarray(learned, dtype=np.float64)
    # Outputs of a diverged member overflow; what comes of it is NaN and said elsewhere.
    with np.errstate(all="ignore"):
        target = head.encode(y)
        # The loss is that of what was learned; scores of numbers are in the target's own units.
        output = head.decode(learned)
        total, count = loss.total(learned, target, weight)
        result = {"loss": total / count}
        if head.task == "classification":
            labels = head.labels(output)
            result["accuracy"] = accuracy(labels, y)
            result["balanced_accuracy"] = balanced_accuracy(labels, y)
            if head.family == "value":
                result["mse"] = mean_squared_error(output, target)
            return result
        target = np.asarray(y, dtype=np.float64)
        result["mse"] = mean_squared_error(output, target)
        result["rmse"] = math.sqrt(result["mse"])
        result["mae"] = float(np.abs(output - target).mean())
        result["r2"] = r_squared(output, target)
    return result


def accuracy(labels: Array, truth: Array) -> float:
    """Return the share of right labels, in [0, 1], over exactly n pairs.

    Args:
        labels: (n,) predicted classes, n >= 1.
        truth: (n,) true classes.

    Raises:
        DataError: the shapes differ, or are not (n,). A column (n, 1) against a row (n,) would
            compare all n * n pairs.
    """
    labels, truth = _pairs("accuracy", labels, truth, n_axes=1)
    return float(np.count_nonzero(labels == truth) / len(truth))


def balanced_accuracy(labels: Array, truth: Array) -> float:
    """Return the mean, over the classes in `truth`, of the share of their rows labelled right.

    Takes and refuses what `accuracy` does. A guesser that ignores the inputs scores 1 / classes.
    """
    labels, truth = _pairs("balanced accuracy", labels, truth, n_axes=1)
    classes, of_row = np.unique(truth, return_inverse=True)
    rows = np.bincount(of_row, minlength=len(classes))
    right = np.bincount(of_row[labels == truth], minlength=len(classes))
    return float(np.mean(right / rows))


def mean_squared_error(output: Array, target: Array) -> float:
    """Return the mean of (output - target)^2 over all numbers of (n, k); never broadcast."""
    output, target = _pairs("mean squared error", output, target, n_axes=2)
    return float(np.square(output - target).mean())


def r_squared(output: Array, target: Array) -> float:
    """Return 1 - squared error / squared distance from the mean, averaged over the k columns.

    1 is perfect, 0 is as good as the mean of these rows. NaN where a column is constant.
    """
    output, target = _pairs("R squared", output, target, n_axes=2)
    around_mean = np.square(target - target.mean(axis=0)).sum(axis=0)
    if not np.all(around_mean > 0):
        return math.nan
    return float(np.mean(1 - np.square(output - target).sum(axis=0) / around_mean))


def _pairs(name: str, found: Array, truth: Array, n_axes: int) -> tuple[Array, Array]:
    found, truth = np.asarray(found), np.asarray(truth)
    if found.shape != truth.shape or found.ndim != n_axes or not found.size:
        wanted = "(n,)" if n_axes == 1 else "(n, k)"
        raise DataError(
            f"{name} needs predictions and truth of one shape {wanted} with n >= 1, got "
            f"{found.shape} and {truth.shape}. Bring both to {wanted} first."
        )
    return found, truth
