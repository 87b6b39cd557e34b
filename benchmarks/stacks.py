"""Members of a sweep that PyTorch trains, one by one or as a stack, on one core.

Convolutions, recurrent networks and autoencoders. training/stack.py, with `torch.func`, and stacks
written by hand make the same updates of the same networks on the same rows as training/loop.py;
how far the weights end apart from the loop's, of the way that they have gone, is printed. Times
are processor seconds for one update of one network, ratios medians over pairs of runs.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

import learnscope as ls
from benchmarks.machine import describe, hold_one_core
from benchmarks.stacked import BatchedStack, can_be_batched
from benchmarks.tables import digits, head, row
from learnscope.sweeps.route import multiply_adds
from learnscope.training.loop import train_member
from learnscope.training.member import Member, prepare
from learnscope.training.result import Result
from learnscope.training.stack import train_stack

SIZES = (2, 4, 8)
"""Members of a stack; one with less than 8 is filled up."""
PAIRS, SECONDS = 3, 0.5
"""Pairs of runs; about how long the loop should take in each."""


def main() -> None:
    """Print a row for each network."""
    hold_one_core()
    print(f"stacks, one core, float32: {describe()}, PyTorch {torch.__version__}")
    stacks = [f"{r} as a stack" for r in SIZES]
    head("network", "multiply-adds of an update", "one by one, us", *stacks,
         "8, by hand", "apart")  # fmt: skip
    for name, experiment in experiments().items():
        row([name, *measured([prepare(experiment, seed) for seed in range(max(SIZES))])])


def experiments() -> dict[str, ls.Experiment]:
    """Return what is trained, by name."""
    large = {"kind": "mnist", "n": 320, "n_test": 16, "fallback": "large_digits"}
    classes = {"loss": "cross_entropy", "batch_size": 16}
    images = {"kind": "autoencoder", "code": 8}
    found = {
        "conv 16-64-128, 28 x 28, batch 16": _experiment(
            large, {"kind": "conv", "blocks": [16, 64, 128]}, classes
        ),
        "conv 16-32, 8 x 8, batch 16": _experiment(
            "digits", {"kind": "conv", "blocks": _same(16, 32)}, classes
        ),
        "conv 8-16, 8 x 8, batch 16": _experiment(
            "digits", {"kind": "conv", "blocks": _same(8, 16)}, classes
        ),
    }
    series = {"kind": "series", "n": 600, "window": 12}
    for cell in ("hand", "elman", "lstm", "gru"):
        for hidden in (16, 32):
            found[f"{cell} {hidden}, 12 steps, batch 32"] = _experiment(
                series, {"kind": "recurrent", "cell": cell, "hidden": hidden}, {"batch_size": 32}
            )
    found["conv autoencoder 8-16, 8 x 8, batch 16"] = _experiment(
        "digits", {**images, "blocks": _same(8, 16)}, {"batch_size": 16}
    )
    found["variational 64-32-8, batch 16"] = _experiment(
        "digits", {**images, "hidden": [32], "variational": {}}, {"batch_size": 16}
    )
    return found


def _same(*channels: int) -> list[dict[str, Any]]:
    return [{"channels": c, "padding": "same"} for c in channels]


def _experiment(problem: Any, model: Any, training: Mapping[str, Any]) -> ls.Experiment:
    return ls.Experiment(problem=problem, model=model, training={"optimizer": "adam", **training})


def measured(members: Sequence[Member]) -> list[str]:
    """Return the cells of a row."""
    updates = _per_epoch(members[0])
    epochs = max(1, round(SECONDS / _of_loop(members[0], 1) / updates))
    sides: dict[str, Callable[[], float]] = {
        str(r): lambda r=r: _of_stack(members[:r], max(1, epochs // 4))  # type: ignore[misc]
        for r in SIZES
    }
    if can_be_batched(members[0]):
        sides["by hand"] = lambda: _by_hand(members, max(1, epochs // 4))
    alone, ratios = list[float](), {name: list[float]() for name in sides}
    for _ in range(PAIRS):
        for name, side in sides.items():
            alone.append(_of_loop(members[0], epochs))
            ratios[name].append(alone[-1] / side())
    work = (members[0].experiment.training.batch_size or 0) * multiply_adds(members[0].network)
    times = [f"{statistics.median(found):.2f}x" for found in ratios.values()]
    times += ["–"] * (len(SIZES) + 1 - len(times))
    return [digits(work), digits(statistics.median(alone) * 1e6), *times, f"{_apart(members):.0e}"]


def _of_loop(member: Member, epochs: int) -> float:
    """Return processor seconds of an update by training/loop.py."""
    whole, nothing = _lasting(member, epochs), _lasting(member, 0)
    # What comes before the first update and the evaluation at both ends are left out.
    seconds = _timed(lambda: train_member(whole)) - 2 * _timed(lambda: train_member(nothing))
    return seconds / epochs / _per_epoch(member)


def _of_stack(members: Sequence[Member], epochs: int) -> float:
    """Return processor seconds of an update of one member by training/stack.py."""
    whole, nothing = ([_lasting(m, n) for m in members] for n in (epochs, 0))
    seconds = _timed(lambda: train_stack(whole)) - 2 * _timed(lambda: train_stack(nothing))
    return seconds / epochs / _per_epoch(members[0]) / len(members)


def _by_hand(members: Sequence[Member], epochs: int) -> float:
    stack = BatchedStack(members)
    return _timed(lambda: stack.train(epochs)) / epochs / _per_epoch(members[0]) / len(members)


def _timed(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def _apart(members: Sequence[Member]) -> float:
    """Return how far both stacks are apart from the loop after an epoch, of the way gone."""
    lasting = [_lasting(m, 1) for m in members]
    true, last = train_member(lasting[-1]), train_stack(lasting)[-1]
    found = [_share(members[-1], true, last.parameters)]
    if can_be_batched(members[0]):
        stack = BatchedStack(members)
        stack.train(1)
        own = {name: w[-1].detach().numpy() for name, w in stack.weights.items()}
        found.append(_share(members[-1], true, own))
    return max(found)


def _share(member: Member, true: Result, found: Mapping[str, Any]) -> float:
    pairs = [(w, found[name], member.initial[name]) for name, w in true.parameters.items()]
    apart = sum(np.square(own - w).sum() for w, own, _ in pairs)
    return float(np.sqrt(apart / sum(np.square(w - first).sum() for w, _, first in pairs)))


def _per_epoch(member: Member) -> int:
    size = member.experiment.training.batch_size
    assert size is not None
    return -(-len(member.parts["train"].x) // size)


def _lasting(member: Member, epochs: int) -> Member:
    training = member.experiment.training.model_copy(
        update={"epochs": epochs, "eval_every": max(epochs, 1)}
    )
    return replace(member, experiment=member.experiment.model_copy(update={"training": training}))


if __name__ == "__main__":
    main()
