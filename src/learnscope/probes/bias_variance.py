"""Bias and variance: is the model too stiff, or does it follow the luck of its data?"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import ClassVar, Literal

from learnscope.measures.bias_variance import bias_variance
from learnscope.measures.percent import with_error
from learnscope.probes.base import Answer, Probe
from learnscope.settings import Count
from learnscope.trained import Trained


class BiasVarianceProbe(Probe):
    """Train on many draws of the data, several times on each (S3.11).

    Attributes:
        draws: draws of the data; two at least, three for Monte Carlo errors.
        seeds: members on each, with first weights of their own.
        points: fresh inputs to average over, at most.
    """

    kind: Literal["bias_variance"] = "bias_variance"
    draws: Count = 20
    seeds: Count = 3
    points: Count = 500

    purpose: ClassVar[str] = "how much of the error is bias, and how much variance of what kind"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        member = trained[0].member
        if member.sample.truth is None:
            return "bias_variance needs a problem whose target is known, and this is a data set."
        if self.draws < 2:
            return f"bias_variance.draws must be >= 2, got {self.draws}."
        return ""

    def answer(self, trained: Sequence[Trained]) -> Answer:
        experiment = trained[0].member.experiment
        found = bias_variance(experiment, draws=self.draws, seeds=self.seeds, points=self.points)
        names = {
            "error": "error without noise",
            "bias": "bias²" if found.loss == "squared" else "bias",
            "variance": "variance",
            "of_data": "  of the data draw",
            "of_init": "  of the first weights",
            "net_variance": "net variance",
        }
        rows = tuple(
            (words, with_error(getattr(found, name), found.errors[name]))
            for name, words in names.items()
        )
        return Answer(
            sentences=(found.sentence(),),
            columns=("part", "± one Monte Carlo error"),
            rows=rows,
            data=asdict(found),
        )
