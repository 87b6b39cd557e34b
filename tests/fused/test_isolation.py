"""A result depends on its member alone; the compiled call allocates nothing and stops at once."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from learnscope.experiment import Experiment
from learnscope.fused import codes, train_members
from learnscope.fused.compiled import build, call
from learnscope.fused.plan import Plan, make_plan
from learnscope.training.loop import train_member
from learnscope.training.member import Member, prepare
from learnscope.training.result import Result


def make_member(
    seed: int = 0, hidden: tuple[int, ...] = (4,), n: int = 20, **training: Any
) -> Member:
    settings: dict[str, Any] = {"precision": "float64", "epochs": 30, "split": {"test": 3}}
    experiment = Experiment(
        problem={"kind": "spirals", "n": n},
        model={"kind": "mlp", "hidden": hidden, "activation": "tanh"},
        training={**settings, **training},
    )
    return prepare(experiment, seed)


def bits(result: Result) -> bytes:
    parts = [*result.parameters.values(), *result.history.values()]
    return b"".join(part.tobytes() for part in parts)


SINGLE: dict[str, Any] = {"precision": "float32"}
MEMBERS = [
    make_member(0, (3,)),
    make_member(1, (17, 5), batch_size=7, **SINGLE),
    make_member(2, (), batch_size=4),
    make_member(3, (8, 8, 8), dropout=0.2),
    make_member(4, (1,), batch_size=1, optimizer="rmsprop"),
    make_member(5, (33, 6), batch_size=9, optimizer="sgd", **SINGLE),
    make_member(6, (64, 64), loss="bce_logits", **SINGLE),
]


@pytest.fixture(scope="module")
def alone() -> list[bytes]:
    """Return what every member gives when nothing else is trained."""
    return [bits(train_members([member], n_threads=1)[0]) for member in MEMBERS]


@pytest.mark.parametrize("n_threads", [1, 2, 3, 5])
def test_bits_are_the_same_for_any_number_of_threads_and_any_order(
    alone: list[bytes], n_threads: int
) -> None:
    assert [bits(r) for r in train_members(MEMBERS, n_threads=n_threads)] == alone
    order = list(range(len(MEMBERS)))
    random.Random(n_threads).shuffle(order)
    results = train_members([MEMBERS[i] for i in order], n_threads=n_threads)
    assert [bits(r) for r in results] == [alone[i] for i in order]
    # Twice the same member side by side.
    twice = train_members([MEMBERS[1]] * 3, n_threads=n_threads)
    assert [bits(r) for r in twice] == [alone[1]] * 3


@contextmanager
def beside(*works: Callable[[], object]) -> Iterator[None]:
    """Run works on threads of their own for as long as the block takes; raise what they raise."""
    errors: list[BaseException] = []
    stop = threading.Event()

    def repeat(work: Callable[[], object]) -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors


def test_bits_are_the_same_beside_a_second_caller_and_a_training_of_pytorch(
    alone: list[bytes],
) -> None:
    import torch

    threads, reference = torch.get_num_threads(), make_member(9, epochs=20)
    expected = bits(train_member(reference))
    seen: list[bool] = []

    def second_caller() -> None:
        others = [bits(r) for r in train_members(MEMBERS[::-1], n_threads=2)]
        seen.append(others == alone[::-1])

    def pytorch() -> None:
        seen.append(bits(train_member(reference)) == expected)

    with beside(second_caller, pytorch):
        for _ in range(5):
            assert [bits(r) for r in train_members(MEMBERS, n_threads=2)] == alone
    assert len(seen) >= 2 and all(seen)
    assert torch.get_num_threads() == threads


class Running:
    """A compiled training on a thread of its own."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.end = plan, -1
        plan.control[codes.STOP] = 0
        self._table = build(self.plan.ws.dtype, self.plan.slots())
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.end = call(self._table, self.plan.arguments())

    def stop(self) -> float:
        """Raise the flag; return the seconds until the call was back."""
        start = time.perf_counter()
        self.plan.control[codes.STOP] = 1
        self._thread.join(60)
        assert not self._thread.is_alive()
        return time.perf_counter() - start

    def wait(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


def test_a_training_that_is_watched_gives_the_same_bits() -> None:
    member = make_member(0, (8, 8), epochs=3000, eval_every=10, batch_size=16)
    unwatched = Running(make_plan(member))
    unwatched.wait()
    watched, seen = Running(make_plan(member)), []
    while watched.end < 0:
        seen.append(int(watched.plan.control[codes.EPOCHS_DONE]))
    assert seen == sorted(seen)
    for mine, other in (
        (watched.plan.ws, unwatched.plan.ws),
        (watched.plan.history, unwatched.plan.history),
    ):
        assert mine.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("hidden", "n", "batch"),
    [((4,), 20, None), ((64, 64), 5000, None), ((64, 64), 5000, 10), ((), 5000, 1)],
)
def test_the_flag_ends_a_training_within_milliseconds(
    hidden: tuple[int, ...], n: int, batch: int | None
) -> None:
    # An epoch takes up to 30 ms; the flag is read before each batch and each chunk of rows.
    plan = make_plan(
        make_member(0, hidden, n, epochs=500_000, eval_every=500_000, batch_size=batch)
    )
    seconds = []
    for _ in range(5):
        # Called again, it goes on from where it was.
        running = Running(plan)
        time.sleep(0.02)
        seconds.append(running.stop())
        assert running.end == codes.CANCELLED
    # The best of five: on a busy machine a thread may wait for its turn.
    assert min(seconds) < 5e-3


@pytest.mark.parametrize("batch", [None, 7])
def test_a_training_allocates_nothing_however_long(batch: int | None) -> None:
    from numba import njit
    from numba.core.runtime import _nrt_python, rtsys

    plans = [
        make_plan(make_member(0, (8, 8), epochs=epochs, batch_size=batch, dropout=0.1))
        for epochs in (10, 1000)
    ]
    tables = [build(plan.ws.dtype, plan.slots()) for plan in plans]
    before = _nrt_python.memsys_stats_enabled()
    _nrt_python.memsys_enable_stats()
    try:
        start = rtsys.get_allocation_stats()
        ends = [call(t, plan.arguments()) for t, plan in zip(tables, plans, strict=True)]
        assert rtsys.get_allocation_stats() == start
        # That the counter counts at all:
        njit(lambda n: np.zeros(n).sum())(3)
        assert rtsys.get_allocation_stats().alloc == start.alloc + 1
    finally:
        if not before:
            _nrt_python.memsys_disable_stats()
    assert ends == [codes.TRAINED, codes.TRAINED]
