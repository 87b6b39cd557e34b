"""Bias and variance of a model: where the error of its members comes from.

Squared loss: the expected distance to the target is bias² + variance, and the variance is that of
the data draw (of the mean over first weights) plus that of the first weights (for given data).
0-1 loss after P. Domingos, "A unified bias-variance decomposition", ICML 2000: the main
prediction is the commonest label, bias is whether it differs from the best one, variance how
often members differ from it; variance hurts where the main prediction is right and helps where
it is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.measures.fresh import fresh_sample
from learnscope.measures.percent import with_error
from learnscope.measures.refit import fit, given_member
from learnscope.seeds import streams
from learnscope.training.member import Member
from learnscope.training.split import split_rows

_BEYOND = 1 << 41
"""Roots of the data draws lie beyond those of members and of fresh examples."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BiasVariance:
    """The parts of the expected error over new inputs, noise left out.

    Attributes:
        loss: "squared" or "0-1".
        error: mean distance to the best answer: squared, or share of labels that differ from the
            best classifier's.
        bias: squared bias, or share of inputs whose main label is not the best one.
        variance: of all members, or share of labels that differ from the main one.
        of_data: part of the variance that comes with the draw of the data (squared loss; else
            the share of labels that differ between the draws' own main labels and the main one).
        of_init: part that comes with first weights and order, for given data; for 0-1 loss the
            rest.
        net_variance: what the variance adds to the error: all of it for squared loss; for 0-1
            loss that on rightly labelled inputs minus the help on wrongly labelled ones.
        errors: name of a part -> its Monte Carlo standard error, by leaving out one draw at a
            time (jackknife).
        draws: draws of the data.
        seeds: first weights for each.
        points: inputs averaged over.
    """

    loss: Literal["squared", "0-1"]
    error: float
    bias: float
    variance: float
    of_data: float
    of_init: float
    net_variance: float
    errors: dict[str, float]
    draws: int
    seeds: int
    points: int

    def sentence(self) -> str:
        """Say how much is bias and how much variance, with Monte Carlo errors."""
        t = {name: with_error(getattr(self, name), e) for name, e in self.errors.items()}
        if self.loss == "squared":
            split = (
                f" of that {t['of_data']} comes with the data and {t['of_init']} with the first "
                "weights"
                if self.seeds > 1
                else " data and first weights are not told apart with one member each"
            )
            return (
                f"Squared error {t['error']} = bias² {t['bias']} + variance {t['variance']};"
                f"{split} ({self.draws} draws of the data, {self.seeds} trained on each; ± one "
                "Monte Carlo standard error)."
            )
        return (
            f"Labels differ from the best ones on {t['error']} of the inputs = bias {t['bias']} + "
            f"net variance {t['net_variance']} (variance {t['variance']}; {self.draws} draws of "
            f"the data, {self.seeds} trained on each; ± one Monte Carlo standard error)."
        )


def squared_decomposition(answers: Array, target: Array) -> BiasVariance:
    """Decompose the squared error of answers.

    Args:
        answers: (d, s, m) for d >= 2 draws of the data, s first weights each, m inputs (times
            targets).
        target: (m,) best answers.

    All parts are unbiased: the spread of a mean over few members is taken out of the bias, that
    of first weights out of the part of the data. A part near 0 may so come out below it. With s
    = 1 the two sources cannot be told apart: all variance is counted as that of the data.
    """
    a, f = _checked(answers, target)
    return _jackknifed(a, lambda part: _squared_parts(part, f), "squared")


def zero_one_decomposition(labels: Ints, best: Ints) -> BiasVariance:
    """Decompose the share of labels (d, s, m) that differ from the best ones (m,)."""
    a, b = _checked(labels, best)
    return _jackknifed(a.astype(np.int64), lambda part: _zero_one_parts(part, b), "0-1")


def _checked(answers: Array, target: Array) -> tuple[Array, Array]:
    a, f = np.asarray(answers), np.asarray(target)
    if a.ndim != 3 or f.shape != a.shape[2:] or a.shape[0] < 2 or not a.size:
        raise DataError(
            f"a decomposition needs answers (draws, seeds, inputs) of at least 2 draws and targets "
            f"(inputs,), got {a.shape} and {f.shape}."
        )
    return a, f


Parts = dict[str, float]


