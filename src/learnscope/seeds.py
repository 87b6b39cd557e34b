"""Random numbers: one root seed, one stream for each purpose.

`numpy.random.SeedSequence(root).spawn` gives independent streams, so that drawing more for one
purpose never shifts what another draws. No global generator is read or changed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import MT19937, Generator, RandomState, SeedSequence

_PURPOSES = ("data", "noise", "split", "init", "order", "dropout")


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Streams:
    """All streams of one member, from its root seed.

    Attributes:
        draws: for the problem.
        split: for the choice of training, validation and test rows.
        init: for the initial weights.
        order_key: 64-bit key of the counter-based order of the rows in each epoch.
        dropout_key: 64-bit key of the counter-based dropout masks.
    """

    draws: Draws
    split: RandomState
    init: Generator
    order_key: int
    dropout_key: int


def streams(
    root: int, *, problem_seed: int | None = None, split_seed: int | None = None
) -> Streams:
    """Return the streams of the member with root seed `root` (>= 0).

    `problem_seed` and `split_seed` replace the stream of that purpose by the legacy generator
    `RandomState(seed)`, the one behind `numpy.random.seed(seed)` and scikit-learn's
    `random_state=seed`; every member then sees the same data or the same split.
    """
    source = dict(zip(_PURPOSES, SeedSequence(root).spawn(len(_PURPOSES)), strict=True))
    if problem_seed is None:
        draws = Draws(data=_legacy(source["data"]), noise=_legacy(source["noise"]))
    else:
        one = RandomState(problem_seed)
        draws = Draws(data=one, noise=one)
    split = _legacy(source["split"]) if split_seed is None else RandomState(split_seed)
    return Streams(
        draws=draws,
        split=split,
        init=np.random.default_rng(source["init"]),
        order_key=_key(source["order"]),
        dropout_key=_key(source["dropout"]),
    )


def _legacy(sequence: SeedSequence) -> RandomState:
    return RandomState(MT19937(sequence))


def _key(sequence: SeedSequence) -> int:
    return int(sequence.generate_state(1, np.uint64)[0])
