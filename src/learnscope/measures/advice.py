"""What to try next: rules from measured facts to settings, each with the flags to type.

A rule fires on a number that passed a stated limit; `verdict.py` holds the limits of the
verdict. Only settings that make a valid experiment are proposed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from learnscope.errors import LearnscopeError
from learnscope.experiment import Experiment
from learnscope.measures.facts import Facts
from learnscope.measures.few_rows import judged_rows, rows_text
from learnscope.measures.remedies import (
    Advice,
    activation,
    bigger,
    class_weights,
    cross_entropy,
    dead,
    dead_units,
    members_text,
    polar,
    scale,
    scale_first,
)
from learnscope.measures.verdict import AT_CEILING, FALLING, verdict_word

__all__ = ["Advice", "advice"]

RATES = (1e-6, 0.1)
"""Learning rates between which a lower one is proposed to a run that diverged."""

FEWEST_ROWS = 20
"""Rows from which keeping some of them for a test is proposed."""


def advice(facts: Facts) -> tuple[Advice, ...]:
    """Return what to try next, most urgent first; empty where nothing was trained."""
    if facts.experiment.training.epochs == 0:
        return ()
    word = verdict_word(facts)
    rules = (dead, _diverged, *_AFTER[word])
    found: dict[str, Advice] = {}
    for rule in rules:
        for item in rule(facts):
            if _valid(facts.experiment, item.overrides):
                found.setdefault(item.flags, item)
    return tuple(found.values())


def _valid(experiment: Experiment, overrides: Mapping[str, str]) -> bool:
    try:
        experiment.override(overrides)
    except LearnscopeError:
        return False
    return True


def _diverged(facts: Facts) -> Iterator[Advice]:
    n, training = len(facts.summary.diverged), facts.experiment.training
    if not n:
        return
    because = f"{members_text(n, facts, 'diverged')} at the rate {training.lr:g}."
    lr = min(max(training.lr / 100, RATES[0]), RATES[1])
    if lr < training.lr:
        yield Advice(
            try_this=f"Lower the learning rate to {lr:g}",
            because=because,
            overrides={"training.lr": f"{lr:g}"},
        )
    if training.clip_norm is None:
        yield Advice(
            try_this="Or cut long gradients",
            because=because,
            overrides={"training.clip_norm": "1.0"},
        )


def _more_rows(facts: Facts, why: str = "") -> Iterator[Advice]:
    n = getattr(facts.experiment.problem, "n", None)
    # A data set cannot be asked for more rows than it has.
    if facts.trained[0].member.sample.truth is None or n is None:
        return
    if isinstance(n, int | tuple):
        more = str(4 * n) if isinstance(n, int) else ",".join(str(4 * m) for m in n)
        yield Advice(
            try_this="Draw four times as many examples",
            because=f"{why[:1].upper()}{why[1:]}."
            if why
            else f"{_gap(facts)} A gap shrinks at least like one over the root of the number of "
            "examples: four times as many should halve it.",
            overrides={"problem.n": more},
        )


def _gap(facts: Facts) -> str:
    unit = "of the labels" if facts.metric == "accuracy" else "of the variance"
    return f"The test error lies {100 * facts.gap:.1f} % {unit} above the training error."


def _stop_early(facts: Facts) -> Iterator[Advice]:
    training = facts.experiment.training
    if training.stopping is not None:
        return
    patience = min(50, max(1, training.epochs // 10))
    overrides = {"training.stopping.patience": str(patience)}
    if training.split.validation == 0:
        overrides["training.split.validation"] = "0.15"
    yield Advice(
        try_this="Stop early, on validation rows of their own",
        because=f"{_gap(facts)} The weights of the best epoch are then kept.",
        overrides=overrides,
    )


def _decay(facts: Facts) -> Iterator[Advice]:
    now = facts.experiment.training.weight_decay
    more = 10 * now if now else 1e-3
    yield Advice(
        try_this="Let the weights decay" if not now else "Let the weights decay ten times faster",
        because=f"{_gap(facts)} The decay is {now:g}; smaller weights give smoother answers.",
        overrides={"training.weight_decay": f"{more:g}"},
    )


def _longer(facts: Facts) -> Iterator[Advice]:
    training = facts.experiment.training
    part = "the last" if training.epochs < 10 else "the last tenth"
    because = f"The loss fell by {100 * facts.fall:.0f} % in {part} of {training.epochs} epochs."
    yield Advice(
        try_this="Train three times as long",
        because=because,
        overrides={"training.epochs": str(3 * training.epochs)},
    )
    if training.lr <= 0.03 and not facts.summary.diverged:
        yield Advice(
            try_this="Or raise the learning rate to three times",
            because=because,
            overrides={"training.lr": f"{3 * training.lr:g}"},
        )


def _patience(facts: Facts) -> Iterator[Advice]:
    stopping = facts.experiment.training.stopping
    if stopping is None:
        return
    yield Advice(
        try_this="Wait four times as long before training is stopped",
        because=f"It ended after {stopping.patience} epochs without a lower validation loss, and "
        f"the training error is still {100 * facts.train_error:.1f} %.",
        overrides={"training.stopping.patience": str(4 * stopping.patience)},
    )


def _keep_test_rows(facts: Facts) -> Iterator[Advice]:
    n = facts.rows("train")
    if facts.part == "train" and n >= FEWEST_ROWS:
        yield Advice(
            try_this="Keep rows for a test",
            because=f"All {n} rows were trained on: nothing here is about fresh examples.",
            overrides={"training.split.test": "0.3"},
        )


def _more_test_rows(facts: Facts) -> Iterator[Advice]:
    split = facts.experiment.training.split
    yield from _more_rows(facts, "the test is too small to judge by")
    # Test rows that the data have of their own are as many as they are.
    own = facts.trained[0].member.sample.n_own_test > 0 and split.kind in {"auto", "given"}
    if not own and split.test and split.test < 0.5 and facts.rows("train") >= FEWEST_ROWS:
        yield Advice(
            try_this="Keep more rows for the test",
            because=f"Only {rows_text(judged_rows(facts), facts.part)} judge the model.",
            overrides={"training.split.test": "0.5"},
        )


def _fresh(facts: Facts) -> Iterator[Advice]:
    problem, e = facts.experiment.problem, facts.experiment
    if len(facts.summary.alive) < facts.summary.n:
        return
    if problem.seed is not None:
        overrides = {"problem.seed": str(problem.seed + 1)}
    else:
        overrides = {"seed": str(e.seed + e.seeds)}
    yield Advice(
        try_this="Nothing to mend. See it again on fresh examples, or choose another problem",
        because="On these rows the true target itself is hardly better.",
        overrides=overrides,
    )


def _matched(facts: Facts) -> Iterator[Advice]:
    # A model that is right nearly everywhere needs no other loss.
    if facts.test_error > AT_CEILING:
        yield from cross_entropy(facts)
        yield from activation(facts)


def _short(facts: Facts) -> Iterator[Advice]:
    """What to do against a distance to the ceiling: the larger part of it first."""
    floor = facts.floor_error or 0.0
    if facts.fall > FALLING and not facts.stopped:
        yield from _longer(facts)
    yield from _more_rows(facts) if facts.gap > facts.train_error - floor else bigger(facts)


_AFTER: Mapping[str, Sequence[Callable[[Facts], Iterator[Advice]]]] = {
    "Diverged": (scale,),
    "Dead": (scale,),
    "One-sided": (class_weights, scale_first, cross_entropy, activation),
    "Unclear": (_more_test_rows,),
    "Solved": (_fresh,),
    "Good": (_keep_test_rows,),
    "Matched": (_matched,),
    "Beaten": (scale_first, cross_entropy, activation, scale),
    "Short": (scale_first, cross_entropy, activation, _short, _decay),
    "Fitted": (_keep_test_rows,),
    "Overfitted": (_more_rows, _stop_early, _decay, scale_first),
    "Unfinished": (
        scale_first, cross_entropy, activation, _longer, dead_units, _keep_test_rows,
    ),
    "Stopped": (scale_first, cross_entropy, activation, _patience, dead_units, bigger),
    "Underfitted": (
        scale_first, cross_entropy, activation, dead_units, bigger, scale, polar,
        _keep_test_rows,
    ),
}  # fmt: skip
