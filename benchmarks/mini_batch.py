"""Batches of 10 on one core: epochs per second, beside the TensorFlow Playground's own code."""

import statistics
from typing import Literal

from benchmarks.comparison import PAIRS, Pair, length, per_update
from benchmarks.machine import describe, hold_one_core
from benchmarks.rivals import RIVALS, Fused
from benchmarks.standings import Standings
from benchmarks.tables import digits, head, row
from benchmarks.work import Work

PLAYGROUND = {"2-4-2-1 tanh": 7200, "2-4-2-1 relu": 9030, "2-8-8-8-1 tanh": 1700,
              "2-8-8-8-1 relu": 1990}  # fmt: skip
"""Epochs per second of one core with 250 rows in batches of 10, of its file nn.ts under Node.js
20 on an AMD EPYC of the same kind: plain gradient descent, no new order of the rows."""
GOAL = 10


def _work(hidden: tuple[int, ...], activation: Literal["relu", "tanh"]) -> Work:
    name = f"{'-'.join(map(str, (2, *hidden, 1)))} {activation}"
    return Work(name=name, hidden=hidden, activation=activation, rows=250, batch=10)


WORKS = (
    _work((4, 2), "relu"),
    _work((4, 2), "tanh"),
    _work((8, 8, 8), "relu"),
    _work((8, 8, 8), "tanh"),
)


def main() -> None:
    """Print the table of all rivals, then the Playground's figures and ours."""
    hold_one_core()
    print(f"batches of 10 of 250 rows, one core: {describe()}")
    print("epochs per second of one network (learnscope is so many times as fast)")
    head("Adam", "stack", *(work.name for work in WORKS))
    standings = Standings()
    for rival in RIVALS:
        for stack in rival.sizes(WORKS[0]) if standings.may_run(rival) else ():
            standings.line(rival, stack, WORKS, _epochs)
    ours = [1 / (standings.ours(work) * work.updates) for work in WORKS]
    row(("**learnscope**", "1", *map(digits, ours)))
    standings.tell_reasons()
    head("against the Playground", *(work.name for work in WORKS))
    row(("TensorFlow Playground", *(digits(PLAYGROUND[work.name]) for work in WORKS)))
    plain = [_plain_descent(work) for work in WORKS]
    for name, figures in (("learnscope, Adam", ours), ("learnscope, plain descent", plain)):
        times = [e / PLAYGROUND[w.name] for e, w in zip(figures, WORKS, strict=True)]
        cells = (f"{digits(e)} ({t:.1f}x)" for e, t in zip(figures, times, strict=True))
        row((name, *cells))
    row(("goal", *[f"≥ {GOAL}x"] * len(WORKS)))


def _epochs(pair: Pair, work: Work) -> str:
    return digits(1 / (pair.rival * work.updates))


def _plain_descent(work: Work) -> float:
    """Return our epochs per second with the optimiser that the Playground has."""
    training = Fused("sgd").prepare(work, 1)
    epochs = length(training)
    seconds = statistics.median(per_update(training, work, 1, epochs) for _ in range(PAIRS))
    return 1 / (seconds * work.updates)


if __name__ == "__main__":
    main()
