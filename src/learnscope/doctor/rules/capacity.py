"""What the network can and cannot represent.

- Missing non-linearity: f(a + b - c) = f(a) + f(b) - f(c) to 1e-4 in eval mode, two or more layers
  with weights, and local references that are better than linear ones by 0.05. Linear regression
  and PCA autoencoders are affine on purpose, and linear references are as good there.
- A narrow layer: fewer units than log2 of the classes, or far narrower than its neighbours.
- Capacity: a wider network is better. Told where a trial shows it. Source: the taxonomy, 2.5.
"""

from __future__ import annotations

import math

import torch

from learnscope.doctor.calls import quiet, with_activation_after_layers
from learnscope.doctor.case import MARGIN, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import drawn_again, widened, with_hidden_layer
from learnscope.doctor.rules.base import Rule, Suspicion, of_model
from learnscope.doctor.task import main
from learnscope.doctor.trial import Apply

AFFINE = 1e-4
NARROW = 4
FACTOR = 8


class MissingNonlinearity(Rule):
    """Layers that are one affine map."""

    slugs = ("missing-nonlinearity",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        n_layers = len(case.heard.layers)
        found = case.references
        if n_layers < 2 or found is None or not case.x.is_floating_point() or not case.is_plain:
            return []
        off = _not_affine(case)
        if off > AFFINE or found.local < found.linear + MARGIN:
            return []
        change = "Put an activation, e.g. ReLU, between the layers."
        return [
            Suspicion(
                slug="missing-nonlinearity",
                title=f"The {n_layers} layers make one affine map: there is no activation between "
                "them",
                evidence=(
                    Evidence(what="greatest |f(a+b-c) - f(a) - f(b) + f(c)|", value=off,
                             limit=AFFINE),
                    Evidence(what="score of a linear reference", value=found.linear),
                    Evidence(what="score of a local reference", value=found.local),
                ),
                why="A chain of affine layers W2(W1 x + b1) + b2 is one affine layer: it can "
                "draw a plane, whatever its width and depth. References that bend do better on "
                "these data.",
                changes=(of_model(change, lambda s: with_activation_after_layers(
                    s.model, n_layers)),),
            )
        ]  # fmt: skip


def _not_affine(case: Case) -> float:
    x = case.x[:96]
    third = len(x) // 3
    if not third:
        return math.inf
    a, b, c = x[:third], x[third : 2 * third], x[2 * third : 3 * third]
    with quiet(), torch.no_grad():
        f = [main(case.model(v)) for v in (a + b - c, a, b, c)]
        if case.closing in ("softmax", "log_softmax", "sigmoid"):
            return math.inf
        scale = max(1.0, float(f[1].abs().max()))
        return float((f[0] - f[1] - f[2] + f[3]).abs().max()) / scale


class TooSmall(Rule):
    """A network, or a layer of it, that is too narrow."""

    slugs = ("bottleneck-too-small", "capacity-too-small", "underfitting")
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        layers = case.heard.layers
        if not layers:
            return []
        if len(layers) == 1:
            return self._no_hidden(case)
        found, train = case.references, case.record.scores["train"]
        if found is not None and train >= found.best - MARGIN:
            return []  # What fits the training rows is large enough for them.
        widths = [int(c.output.reshape(len(c.output), -1).shape[1]) for c in layers[:-1]]
        narrow = min(widths)
        others = [w for w in widths if w != narrow]
        inputs = case.x.reshape(len(case.x), -1).shape[1]
        # A gap is narrow beside what comes before and behind it.
        gap = bool(others) and max(others) >= 4 * narrow
        few = case.task.kind == "classes" and 2**narrow < case.task.n_classes
        code = case.task.reconstruction
        slug = "bottleneck-too-small" if gap or few or code else "capacity-too-small"
        change = f"Make the narrow layers wider: {', '.join(map(str, widths))} units now."
        return [
            Suspicion(
                slug=slug,
                title=(f"A layer of {narrow} units lets too little through" if slug.startswith("bo")
                       else f"{sum(widths)} hidden units are too few"),
                evidence=(
                    Evidence(what="units of the narrowest layer", value=narrow,
                             limit=f"{inputs} inputs"),
                    Evidence(what="training score", value=case.record.scores["train"],
                             limit=None if case.references is None else case.references.best),
                ),
                why="What a layer of h units passes on is h numbers for each row. A function that "
                "needs more bends or more numbers than that cannot be represented, however long it "
                "is trained.",
                changes=tuple((change, _wider(f)) for f in (FACTOR, 32)),
                of_fit=True,
                control=drawn_again,
            )
        ]  # fmt: skip

    def _no_hidden(self, case: Case) -> list[Suspicion]:
        found = case.references
        if found is None or found.local < found.linear + MARGIN:
            return []
        return [
            Suspicion(
                slug="underfitting",
                title="The model is linear, and the data are not",
                evidence=(
                    Evidence(what="training score", value=case.record.scores["train"]),
                    Evidence(what="score of a linear reference", value=found.linear),
                    Evidence(what="score of a local reference", value=found.local),
                ),
                why="One affine layer can draw a plane. References that bend do better on these "
                "data.",
                changes=(("Add a hidden layer of 32 ReLU units.", with_hidden_layer),),
                of_fit=True,
            )
        ]


def _wider(factor: int) -> Apply:
    return lambda setup: widened(setup, factor)
