"""Ensemble: do the members know more together, and where do they differ?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.fresh import fresh_sample
from learnscope.measures.percent import percent
from learnscope.measures.refit import subset
from learnscope.measures.scores import accuracy, judged_part, mean_squared_error
from learnscope.measures.uncertainty.ensemble import ensemble
from learnscope.probes.bands import band_chart
from learnscope.probes.base import Answer, Probe
from learnscope.problems.base import Sample
from learnscope.trained import Trained


class EnsembleProbe(Probe):
    """The mean answer of all living members, and the spread between them."""

    kind: Literal["ensemble"] = "ensemble"

    purpose: ClassVar[str] = "whether the members together do better than alone"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        if len(trained) < 2:
            return f"ensemble needs at least 2 members, got {len(trained)}. Train with --seeds 10."
        if _judged(trained) is None:
            return (
                "ensemble needs rows that no member learned from, and the members' test rows "
                "differ. Give all members one split: --training.split.seed 0 --problem.seed 0."
            )
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        judged = _judged(trained)
        assert judged is not None
        sample, where = judged
        found = ensemble(trained, sample.x)
        is_class = sample.task == "classification"
        if is_class:
            together = accuracy(found.labels(), sample.y)
            alone = [accuracy(t.labels(sample.x), sample.y) for t in trained]
        else:
            together = mean_squared_error(found.mean, sample.y)
            alone = [
                mean_squared_error(t.output(sample.x).astype(float), sample.y) for t in trained
            ]
        n = len(sample)
        texts = [
            percent(v, n) if is_class else f"{v:.3g}" for v in (together, float(np.mean(alone)))
        ]
        metric = "accuracy" if is_class else "mean squared error"
        spread = (
            f"mean disagreement {float(found.between.mean()):.3f} of an entropy of "
            f"{float(found.total.mean()):.3f} nats"
            if is_class
            else f"mean standard deviation between members {float(found.sd.mean()):.3g}"
        )

        def band(x: Array) -> tuple[Array, Array]:
            joint = ensemble(trained, x)
            return joint.mean, joint.sd

        return Answer(
            sentences=(
                f"{found.n} members together: {metric} {texts[0]} on {n} {where}, alone {texts[1]} "
                f"on average; {spread}.",
            ),
            data={
                "metric": metric,
                "together": together,
                "alone": alone,
                "rows": n,
                "where": where,
            },
            chart=band_chart(trained[0], band, f"Mean and spread of {found.n} members"),
        )


def _judged(trained: Sequence[Trained]) -> tuple[Sample, str] | None:
    """Return rows that no member learned from: fresh ones, or the test that all share."""
    first = trained[0].member
    if first.sample.truth is not None:
        return fresh_sample(first.experiment.problem), "fresh rows"
    part = judged_part(first)
    if part == "train":
        return None
    rows = getattr(first.rows, part)
    for t in trained[1:]:
        if not np.array_equal(getattr(t.member.rows, part), rows):
            return None
    return subset(first.sample, rows), f"{part} rows"
