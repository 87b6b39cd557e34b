"""Full-batch Adam on one core: microseconds of an update of one network, against every rival."""

from benchmarks.machine import describe, hold_one_core
from benchmarks.rivals import RIVALS, JaxScan, TorchLoop, TorchStacked
from benchmarks.standings import Standings
from benchmarks.tables import digits, head, row
from benchmarks.work import Work

SHAPES = (((4, 4), 140), ((8, 8, 8), 140), ((8, 8, 8, 8, 8), 560), ((64, 64), 560))
NEAR = tuple(rival for rival in RIVALS if isinstance(rival, TorchLoop | TorchStacked | JaxScan))
"""Who is measured with tanh too: the usual loop, and those who are fastest with ReLU."""
GOALS_LOOP = (300, 140, 50, 3)
GOALS_FASTEST = (4, 4, 4, 1.5)
GOAL_TANH = 1.25


def works(activation: str) -> list[Work]:
    """Return the four networks."""
    assert activation in ("relu", "tanh")
    return [
        Work(
            name=f"{'-'.join(map(str, (2, *hidden, 1)))}, {rows} rows",
            hidden=hidden,
            activation="relu" if activation == "relu" else "tanh",
            rows=rows,
            batch=rows,
        )
        for hidden, rows in SHAPES
    ]


def main() -> None:
    """Print a table for each activation, then where we stand."""
    hold_one_core()
    print(f"full batch, one core: {describe()}")
    print("microseconds of an update of one network (times learnscope's)")
    standings = {name: _table(name) for name in ("relu", "tanh")}
    for name, table in standings.items():
        _summary(name, table)
    head("tanh against ReLU", "time", "goal")
    for relu, tanh in zip(works("relu"), works("tanh"), strict=True):
        times = standings["tanh"].ours(tanh) / standings["relu"].ours(relu)
        row((relu.name, f"{times:.2f}x", f"≤ {GOAL_TANH}x"))


def _table(activation: str) -> Standings:
    tasks = works(activation)
    head("ReLU" if activation == "relu" else activation, "stack", *(work.name for work in tasks))
    standings = Standings()
    for rival in RIVALS if activation == "relu" else NEAR:
        for stack in rival.sizes(tasks[0]) if standings.may_run(rival) else ():
            standings.line(rival, stack, tasks, lambda pair, _: digits(1e6 * pair.rival))
    row(("**learnscope**", "1", *(digits(1e6 * standings.ours(work)) for work in tasks)))
    standings.tell_reasons()
    return standings


def _summary(activation: str, standings: Standings) -> None:
    title = "ReLU" if activation == "relu" else activation
    head(title, "times PyTorch's loop", "goal", "fastest rival", "times as fast", "goal")
    for i, work in enumerate(works(activation)):
        loop, (label, fastest) = standings.of("PyTorch loop", work), standings.fastest(work)
        row(
            (
                work.name,
                f"{digits(loop.ratio)}x",
                f"≥ {GOALS_LOOP[i]}x",
                label,
                f"{fastest.ratio:.1f}x",
                f"≥ {GOALS_FASTEST[i]}x",
            )
        )


if __name__ == "__main__":
    main()
