"""Problems: one file each, `PROBLEMS` gives their names."""

from typing import TYPE_CHECKING

from learnscope.problems.base import Problem, Sample, Truth
from learnscope.problems.blobs import Blobs
from learnscope.problems.bundled import BreastCancer, Diabetes, Iris, Wine
from learnscope.problems.checkerboard import Checkerboard
from learnscope.problems.circles import Circles
from learnscope.problems.clusters import Clusters
from learnscope.problems.csv import Csv
from learnscope.problems.damped_sine import DampedSine
from learnscope.problems.digits import Digits
from learnscope.problems.disc_ring import DiscRing
from learnscope.problems.fashion_mnist import FashionMnist
from learnscope.problems.formula import Formula
from learnscope.problems.gates import Gates
from learnscope.problems.gaussian_surface import GaussianSurface
from learnscope.problems.gaussians import Gaussians
from learnscope.problems.line import Line
from learnscope.problems.mnist import Mnist
from learnscope.problems.moons import Moons
from learnscope.problems.parabola import Parabola
from learnscope.problems.plane_surface import PlaneSurface
from learnscope.problems.series import Series
from learnscope.problems.sine import Sine
from learnscope.problems.spirals import Spirals
from learnscope.problems.sum import Sum
from learnscope.problems.trend import Trend
from learnscope.problems.xor import Xor
from learnscope.problems.xsin10x import XSin10X
from learnscope.settings import kinds_of

PROBLEMS: dict[str, type[Problem]] = {
    "blobs": Blobs,
    "breast_cancer": BreastCancer,
    "checkerboard": Checkerboard,
    "circles": Circles,
    "clusters": Clusters,
    "csv": Csv,
    "damped_sine": DampedSine,
    "diabetes": Diabetes,
    "digits": Digits,
    "disc_ring": DiscRing,
    "fashion_mnist": FashionMnist,
    "formula": Formula,
    "gates": Gates,
    "gaussian_surface": GaussianSurface,
    "gaussians": Gaussians,
    "iris": Iris,
    "line": Line,
    "mnist": Mnist,
    "moons": Moons,
    "parabola": Parabola,
    "plane_surface": PlaneSurface,
    "series": Series,
    "sine": Sine,
    "spirals": Spirals,
    "sum": Sum,
    "trend": Trend,
    "wine": Wine,
    "xor": Xor,
    "xsin10x": XSin10X,
}

if TYPE_CHECKING:
    AnyProblem = Problem
else:
    AnyProblem = kinds_of(PROBLEMS)

__all__ = ["PROBLEMS", "AnyProblem", "Problem", "Sample", "Truth"]
