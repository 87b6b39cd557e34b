import numpy as np
import pytest

from benchmarks.comparison import Different, check
from benchmarks.rivals import RIVALS, Fused, Rival, Training
from benchmarks.rivals.base import block_of
from benchmarks.work import Layers, Work

FULL = Work(name="full", hidden=(4, 4), activation="tanh", rows=140, batch=140)
BATCHES = Work(name="batches", hidden=(4,), activation="relu", rows=60, batch=10)
# What compiles for a quarter of a minute, or comes with the benchmarks' own extra, is checked by
# every benchmark before it is timed.
QUICK = [rival for rival in RIVALS if not rival.slow_to_compile and "jax" not in rival.modules]


@pytest.mark.parametrize("work", [FULL, BATCHES], ids=lambda work: work.name)
@pytest.mark.parametrize("rival", QUICK, ids=lambda rival: rival.name)
def test_a_rival_trains_what_is_trained_here(rival: Rival, work: Work) -> None:
    assert check(work, 3, rival.prepare(work, 3), Fused().prepare(work, 1)) < 1e-4


def test_a_rival_that_trains_something_else_is_found_out() -> None:
    class Lazy(Training):
        def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
            return Fused().prepare(FULL, 1).train(epochs // 2, shuffle=shuffle)

    with pytest.raises(Different, match=r"after \d+ epochs its loss is [\d.]+ and ours"):
        check(FULL, 1, Lazy(), Fused().prepare(FULL, 1))


def test_a_rival_that_is_not_installed_says_so() -> None:
    class Absent(Rival):
        name = "absent"
        modules = ("numpy", "no_such_library")

        def prepare(self, work: Work, stack: int) -> Training:
            raise NotImplementedError

    assert Absent().obstacle() == "no_such_library is not installed"


def test_compiled_blocks_grow_shorter_with_the_stack() -> None:
    blocks = [block_of(FULL, stack) for stack in (1, 256, 100_000)]
    assert blocks == sorted(blocks, reverse=True) and blocks[0] == 200 and blocks[-1] >= 1
    assert np.all(np.array(blocks) > 0)
