"""A sweep of 10,000 networks end to end, beside the tools that people sweep with.

Each contender runs in processes of its own, one contender after the other, two members at a time.
The others train 100 members, and their time for 10,000 is that times 100, less what starting
takes, which is measured with some members of their own: their figures are extrapolated, and to
their favour.
Memory is the largest sum of the resident sizes of all processes of a contender, looked at ten
times a second; pages that they share count for each.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable

from benchmarks.machine import describe
from benchmarks.rivals import grids

MEMBERS, SAMPLE, FIRST = 10_000, 100, 2


def main() -> None:
    """Print members per minute, the ratio and the memory of each contender."""
    if len(sys.argv) == 4 and sys.argv[1] == "one":
        return _one(sys.argv[2], int(sys.argv[3]))
    print(f"sweep of {MEMBERS:,} networks 2-8-8-8-1, 1,000 epochs, 140 rows: {describe()}")
    print(f"{'':<34} {'members':>8} {'s':>8} {'a minute':>9} {'ours / it':>10} {'MB':>6}")
    # Whatever is built on the first call of all is built before.
    _measured("learnscope", FIRST)
    ours = 0.0
    for name in CONTENDERS:
        seconds, memory, n = _rate(name)
        per_minute = 60 * n / seconds
        ours = ours or per_minute
        ratio = ours / per_minute
        print(
            f"{name:<34} {n:>8,} {seconds:>8.1f} {per_minute:>9,.0f} {ratio:>9.0f}x {memory:>6.0f}"
        )


def _rate(name: str) -> tuple[float, float, int]:
    """Return seconds, memory and members: of all for ours, else without the time of starting."""
    if name == "learnscope":
        return _measured(name, MEMBERS)
    start, _, first = _measured(name, FIRST)
    seconds, memory, n = _measured(name, SAMPLE)
    return seconds - start, memory, n - first


def _measured(name: str, n: int) -> tuple[float, float, int]:
    """Return wall seconds, the largest sum of resident sizes in MB, and the members trained."""
    import psutil

    began, most = time.perf_counter(), 0
    command = [sys.executable, "-m", "benchmarks.sweeps", "one", name, str(n)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            family = [watched, *watched.children(recursive=True)]
            most = max(most, sum(p.memory_info().rss for p in family if p.is_running()))
        time.sleep(0.1)
    if process.returncode:
        sys.exit(f"{name} failed")
    seconds = time.perf_counter() - began
    assert process.stdout is not None
    return seconds, most / 2**20, int(process.stdout.read().split()[-1])


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
