"""What to try next: rules from measured facts to settings, each with the flags to type.

A rule fires on a number that passed a stated limit; `verdict.py` holds the limits of the
verdict. Only settings that make a valid experiment are proposed.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from learnscope.errors import LearnscopeError
from learnscope.experiment import Experiment
from learnscope.measures.facts import Facts
from learnscope.measures.verdict import verdict_word
from learnscope.models import Mlp, Polynomial

DEAD_UNITS = 1 / 3
"""Share of hidden units that are dead beyond which another activation is proposed."""

SCALE = (0.1, 10.0)
"""Standard deviations of an input between which it needs no scaling."""

FEWEST_ROWS = 20
"""Rows from which keeping some of them for a test is proposed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One thing to try.

    Attributes:
        try_this: what to do, an imperative without a full stop.
        because: the measured reason, a sentence.
        overrides: dotted setting -> value, for `Experiment.override`.
    """

    try_this: str
    because: str
    overrides: Mapping[str, str]

    @property
    def flags(self) -> str:
        """The same as text for a shell, e.g. "--model.output identity"."""
        return " ".join(f"--{path} {shlex.quote(value)}" for path, value in self.overrides.items())


def advice(facts: Facts) -> tuple[Advice, ...]:
    """Return what to try next, most urgent first; empty where nothing was trained."""
    if facts.experiment.training.epochs == 0:
        return ()
    word = verdict_word(facts)
    rules = (_dead, _diverged, *_AFTER[word])
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


def _dead(facts: Facts) -> Iterator[Advice]:
    n, model = len(facts.summary.dead), facts.experiment.model
    if not n:
        return
    because = f"{n} of {facts.summary.n} members answer the same for every row, for good."
    if _init_is_zero(facts.experiment):
        yield Advice(
            try_this="Draw the first weights at random",
            because=because,
            overrides={"model.init": "default"},
        )
    if model.output == "relu":
        yield Advice(
            try_this="Give the output no activation",
            because=f"{because} A ReLU output that is 0 everywhere has no gradient.",
            overrides={"model.output": "identity"},
        )
    elif isinstance(model, Mlp):
        yield _leaky(because)


def _init_is_zero(experiment: Experiment) -> bool:
    init = experiment.model.init.model_dump()
    return experiment.model.weights is None and (init["kind"] == "zero" or init.get("sd") == 0)


def _leaky(because: str) -> Advice:
    return Advice(
        try_this="Use an activation that has a slope everywhere",
        because=because,
        overrides={"model.activation": "leaky_relu"},
    )


def _diverged(facts: Facts) -> Iterator[Advice]:
    n, training = len(facts.summary.diverged), facts.experiment.training
    if not n:
        return
    because = f"{n} of {facts.summary.n} members diverged at the rate {training.lr:g}."
    yield Advice(
        try_this="Lower the learning rate to a hundredth",
        because=because,
        overrides={"training.lr": f"{training.lr / 100:g}"},
    )
    if training.clip_norm is None:
        yield Advice(
            try_this="Or cut long gradients",
            because=because,
            overrides={"training.clip_norm": "1.0"},
        )


def _more_rows(facts: Facts) -> Iterator[Advice]:
    n = getattr(facts.experiment.problem, "n", None)
    # A data set cannot be asked for more rows than it has.
    if facts.trained[0].member.sample.truth is None or n is None:
        return
    if isinstance(n, int | tuple):
        more = str(4 * n) if isinstance(n, int) else ",".join(str(4 * m) for m in n)
        yield Advice(
            try_this="Draw four times as many examples",
            because=f"{_gap(facts)} A gap shrinks at least like one over the root of the number "
            "of examples: four times as many should halve it.",
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
    because = (
        f"The loss fell by {100 * facts.fall:.0f} % in the last tenth of {training.epochs} epochs."
    )
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


def _bigger(facts: Facts) -> Iterator[Advice]:
    model = facts.experiment.model
    unit = "of the labels" if facts.metric == "accuracy" else "of the variance of the targets"
    because = f"The training error is {100 * facts.train_error:.1f} % {unit}" + (
        "." if facts.floor_error is None else f", the floor {100 * facts.floor_error:.1f} %."
    )
    if isinstance(model, Polynomial):
        overrides = {"model.degree": str(2 * model.degree)}
        yield Advice(try_this="Double the degree", because=because, overrides=overrides)
    elif isinstance(model, Mlp) and model.hidden:
        widths = ",".join(str(2 * h) for h in model.hidden)
        # One width alone is read as a number, which stands for a list of one.
        overrides = {"model.hidden": widths}
        yield Advice(try_this="Double the widths", because=because, overrides=overrides)
    else:
        overrides = {"model.kind": "mlp"} if not isinstance(model, Mlp) else {}
        overrides["model.hidden"] = "8,8"
        if model.output != "identity":
            overrides["model.output"] = model.output
        yield Advice(
            try_this="Use a model with hidden layers", because=because, overrides=overrides
        )


def _features(facts: Facts) -> Iterator[Advice]:
    member = facts.trained[0].member
    if facts.experiment.features:
        return
    sd = member.sample.x[member.rows.train].std(axis=0)
    odd = np.flatnonzero((sd > 0) & ((sd < SCALE[0]) | (sd > SCALE[1])))
    if len(odd):
        name = member.sample.columns[int(odd[0])]
        yield _with_features(
            "Scale the inputs",
            f"The standard deviation of the input {name!r} is {sd[odd[0]]:.3g}; steps of one "
            "rate do not suit inputs of such a size.",
            ["standardise"],
        )
    if len(member.sample.columns) == 2:
        yield _with_features(
            "Give the model other inputs, for example radius and angle",
            "With the right features a small model is enough.",
            ["polar"],
        )


def _with_features(try_this: str, because: str, kinds: list[Any]) -> Advice:
    return Advice(try_this=try_this, because=because, overrides={"features": json.dumps(kinds)})


def _dead_units(facts: Facts) -> Iterator[Advice]:
    alive = [h for h in facts.health if h.alive]
    dead = sum(sum(h.dead_units) for h in alive)
    total = sum(sum(h.n_units) for h in alive)
    if total and dead > DEAD_UNITS * total:
        yield _leaky(f"{dead} of {total} hidden units give one value on every training row.")


def _keep_test_rows(facts: Facts) -> Iterator[Advice]:
    n = facts.rows("train")
    if facts.part == "train" and n >= FEWEST_ROWS:
        yield Advice(
            try_this="Keep rows for a test",
            because=f"All {n} rows were trained on: nothing here is about fresh examples.",
            overrides={"training.split.test": "0.3"},
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


_AFTER = {
    "Diverged": (),
    "Dead": (),
    "Solved": (_fresh,),
    "Good": (_keep_test_rows,),
    "Fitted": (_keep_test_rows,),
    "Overfitted": (_more_rows, _stop_early, _decay),
    "Unfinished": (_longer, _dead_units, _keep_test_rows),
    "Underfitted": (_dead_units, _bigger, _features, _keep_test_rows),
}
