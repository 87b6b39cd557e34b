"""Laplace: where is the network sure, by the curvature of its loss?"""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from learnscope.measures.percent import percent
from learnscope.measures.scores import accuracy, judged_part
from learnscope.measures.uncertainty.of_member import (
    MemberLaplace,
    laplace_obstacle,
    member_laplace,
)
from learnscope.probes.bands import WIDTH, band_chart
from learnscope.probes.base import Answer, Probe
from learnscope.settings import Positive
from learnscope.trained import Trained


class LaplaceProbe(Probe):
    """A normal distribution of the weights about the trained ones, and its predictive band.

    Attributes:
        prior: precision of the prior of all weights; left out, that of the weight decay, and
            without decay the one with the most evidence.
        noise: variance of the noise; left out, estimated from the residuals.
    """

    kind: Literal["laplace"] = "laplace"
    prior: Positive | None = None
    noise: Positive | None = None

    purpose: ClassVar[str] = "how sure one small network may be of its answers"

    def obstacle(self, trained: Sequence[Trained]) -> str:
        return laplace_obstacle(trained[0])

    def answer(self, trained: Sequence[Trained]) -> Answer:
        t = trained[0]
        found = member_laplace(t, prior_precision=self.prior, noise_variance=self.noise)
        data: dict[str, object] = {
            "effective": found.weights.effective,
            "noise_variance": found.weights.noise_variance,
            "prior_precision": found.weights.prior_precision.tolist(),
            "log_evidence": found.weights.log_evidence,
        }
        check = (
            _classes(found, data)
            if t.member.head.task == "classification"
            else _numbers(found, data)
        )
        return Answer(
            sentences=(found.sentence(), check),
            data=data,
            chart=band_chart(t, found.band, f"Laplace band of seed {t.result.seed}"),
        )


def _numbers(found: MemberLaplace, data: dict[str, object]) -> str:
    """Say how many judged rows lie in the band."""
    member, part = found.trained.member, judged_part(found.trained.member)
    rows = getattr(member.rows, part)
    mean, sd = found.band(member.sample.x[rows])
    inside = float(np.mean(np.abs(member.sample.y[rows] - mean) <= WIDTH * sd))
    data["inside"] = inside
    return f"{percent(inside, len(rows))} of the {len(rows)} {part} rows lie in its 95 % band."


def _classes(found: MemberLaplace, data: dict[str, object]) -> str:
    """Say what the uncertainty of the weights does to beliefs and labels."""
    member, part = found.trained.member, judged_part(found.trained.member)
    rows = getattr(member.rows, part)
    x, y = member.sample.x[rows], member.sample.y[rows]
    own, shares = found.trained.shares(x), found.shares(x)
    logs = [
        float(-np.log(np.maximum(s[np.arange(len(y)), y], 1e-300)).mean()) for s in (own, shares)
    ]
    data["log_loss"] = logs
    data["accuracy"] = accuracy(shares.argmax(axis=1), y)
    means = own.max(axis=1).mean(), shares.max(axis=1).mean()
    return (
        f"With it the mean belief in the answer goes from {means[0]:.3f} to {means[1]:.3f}, and "
        f"the log loss on the {len(y)} {part} rows from {logs[0]:.4g} to {logs[1]:.4g}."
    )
