"""Disc and ring: a disc about the origin is class 0, a ring round it class 1.

Source: S4.2. Rows alternate between the classes, and each draws its radius, then its angle; the
radius is uniform, so that the points are denser towards the middle. The defaults with seed 100
give its 2000 points.
"""

import math
from typing import Literal

import numpy as np
from pydantic import model_validator

from learnscope.problems.base import Problem, Sample
from learnscope.problems.truths.rings import rings_truth
from learnscope.problems.wording import counted, smeared
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative, Positive


class DiscRing(Problem):
    """Settings of the disc and the ring.

    Attributes:
        n: points of each class.
        disc: radius of the disc.
        ring: inner and outer radius of the ring; the inner one is at least that of the disc.
        noise: standard deviation of Gaussian noise on both coordinates.
    """

    kind: Literal["disc_ring"] = "disc_ring"
    n: Count = 1000
    disc: Positive = 1.0
    ring: tuple[Positive, Positive] = (3.0, 4.0)
    noise: NonNegative = 0.0

    @model_validator(mode="after")
    def _fits(self) -> "DiscRing":
        if not self.disc <= self.ring[0] <= self.ring[1]:
            raise ValueError(
                f"ring must be [inner, outer] with disc <= inner <= outer, got {list(self.ring)} "
                f"and disc {self.disc:g}."
            )
        return self

    def sample(self, draws: Draws) -> Sample:
        u = draws.data.uniform(size=(self.n, 2, 2))  # row of each class; radius, angle
        inner, outer = self.ring
        radius = np.array([0.0, inner]) + np.array([self.disc, outer - inner]) * u[:, :, 0]
        angle = 2 * math.pi * u[:, :, 1]
        x = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=2).reshape(-1, 2)
        if self.noise:
            x = x + draws.noise.normal(0.0, self.noise, x.shape)
        return Sample(
            x=x,
            y=np.tile(np.arange(2), self.n),
            task="classification",
            columns=("x1", "x2"),
            outputs=("disc", "ring"),
            truth=rings_truth(((0.0, self.disc), self.ring), self.noise, np.array([0.5, 0.5])),
        )

    def sentence(self) -> str:
        return (
            f"A disc of radius {self.disc:g} inside a ring from {self.ring[0]:g} to "
            f"{self.ring[1]:g}, {counted(self.n)}{smeared(self.noise)}."
        )
