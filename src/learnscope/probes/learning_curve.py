"""Learning curve: would more data help?"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from learnscope.arrays import Array
from learnscope.measures.ceiling import ceiling
from learnscope.measures.learning_curve import LearningCurve, learning_curve
from learnscope.measures.percent import percent
from learnscope.measures.size_curve import SizeCurve
from learnscope.probes.base import Answer, Chart, Line, Probe
from learnscope.settings import Positive, Seed, one_as_list
from learnscope.trained import Trained


class LearningCurveProbe(Probe):
    """Train anew on nested parts of the training rows, judged on the same test rows.

    Attributes:
        sizes: numbers of rows, or shares up to 1 of the training rows.
        seed: of the order in which rows come in.
    """

    kind: Literal["learning_curve"] = "learning_curve"
    sizes: Annotated[tuple[Positive, ...], BeforeValidator(one_as_list), Field(min_length=1)] = (
        0.1, 0.2, 0.4, 0.7, 1.0,
    )  # fmt: skip
    seed: Seed = 0

    purpose: ClassVar[str] = "the score over the number of training rows"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        if len(trained[0].member.rows.test):
            return ""
        return (
            "learning_curve needs test rows, and this run has none. Train with "
            "--training.split.test 0.3."
        )

    def answer(self, trained: Sequence[Trained]) -> Answer:
        found = learning_curve(trained, self.sizes, seed=self.seed)
        metric = "accuracy" if found.metric == "accuracy" else "mean squared error"
        return Answer(
            sentences=(found.sentence(), *_forecasts(found, trained)),
            columns=("rows", f"test {metric}, median", "least", "most", "on training rows"),
            rows=tuple(_row(found, i) for i in range(len(found.sizes))),
            data={
                "sizes": found.sizes.tolist(),
                "train": found.train.tolist(),
                "test": found.test.tolist(),
                "metric": found.metric,
            },
            chart=Chart(
                title=f"Learning curve, {len(found.test)} members",
                xlabel="training rows",
                ylabel=metric,
                lines=(_line("test", found.sizes, found.test),
                       _line("training", found.sizes, found.train)),
                log=True,
            ),
        )  # fmt: skip


def _forecasts(found: LearningCurve, trained: Sequence[Trained]) -> tuple[str, ...]:
    """Return what a power law through the sizes says of more rows, and how such forecasts did."""
    member = trained[0].member
    best = ceiling(member)
    accuracy = found.metric == "accuracy"
    n = len(found.sizes)
    curve = SizeCurve(
        over="training rows",
        sizes=found.sizes,
        train=1 - found.train if accuracy else found.train,
        test=1 - found.test if accuracy else found.test,
        metric="accuracy" if accuracy else "mse",
        floor=None if best is None else best.floor,
        judged="on the test rows",
        rows=found.sizes,
        parameters=np.full(n, member.network.n_parameters()),
        unit=1.0,
    )
    # The first sentence says what the probe has said already.
    return curve.sentences()[1:]


def _row(found: LearningCurve, i: int) -> tuple[str, ...]:
    column = found.test[:, i]
    values = (np.nanmedian(column), np.nanmin(column), np.nanmax(column))
    if found.metric == "accuracy":
        texts = [percent(float(v), found.n_test, float(values[0])) for v in values]
        texts.append(percent(float(np.nanmedian(found.train[:, i])), int(found.sizes[i])))
    else:
        texts = [f"{v:.3g}" for v in (*values, np.nanmedian(found.train[:, i]))]
    return (str(found.sizes[i]), *texts)


def _line(label: str, sizes: Array, scores: Array) -> Line:
    many = len(scores) > 1
    return Line(
        label=label,
        x=sizes,
        y=np.nanmedian(scores, axis=0),
        low=np.nanmin(scores, axis=0) if many else None,
        high=np.nanmax(scores, axis=0) if many else None,
    )
