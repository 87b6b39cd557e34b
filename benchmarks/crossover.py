"""The two routes on ever wider networks, one core: from which width on does PyTorch win?

`learnscope.costs` predicts both columns; the faster one is taken.
"""

import statistics
import time

import numpy as np

import learnscope as ls
from benchmarks.machine import describe
from learnscope import fused
from learnscope.training.loop import train_member
from learnscope.training.member import Member, prepare

PAIRS = 3
WIDTHS = (16, 64, 128, 256, 512)


def main() -> None:
    """Print microseconds of one update on each route and their ratio."""
    print(f"routes, one core each: {describe()}; medians of {PAIRS} pairs")
    print(f"{'network':<24} {'rows':>5} {'fused us':>10} {'torch us':>10} {'ratio':>8}")
    for width in WIDTHS:
        _row(f"2-{width}-{width}-1", _plane(width, None), rows=560)
    for width in WIDTHS:
        _row(f"2-{width}-{width}-1", _plane(width, 16), rows=16)
    for width in (30, 100, 300):
        _row(f"64-{width}-10 (digits)", _digits(width), rows=16)


def _row(name: str, experiments: tuple[ls.Experiment, ls.Experiment], rows: int) -> None:
    members = [prepare(experiment, 0) for experiment in experiments]
    pairs = [
        (_per_update(members, _fused), _per_update(members, train_member)) for _ in range(PAIRS)
    ]
    ours, torch = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    ratio = statistics.median(p[1] / p[0] for p in pairs)
    print(f"{name:<24} {rows:>5} {ours:>10.1f} {torch:>10.1f} {ratio:>7.2f}x", flush=True)


def _fused(member: Member) -> object:
    return fused.train_members([member], n_threads=1)


def _per_update(members: list[Member], train: object) -> float:
    """Return microseconds of an update: a long training less a short one, over the difference."""
    assert callable(train)
    seconds, updates = [], []
    for member in members:
        start = time.process_time()
        train(member)
        seconds.append(time.process_time() - start)
        updates.append(_n_updates(member))
    return 1e6 * (seconds[1] - seconds[0]) / (updates[1] - updates[0])


def _n_updates(member: Member) -> int:
    training, n = member.experiment.training, len(member.parts["train"].x)
    return training.epochs * int(np.ceil(n / (training.batch_size or n)))


def _two_lengths(base: ls.Experiment, short: int, long: int) -> tuple[ls.Experiment, ls.Experiment]:
    """Return the experiment with few and with many epochs, evaluated at both ends only."""
    few, many = (
        base.override({"training.epochs": n, "training.eval_every": n}) for n in (short, long)
    )
    return few, many


def _plane(width: int, batch: int | None) -> tuple[ls.Experiment, ls.Experiment]:
    base = ls.Experiment(
        problem={"kind": "spirals", "n": 280},
        model={"kind": "mlp", "hidden": [width, width]},
        training={"loss": "mse", "split": {"test": 0.0}},
    )
    if batch is None:
        return _two_lengths(base, 5, 5 + 20_000 // width)
    return _two_lengths(base.override({"training.batch_size": batch}), 1, 1 + 1_500 // width)


def _digits(width: int) -> tuple[ls.Experiment, ls.Experiment]:
    base = ls.Experiment(
        problem="digits",
        model={"kind": "mlp", "hidden": [width]},
        training={"loss": "cross_entropy", "batch_size": 16},
    )
    return _two_lengths(base, 1, 8)


if __name__ == "__main__":
    main()
