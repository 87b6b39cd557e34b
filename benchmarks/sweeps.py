"""A sweep of 10,000 networks end to end, beside the tools that people sweep with.

Each contender runs in processes of its own, one contender after the other, two members at a time,
and all of them in each of three rounds; a ratio is the median over the rounds. Ours is the whole
sweep, start included. The others train about 100 members in all, and what starting takes them is
measured with two and taken off: their figures are extrapolated, and to their favour. The ratio is
that of processor time for a member, of all processes and threads of a contender: that is what a
member needs however many others are at work on the machine.
"""

import argparse
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.families import FamilyCost, measure_family
from benchmarks.machine import describe
from benchmarks.rivals import grids
from benchmarks.tables import digits, head, row

MEMBERS, SAMPLE, FIRST, ROUNDS = 10_000, 102, 2, 3
OURS = "learnscope"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """What a contender needs for a member.

    Attributes:
        members: networks that the figures are of.
        wall: seconds for a member.
        cpu: seconds of processor time for a member.
        memory: largest sum over its processes in MB.
    """

    members: int
    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Print members per minute, processor time, ratio and memory of each contender."""
    if len(sys.argv) == 4 and sys.argv[1] == "one":
        return _one(sys.argv[2], int(sys.argv[3]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=MEMBERS, help="of our own sweep")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="of each other, in all")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    print(f"sweep of {given.members:,} networks 2-8-8-8-1, 1,000 epochs, 140 rows: {describe()}")
    # Whatever is built on the first call of all is built before.
    _measured(OURS, FIRST)
    rounds = [_round(given.members, given.sample // given.rounds) for _ in range(given.rounds)]
    head(
        "medians of the rounds", "members", "members a minute", "processor ms a member",
        "times ours (range)", "hours for all", "memory, MB",
    )  # fmt: skip
    for name in CONTENDERS:
        _tell(name, [r[name] for r in rounds], [r[OURS] for r in rounds], given.members)


def _round(members: int, sample: int) -> dict[str, Rate]:
    found = {}
    for name in CONTENDERS:
        found[name] = rate = _ours(members) if name == OURS else _theirs(name, sample)
        print(
            f"... {name}: {rate.members:,} members, {1000 * rate.cpu:.2f} ms of processor and "
            f"{1000 * rate.wall:.2f} ms of wall time each, {rate.memory:.0f} MB",
            file=sys.stderr,
            flush=True,
        )
    return found


def _ours(members: int) -> Rate:
    cost = _measured(OURS, members)
    n = int(cost.words[-1])
    return Rate(members=n, wall=cost.wall / n, cpu=cost.cpu / n, memory=cost.memory)


def _theirs(name: str, sample: int) -> Rate:
    first = _measured(name, FIRST)
    # Those that take whole grids train more than were asked for.
    few = int(first.words[-1])
    more = _measured(name, few + sample)
    n = int(more.words[-1]) - few
    return Rate(
        members=n,
        wall=(more.wall - first.wall) / n,
        cpu=(more.cpu - first.cpu) / n,
        memory=more.memory,
    )


def _tell(name: str, rates: list[Rate], ours: list[Rate], members: int) -> None:
    ratios = [rate.cpu / own.cpu for rate, own in zip(rates, ours, strict=True)]
    wall, cpu = (statistics.median(getattr(r, word) for r in rates) for word in ("wall", "cpu"))
    times = f"{digits(statistics.median(ratios))}x ({digits(min(ratios))} to {digits(max(ratios))})"
    row(
        (
            name,
            f"{rates[0].members:,}" if name == OURS else f"{sum(r.members for r in rates):,}",
            digits(60 / wall),
            digits(1000 * cpu),
            "" if name == OURS else times,
            digits(members * wall / 3600),
            digits(max(r.memory for r in rates)),
        )
    )


def _measured(name: str, n: int) -> FamilyCost:
    return measure_family([sys.executable, "-m", "benchmarks.sweeps", "one", name, str(n)])


def _one(name: str, n: int) -> None:
    warnings.simplefilter("ignore")
    done = CONTENDERS[name](n)
    assert done >= n, f"{name}: {done} of {n}"
    print(done)


def _with_learnscope(n: int) -> int:
    from learnscope.catalogue import named
    from learnscope.sweeps.drive import sweep
    from learnscope.sweeps.sweep import Sweep

    seeds = -(-n // (len(grids.RATES) * len(grids.NOISES)))
    wanted = Sweep(
        experiment=named("spirals_bigger").override({"seeds": seeds}),
        over={"training.lr": list(grids.RATES), "problem.noise": list(grids.NOISES)},
    )
    with tempfile.TemporaryDirectory() as folder:
        return sweep(wanted, out=folder, engine="threads").trained


CONTENDERS: dict[str, Callable[[int], int]] = {
    OURS: _with_learnscope,
    "joblib + PyTorch": grids.with_joblib,
    "Optuna + PyTorch": grids.with_optuna,
    "scikit-learn GridSearchCV": grids.with_scikit_learn,
}

if __name__ == "__main__":
    main()
