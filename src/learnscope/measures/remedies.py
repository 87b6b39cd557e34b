"""Remedies: what to change in the model, its inputs or its loss, each from a measured fact."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from learnscope.experiment import Experiment
from learnscope.measures.facts import Facts
from learnscope.measures.scaling import unscaled
from learnscope.models import Autoencoder, Conv, Linear, Mlp, Model, Polynomial
from learnscope.training.member import Member

IMAGES_LOOKED_AT = 1000
"""Training images that tell how large the pixels are; all would take a copy of them."""

DEAD_UNITS = 1 / 3
"""Share of hidden units that are dead beyond which another activation is proposed."""


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


def dead(facts: Facts) -> Iterator[Advice]:
    """Members that are dead: other first weights, output or activation."""
    n, model = len(facts.summary.dead), facts.experiment.model
    if not n:
        return
    because = f"{members_text(n, facts, 'answer')} the same for every row, for good."
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
    elif not isinstance(model, Linear | Polynomial):
        yield _leaky(because, model)


def members_text(n: int, facts: Facts, verb: str) -> str:
    """Return e.g. "The member answers", "1 of 3 members answers" or "2 of 3 members diverged"."""
    if n == 1 and not verb.endswith("ed"):
        verb += "s"
    return (
        f"The member {verb}" if facts.summary.n == 1 else f"{n} of {facts.summary.n} members {verb}"
    )


def _init_is_zero(experiment: Experiment) -> bool:
    init = experiment.model.init.model_dump()
    return experiment.model.weights is None and (init["kind"] == "zero" or init.get("sd") == 0)


def _leaky(because: str, model: Model) -> Advice:
    overrides = {"model.activation": "leaky_relu"}
    if isinstance(model, Autoencoder) and model.code_activation == "relu":
        # Without other hidden layers the code's activation is the only one.
        others = overrides if model.hidden or model.blocks else {}
        overrides = {"model.code_activation": "leaky_relu", **others}
    return Advice(
        try_this="Use an activation that has a slope everywhere",
        because=because,
        overrides=overrides,
    )


def bigger(facts: Facts) -> Iterator[Advice]:
    """A model that can do more; more of a linear one stays linear."""
    model = facts.experiment.model
    if _is_affine(facts):
        return
    unit = "of the labels" if facts.metric == "accuracy" else "of the variance of the targets"
    because = f"The training error is {100 * facts.train_error:.1f} % {unit}" + (
        "." if facts.floor_error is None else f", the floor {100 * facts.floor_error:.1f} %."
    )
    if isinstance(model, Polynomial):
        overrides = {"model.degree": str(2 * model.degree)}
        yield Advice(try_this="Double the degree", because=because, overrides=overrides)
    elif isinstance(model, Autoencoder):
        overrides = {"model.code": str(2 * model.code)}
        yield Advice(try_this="Double the code", because=because, overrides=overrides)
    elif isinstance(model, Conv):
        paths = {f"model.blocks.{i}.channels": 2 * b.channels for i, b in enumerate(model.blocks)}
        overrides = {path: str(n) for path, n in paths.items()}
        yield Advice(try_this="Double the channels", because=because, overrides=overrides)
    elif isinstance(model, Mlp) and model.hidden:
        widths = ",".join(str(2 * h) for h in model.hidden)
        # One width alone is read as a number, which stands for a list of one.
        overrides = {"model.hidden": widths}
        yield Advice(try_this="Double the widths", because=because, overrides=overrides)
    elif isinstance(model, Linear | Mlp):
        # A linear model, or a network without a hidden layer.
        overrides = {"model.kind": "mlp"} if not isinstance(model, Mlp) else {}
        overrides["model.hidden"] = "8,8"
        if model.output != "identity":
            overrides["model.output"] = model.output
        yield Advice(
            try_this="Use a model with hidden layers", because=because, overrides=overrides
        )


def activation(facts: Facts) -> Iterator[Advice]:
    """Hidden layers that are all linear: an activation that is not."""
    if _is_affine(facts):
        yield Advice(
            try_this="Give the hidden layers an activation that is not linear",
            because="With 'identity' in all hidden layers the whole network is one linear model, "
            "however wide it is.",
            overrides={"model.activation": "relu"},
        )


def _is_affine(facts: Facts) -> bool:
    model = facts.experiment.model
    if not isinstance(model, Mlp) or not model.hidden:
        return False
    return all(name == "identity" for name in model.hidden_activations())


def cross_entropy(facts: Facts) -> Iterator[Advice]:
    """Many classes learned as numbers: the loss of classes."""
    member, e = facts.trained[0].member, facts.experiment
    classes = len(member.head.outputs)
    if member.head.task == "regression" or classes < 3 or member.head.family != "value":
        return
    overrides = {"training.loss": "cross_entropy"}
    if e.model.output != "identity":
        overrides["model.output"] = "identity"
    yield Advice(
        try_this="Learn the classes with their own loss",
        because=f"The loss {e.training.loss.kind_name()} pulls {classes} outputs to 0 and 1, also "
        "where the label is right already; cross_entropy learns beliefs.",
        overrides=overrides,
    )


def class_weights(facts: Facts) -> Iterator[Advice]:
    """A rare class: a larger weight."""
    rare, training = facts.rare, facts.experiment.training
    if rare is None or training.class_weights is not None:
        return
    overrides = {"training.class_weights": "balanced"}
    if facts.trained[0].member.head.family == "value":
        overrides["training.loss"] = "cross_entropy"
        if facts.experiment.model.output != "identity":
            overrides["model.output"] = "identity"
    yield Advice(
        try_this="Let a row of the rare class count for more",
        because=f"Only {100 * rare.share:.1f} % of the training rows are of the class "
        f"{rare.name!r}, so that leaving it out costs the loss little.",
        overrides=overrides,
    )


def scale_first(facts: Facts) -> Iterator[Advice]:
    """Where a linear baseline, which scales its inputs, is better than the model."""
    if facts.simpler is not None and facts.simpler.better:
        yield from scale(facts)


def scale(facts: Facts) -> Iterator[Advice]:
    """Inputs of unsuited sizes: scaled ones."""
    member, features = facts.trained[0].member, facts.experiment.features
    # Other features of an autoencoder are other targets.
    if facts.experiment.model.learns == "inputs":
        return
    if any(f.kind_name() in {"standardise", "minmax"} for f in features):
        return
    if features and not isinstance(facts.experiment.model, Polynomial):
        why = unscaled(member.parts["train"].x, ())
    else:
        # A polynomial makes its powers of scaled inputs.
        why = _unscaled_inputs(member)
    if why:
        kinds = [f.model_dump(mode="json") for f in features]
        yield _with_features("Scale the inputs", why, [*kinds, "standardise"])


def _unscaled_inputs(member: Member) -> str:
    """Return why the raw inputs need scaling, "" where they do not.

    All pixels of an image have one unit: what counts is how large they are together. Pixels at
    the edge that hardly ever change would only be blown up by a scale of their own.
    """
    sample = member.sample
    if sample.shape is not None and len(sample.shape) == 3:
        return unscaled(sample.x[member.rows.train[:IMAGES_LOOKED_AT]].reshape(-1, 1), ())
    return unscaled(sample.x[member.rows.train], sample.columns)


def polar(facts: Facts) -> Iterator[Advice]:
    """Two inputs: other features."""
    e = facts.experiment
    plane = len(facts.trained[0].member.sample.columns) == 2
    if plane and not e.features and e.model.learns == "target":
        yield _with_features(
            "Give the model other inputs, for example radius and angle",
            "With the right features a small model is enough.",
            ["polar"],
        )


def _with_features(try_this: str, because: str, kinds: list[Any]) -> Advice:
    return Advice(try_this=try_this, because=because, overrides={"features": json.dumps(kinds)})


def dead_units(facts: Facts) -> Iterator[Advice]:
    """Many hidden units that are dead: an activation with a slope everywhere."""
    alive = [h for h in facts.health if h.alive]
    dead = sum(sum(h.dead_units) for h in alive)
    total = sum(sum(h.n_units) for h in alive)
    if total and dead > DEAD_UNITS * total:
        because = f"{dead} of {total} hidden units give one value on every training row."
        yield _leaky(because, facts.experiment.model)
