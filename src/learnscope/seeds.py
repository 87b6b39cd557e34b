"""Random numbers: one root seed, one stream for each purpose.

`numpy.random.SeedSequence(root).spawn` gives independent streams, so that drawing more for one
purpose never shifts what another draws. No global generator is read or changed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import MT19937, Generator, RandomState, SeedSequence

# A new purpose goes to the end: what the others draw stays as it is.
_PURPOSES = ("data", "noise", "split", "init", "order", "dropout", "model")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draws:
    """The two streams a problem draws from.

    Both are legacy Mersenne generators, whose methods give the published points of the source
    documents. With a fixed `problem.seed` both are one generator, and draws then follow each
    other in the order of the code.

    Attributes:
        data: draws the positions.
        noise: draws the noise.
    """

    data: RandomState
    noise: RandomState


@dataclass(frozen=True, kw_only=True)
class Streams:
    """All streams of one member, each made when it is first asked for.

    Attributes:
        root: the root seed.
        problem_seed: fixed seed of the problem, or None.
        split_seed: fixed seed of the split, or None.
    """

    root: int
    problem_seed: int | None
    split_seed: int | None

    @cached_property
    def draws(self) -> Draws:
        """For the problem."""
        if self.problem_seed is None:
            return Draws(data=_legacy(self._of("data")), noise=_legacy(self._of("noise")))
        one = RandomState(self.problem_seed)
        return Draws(data=one, noise=one)

    @cached_property
    def split(self) -> RandomState:
        """For the choice of training, validation and test rows."""
        fixed = self.split_seed
        return _legacy(self._of("split")) if fixed is None else RandomState(fixed)

    @cached_property
    def init(self) -> Generator:
        """For the initial weights."""
        return np.random.default_rng(self._of("init"))

    @cached_property
    def order_key(self) -> int:
        """64-bit key of the counter-based order of the rows in each epoch."""
        return _key(self._of("order"))

    @cached_property
    def dropout_key(self) -> int:
        """64-bit key of the counter-based dropout masks."""
        return _key(self._of("dropout"))

    @cached_property
    def model_key(self) -> int:
        """64-bit key of what the model itself draws in an update, such as noise."""
        return _key(self._of("model"))

    def _of(self, purpose: str) -> SeedSequence:
        """Return the sequence that `SeedSequence(root).spawn` gives for a purpose."""
        return SeedSequence(self.root, spawn_key=(_PURPOSES.index(purpose),))


def streams(
    root: int, *, problem_seed: int | None = None, split_seed: int | None = None
) -> Streams:
    """Return the streams of the member with root seed `root` (>= 0).

    `problem_seed` and `split_seed` replace the stream of that purpose by the legacy generator
    `RandomState(seed)`, the one behind `numpy.random.seed(seed)` and scikit-learn's
    `random_state=seed`; every member then sees the same data or the same split.
    """
    return Streams(root=root, problem_seed=problem_seed, split_seed=split_seed)


def _legacy(sequence: SeedSequence) -> RandomState:
    return RandomState(MT19937(sequence))


def _key(sequence: SeedSequence) -> int:
    return int(sequence.generate_state(1, np.uint64)[0])