def _squared_parts(a: Array, f: Array) -> Parts:
    d, s, _ = a.shape
    of_draw = a.mean(axis=1)
    within = float(a.var(axis=1, ddof=1).mean()) if s > 1 else 0.0
    of_data = float(of_draw.var(axis=0, ddof=1).mean()) - within / s
    variance = of_data + within
    # The mean over draws scatters by the spread of the draws' means over their number.
    mean = of_draw.mean(axis=0)
    bias = float(np.square(mean - f).mean()) - (of_data + within / s) / d
    return {
        "error": bias + variance, "bias": bias, "variance": variance, "of_data": of_data,
        "of_init": within, "net_variance": variance,
    }  # fmt: skip


def _zero_one_parts(a: Ints, best: Ints) -> Parts:
    d, s, m = a.shape
    main = _modes(a.reshape(d * s, m))
    differs = a != main
    wrong = main != best
    variance = differs.mean(axis=(0, 1))
    # Where the main label is wrong, only those members help that have the best one.
    helps = ((a == best) & differs).mean(axis=(0, 1))
    net = np.where(wrong, -helps, variance)
    of_data = (_modes(a.transpose(1, 0, 2)) != main).mean()
    return {
        "error": float((a != best).mean()), "bias": float(wrong.mean()),
        "variance": float(variance.mean()), "of_data": float(of_data),
        "of_init": float(variance.mean() - of_data), "net_variance": float(net.mean()),
    }  # fmt: skip


def _modes(labels: Ints) -> Ints:
    """Return the commonest label over the first axis of (r, ...), the smallest of equals."""
    counts = np.stack([(labels == c).sum(axis=0) for c in range(int(labels.max()) + 1)])
    return np.asarray(counts.argmax(axis=0), dtype=np.int64)


def _jackknifed(
    a: Array, parts: Callable[[Array], Parts], loss: Literal["squared", "0-1"]
) -> BiasVariance:
    d, s, m = a.shape
    whole = parts(a)
    # With two draws, leaving one out leaves no spread.
    left = [parts(np.delete(a, i, axis=0)) for i in range(d)] if d > 2 else []
    errors = {
        name: float(np.sqrt((d - 1) / d * sum((p[name] - _mean(left, name)) ** 2 for p in left)))
        if left
        else float("nan")
        for name in whole
    }
    return BiasVariance(loss=loss, **whole, errors=errors, draws=d, seeds=s, points=m)


def _mean(left: list[Parts], name: str) -> float:
    return sum(p[name] for p in left) / len(left)


def bias_variance(
    experiment: Experiment, *, draws: int = 20, seeds: int = 3, points: int = 500
) -> BiasVariance:
    """Train an experiment on many draws of its data, several times on each, and decompose.

    Args:
        experiment: settings; the problem's target must be known.
        draws: draws of the data, at least 2.
        seeds: first weights for each.
        points: fresh inputs to average over, at most.

    Raises:
        InputError: the target is not known, or there are too few draws.
        DataError: a member diverged.
    """
    if draws < 2 or seeds < 1:
        raise InputError(f"bias_variance needs draws >= 2 and seeds >= 1, got {draws} and {seeds}.")
    trained = fit([m for d in range(draws) for m in _members(experiment, d, seeds)])
    lost = [t for t in trained if t.diverged]
    if lost:
        raise DataError(
            f"{len(lost)} of {len(trained)} members diverged: their answers are none. Lower "
            "training.lr."
        )
    sample = fresh_sample(experiment.problem, 1)
    x = sample.x[:points]
    if sample.truth is None:
        raise InputError(
            "bias_variance needs a problem whose target is known, and this one is a data set."
        )
    best = np.asarray(sample.truth.target(x))
    if sample.task == "classification":
        labels = np.stack([t.labels(x) for t in trained]).reshape(draws, seeds, -1)
        return zero_one_decomposition(labels, best.argmax(axis=1))
    answers = np.stack([t.output(x).astype(np.float64) for t in trained])
    return squared_decomposition(answers.reshape(draws, seeds, -1), best.reshape(-1))


def _members(experiment: Experiment, draw: int, seeds: int) -> list[Member]:
    """Return members on one draw of the data and one split, with first weights of their own."""
    problem, split = experiment.problem.model_copy(update={"seed": None}), experiment.training.split
    source = streams(_BEYOND + draw, split_seed=split.seed)
    sample = problem.sample(source.draws)
    plan = split_rows(split, sample, source.split)
    return [
        given_member(
            experiment,
            draw * seeds + s,
            sample,
            train=plan.train,
            validation=plan.validation if len(plan.validation) else None,
            test=plan.test if len(plan.test) else None,
        )
        for s in range(seeds)
    ]
