"""Spirals: interleaved arms in the plane, one class for each arm.

Source: the spiral generator of S0.8. Point of an arm at angle t: radius 2 t + pi / 2, with
t = 2 pi R sqrt(U) and U uniform on (0, 1); arm k is arm 0 turned by 360 / arms degrees. Two
arms, 100 points each, noise 0.5 and one revolution give the data of S0.13.
"""

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample, Truth
from learnscope.problems.truths.points import Nodes, along_curve, points_truth
from learnscope.problems.wording import counted, smeared
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag, NonNegative, Positive


class Spirals(Problem):
    """Settings of the spirals. Lengths are in units of the input plane.

    Attributes:
        n: points on each arm.
        noise: standard deviation of the Gaussian noise on each coordinate.
        revolutions: full turns of each arm.
        arms: number of arms, which is the number of classes.
        twins: draw the angles once and use them for every arm, as the source does. The rows
            that share an angle then form a group, which a split must not tear apart.
    """

    kind: Literal["spirals"] = "spirals"
    n: Count = 100
    noise: NonNegative = 0.5
    revolutions: Positive = 1.0
    arms: Annotated[Count, Field(ge=2)] = 2
    twins: Flag = False

    def sample(self, draws: Draws) -> Sample:
        arms = []
        angle = self._angle(draws)
        for k in range(self.arms):
            if k and not self.twins:
                angle = self._angle(draws)
            arms.append(_turn(_arm(angle), k / self.arms))
        x = np.concatenate([a + draws.noise.normal(0.0, self.noise, a.shape) for a in arms])
        return Sample(
            x=x,
            y=np.repeat(np.arange(self.arms), self.n),
            task="classification",
            columns=("x1", "x2"),
            outputs=tuple(f"arm {chr(65 + k)}" if k < 26 else f"arm {k}" for k in range(self.arms)),
            truth=self._truth(),
            groups=np.tile(np.arange(self.n), self.arms) if self.twins else None,
        )

    def sentence(self) -> str:
        turns = "1 turn" if self.revolutions == 1 else f"{self.revolutions:g} turns"
        twins = ", all arms drawn at the same angles" if self.twins else ""
        return (
            f"{self.arms} interleaved spirals of {turns}, {counted(self.n)}"
            f"{smeared(self.noise)}{twins}."
        )

    def _angle(self, draws: Draws) -> Array:
        u = draws.data.uniform(0.0, 1.0, self.n)
        return 2 * math.pi * self.revolutions * np.sqrt(u)

    def _truth(self) -> Truth:
        priors = np.full(self.arms, 1 / self.arms)
        return points_truth(self._curves, self.noise, priors, alike=True)

    def _curves(self) -> list[Nodes]:
        last = 2 * math.pi * self.revolutions
        # t = last sqrt(U) has a density that grows in proportion to t.
        arm = along_curve(_arm, lambda t: t, (0.0, last), self.noise)
        return [arm.moved(_turn(arm.points, k / self.arms)) for k in range(self.arms)]


def _arm(angle: Array) -> Array:
    """Return the points (n, 2) of arm 0 at these angles (n,) in radians."""
    radius = 2 * angle + math.pi / 2
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)


def _turn(points: Array, share: float) -> Array:
    """Turn the points (n, 2) by a share of a full circle."""
    c, s = math.cos(2 * math.pi * share), math.sin(2 * math.pi * share)
    return np.asarray(points @ np.array([[c, s], [-s, c]]))
