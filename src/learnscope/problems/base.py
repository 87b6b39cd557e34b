"""What a problem is: settings that give examples from random streams."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from learnscope.arrays import Array, Ints
from learnscope.seeds import Draws
from learnscope.settings import Seed, Settings

Task = Literal["regression", "classification"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What is known about a problem whose examples are made.

    Attributes:
        target: maps points (m, d) to what the best possible model would answer: the mean of
            the target (m, k) for regression, the probability of each class (m, c), rows
            summing to 1, for classification.
        floor: gives the lowest expected error any model can reach on fresh examples: the
            mean squared error of `target` (the noise variance) for regression, the share of
            wrong labels of the best classifier (Bayes error) for classification. It may take
            some tenths of a second.
        how: where the floor comes from, e.g. "closed form" or "integrated on a grid, within
            0.001".
    """

    target: Callable[[Array], Array]
    floor: Callable[[], float]
    how: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """Examples drawn from a problem.

    Attributes:
        x: (n, d) float64, finite; float32 for images of bytes, which need no more.
        y: (n, k) float64 for regression; (n,) int64 in 0..c-1 for classification.
        task: "regression" or "classification".
        columns: the d names of the inputs.
        outputs: the k names of the targets, or the c names of the classes.
        truth: what is known about the source of the examples, None for real data.
        groups: (n,) int64, equal for rows that must stay on one side of a split; or None.
        ordered: whether the rows are a series in time.
        shape: shape of one example where the d inputs are more than a row: (channels, height,
            width) of an image, (steps, channels) of a window of a series; the inputs are it in
            C order. None for plain rows.
        labels: (n,) int64 classes that are known where the target is something else, as the
            inputs are for an autoencoder; None where there are none.
        classes: their names.
        n_own_test: rows at the end that the data set keeps for the test, the way it was
            published; 0 where it leaves the split to its reader.
        apart: windows of a series overlap; so many rows between two that must not lie in
            different parts of the data are left out at each border of a split in time.
    """

    x: Array
    y: Array
    task: Task
    columns: tuple[str, ...]
    outputs: tuple[str, ...]
    truth: Truth | None = None
    groups: Ints | None = None
    ordered: bool = False
    shape: tuple[int, ...] | None = None
    labels: Ints | None = None
    classes: tuple[str, ...] = ()
    n_own_test: int = 0
    apart: int = 0

    def __len__(self) -> int:
        return len(self.x)


class Problem(Settings, ABC):
    """Where examples come from.

    Attributes:
        seed: None draws the examples from the member's root seed, so that every member sees
            another sample. A number gives the same sample to every member, by the legacy
            generator `numpy.random.RandomState(seed)`, whose seeds end at 2^32 - 1.
    """

    seed: Seed | None = None

    @abstractmethod
    def sample(self, draws: Draws) -> Sample:
        """Draw the examples, a function of the settings and the streams alone."""

    @abstractmethod
    def sentence(self) -> str:
        """Say in one sentence what the examples are, with their numbers."""
