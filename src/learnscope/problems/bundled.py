"""Real tables that come with scikit-learn: iris, wine, breast cancer, diabetes.

The numbers are those of scikit-learn's loaders, not scaled: scaling belongs to the features,
which learn it from the training rows. (For that reason diabetes has its raw values; the
loader's default is scaled over all rows, the test rows among them.)
"""

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample, Task
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count


class Bundled(Problem, ABC):
    """What the real sets have in common. Nothing is known about their source but the rows.

    Attributes:
        n: rows, drawn without replacement and kept in the order of the set; left out, all.
    """

    n: Count | None = None

    task: ClassVar[Task] = "classification"
    # Rows of the whole set.
    rows: ClassVar[int]

    @model_validator(mode="after")
    def _not_too_many(self) -> "Bundled":
        if self.n is not None and self.n > self.rows:
            raise ValueError(f"n must be <= {self.rows}, the rows of the set, got {self.n}.")
        return self

    @abstractmethod
    def subject(self) -> str:
        """Say what a row is and what is asked about it."""

    def sample(self, draws: Draws) -> Sample:
        data = load_bundled(str(self.kind_name()))
        rows = np.arange(self.rows)
        if self.n is not None:
            rows = np.sort(draws.data.permutation(self.rows)[: self.n])
        return Sample(
            x=data.x[rows],
            y=data.y[rows],
            task=self.task,
            columns=data.columns,
            outputs=data.outputs,
        )

    def sentence(self) -> str:
        if self.n is None:
            return f"All {self.rows} {self.subject()}."
        return f"{many(self.n, 'random row')} of the {self.rows} {self.subject()}."


class Iris(Bundled):
    """Iris flowers: 4 lengths in cm, 3 species of 50 flowers each."""

    kind: Literal["iris"] = "iris"
    rows: ClassVar[int] = 150

    def subject(self) -> str:
        return "iris flowers with 4 lengths in cm, of 3 species"


class Wine(Bundled):
    """Wines: 13 measured properties, 3 growers."""

    kind: Literal["wine"] = "wine"
    rows: ClassVar[int] = 178

    def subject(self) -> str:
        return "wines with 13 measured properties, of 3 growers"


class BreastCancer(Bundled):
    """Breast tumours: 30 measures of cell nuclei, malignant or benign."""

    kind: Literal["breast_cancer"] = "breast_cancer"
    rows: ClassVar[int] = 569

    def subject(self) -> str:
        return "breast tumours with 30 measures of their cell nuclei, malignant or benign"


class Diabetes(Bundled):
    """Diabetes patients: 10 measures, and a score of the disease a year later (25 to 346)."""

    kind: Literal["diabetes"] = "diabetes"
    rows: ClassVar[int] = 442
    task: ClassVar[Task] = "regression"

    def subject(self) -> str:
        return "diabetes patients with 10 measures and the progression of the disease in a year"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BundledData:
    """A whole set as scikit-learn has it; the arrays are not writable.

    Attributes:
        x: (n, d) float64.
        y: (n, 1) float64, or (n,) int64 classes.
        columns: names of the inputs.
        outputs: name of the target, or names of the classes.
    """

    x: Array
    y: Array
    columns: tuple[str, ...]
    outputs: tuple[str, ...]


@functools.cache
def load_bundled(kind: str) -> BundledData:
    """Read a whole set once: its content never changes, and the digits take 40 ms."""
    from sklearn import datasets

    if kind == "diabetes":
        bunch = datasets.load_diabetes(scaled=False)
        y = bunch.target[:, None].astype(np.float64)
        outputs: tuple[str, ...] = ("progression",)
    else:
        bunch = getattr(datasets, f"load_{kind}")()
        y = bunch.target.astype(np.int64)
        outputs = tuple(str(c) for c in bunch.target_names)
    x = bunch.data.astype(np.float64)
    x.flags.writeable = y.flags.writeable = False
    return BundledData(
        x=x, y=y, columns=tuple(str(c) for c in bunch.feature_names), outputs=outputs
    )
