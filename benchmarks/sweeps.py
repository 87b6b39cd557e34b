"""A sweep of 10,000 networks end to end, beside the tools that people sweep with.

Each contender runs in processes of its own, one contender after the other, two members at a time.
The others train about 100 members, less what starting takes, which is measured with a few: their
figures are extrapolated, and to their favour. The ratio is that of processor time for a member, of
all processes and threads of a contender: that is what a member needs however many others are at
work on the machine. Memory is the largest sum of resident sizes, looked at ten times a second;
pages that processes share count for each.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.machine import describe
from benchmarks.rivals import grids

MEMBERS, SAMPLE, FIRST = 10_000, 100, 2


def main() -> None:
    """Print members per minute, processor time and memory of each contender."""
    if len(sys.argv) == 4 and sys.argv[1] == "one":
        return _one(sys.argv[2], int(sys.argv[3]))
    print(f"sweep of {MEMBERS:,} networks 2-8-8-8-1, 1,000 epochs, 140 rows: {describe()}")
    heads = f"{'members':>8} {'wall s':>8} {'a minute':>9} {'cpu ms':>8} {'x ours':>7} {'MB':>6}"
    print(f"{'':<34} {heads}")
    # Whatever is built on the first call of all is built before.
    _measured("learnscope", FIRST)
    ours = 0.0
    for name in CONTENDERS:
        cost = _rate(name)
        each = 1000 * cost.cpu / cost.members
        ours = ours or each
        minute = 60 * cost.members / cost.wall
        print(
            f"{name:<34} {cost.members:>8,} {cost.wall:>8.1f} {minute:>9,.0f} {each:>8.2f} "
            f"{each / ours:>6.0f}x {cost.memory:>6.0f}",
            flush=True,
        )


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a contender took.

    Attributes:
        wall: seconds.
        cpu: seconds of processor time of all its processes, as seen ten times a second.
        memory: largest sum of their resident sizes in MB.
        members: networks that it trained.
    """

    wall: float
    cpu: float
    memory: float
    members: int


def _rate(name: str) -> Cost:
    """Return the cost of all members for ours, of some without the cost of starting for others."""
    if name == "learnscope":
        return _measured(name, MEMBERS)
    first, more = _measured(name, FIRST), _measured(name, SAMPLE)
    return Cost(
        wall=more.wall - first.wall,
        cpu=more.cpu - first.cpu,
        memory=more.memory,
        members=more.members - first.members,
    )


def _measured(name: str, n: int) -> Cost:
    import psutil

    began, most = time.perf_counter(), 0
    cpu: dict[int, float] = {}
    command = [sys.executable, "-m", "benchmarks.sweeps", "one", name, str(n)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            family = [watched, *watched.children(recursive=True)]
            most = max(most, sum(p.memory_info().rss for p in family))
            for p in family:
                times = p.cpu_times()
                cpu[p.pid] = times.user + times.system
        time.sleep(0.1)
    if process.returncode:
        sys.exit(f"{name} failed")
    wall = time.perf_counter() - began
    assert process.stdout is not None
    members = int(process.stdout.read().split()[-1])
    return Cost(wall=wall, cpu=sum(cpu.values()), memory=most / 2**20, members=members)


def _one(name: str, n: int) -> None:
    warnings.simplefilter("ignore")
    done = CONTENDERS[name](n)
    # Those that take whole grids train more than were asked for.
    assert done >= n, f"{name}: {done} of {n}"
    print(done)


def _ours(n: int) -> int:
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
    "learnscope": _ours,
    "joblib + PyTorch": grids.with_joblib,
    "Optuna + PyTorch": grids.with_optuna,
    "scikit-learn GridSearchCV": grids.with_scikit_learn,
}

if __name__ == "__main__":
    main()
