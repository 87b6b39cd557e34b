"""The doctor on its development set: python -m benchmarks doctor [--part PART] [--scripts].

Per faulty program: the fault, the first finding, the rank of the truth, whether the change that
the first finding proposes cures the program, seconds. Then the totals of each part, with the
false alarms on healthy programs and on repaired twins. The part that is held back has totals
only, so that nobody tunes to it.
"""

import argparse
import importlib
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from benchmarks import doctor_scripts
from benchmarks.doctor_totals import Seen, alarmed, print_alarms, print_seen
from benchmarks.machine import describe
from tests.doctor.cases.everything import CASES, HEALTHY
from tests.doctor.cases.plain_loop import train
from tests.doctor.cases.program import Case, Program

SEED = 0


def main() -> None:
    """Diagnose every case of the asked part and print what came out."""
    asked = _arguments()
    print(f"doctor, budget {asked.budget:g} s: {describe()}")
    for part in ("open", "held") if asked.part == "all" else (asked.part,):
        print(f"\n### {part} part")
        if asked.scripts:
            doctor_scripts.show(part, asked.only)
            continue
        cases = [c for c in CASES.values() if c.part == part and _asked(c.name, asked.only)]
        print_seen((_examine(c, asked.budget) for c in cases), rows=part == "open")
        twins = ((f"twin of {c.name}", c.build(SEED, mended=True)) for c in cases)
        _alarms("repaired twins", twins, asked.budget, part)
        sound = [h for h in HEALTHY.values() if h.part == part and _asked(h.name, asked.only)]
        _alarms("healthy programs", ((h.name, h.build(SEED)) for h in sound), asked.budget, part)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks doctor")
    parser.add_argument("--part", choices=("open", "held", "all"), default="open")
    parser.add_argument("--scripts", action="store_true", help="the scripts, not the programs")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds of each diagnosis")
    parser.add_argument("--only", nargs="*", default=[], help="names of cases")
    return parser.parse_args()


def _asked(name: str, only: Sequence[str]) -> bool:
    return not only or name in only


def diagnose(program: Program, budget: float) -> Any:
    """Return the diagnosis; the package is loaded here, as the user's script would."""
    learnscope = importlib.import_module("learnscope")
    return learnscope.diagnose(**program.arguments(), seed=SEED, budget=budget)


def _examine(case: Case, budget: float) -> Seen:
    start = time.perf_counter()
    try:
        found = diagnose(case.build(SEED), budget).findings
    except Exception as error:
        text = f"raised {type(error).__name__}: {error}"
        return Seen(case.name, case.truth, (), text, None, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    slugs = tuple(f.slug for f in found)
    cure = _cures(case, found[0]) if found else None
    return Seen(case.name, case.truth, slugs, "", cure, seconds)


def _cures(case: Case, finding: Any) -> bool | None:
    """Tell whether the first finding's own repair works; None where it offers none."""
    if finding.fix is None:
        return None
    try:
        repaired = finding.fix()
    except Exception:
        return False
    names = {f.name for f in fields(Program)} - {"score"}
    faulty, twin = case.build(SEED), case.build(SEED, mended=True)
    # A repair may change the form of the targets to that of the twin.
    scores = []
    for source in (faulty, twin):
        values: dict[str, Any] = {name: getattr(repaired, name) for name in names}
        scores.append(_test_score(Program(**values, score=source.score)))
        repaired = finding.fix()
    if case.violates is not None:
        kept = {name: getattr(repaired, name) for name in names}
        return not case.violates(Program(**kept, score=faulty.score))
    return recovered(max(scores), _test_score(faulty), _test_score(twin))


def _test_score(program: Program) -> float:
    try:
        return train(program, SEED).test
    except (RuntimeError, ValueError, IndexError):
        return -math.inf


def recovered(score: float, broken: float, twin: float) -> bool:
    """Tell whether two thirds of what the fault costs came back.

    A score below zero counts as zero: an R2 of -50 is no better worth mending than one of 0.
    """
    floor = max(broken, 0.0)
    return score >= floor + 2 / 3 * (twin - floor)


def _alarms(title: str, programs: Iterator[tuple[str, Program]], budget: float, part: str) -> None:
    found: list[tuple[str, str]] = []
    seconds = []
    total = 0
    for name, program in programs:
        start = time.perf_counter()
        total += 1
        try:
            alarm = alarmed(diagnose(program, budget))
        except Exception as error:
            alarm = f"raised {type(error).__name__}: {error}"
        seconds.append(time.perf_counter() - start)
        if alarm:
            found.append((name, alarm))
    print_alarms(title, found, total, rows=part == "open")
    if seconds:
        print(f"seconds of a diagnosis, median: {statistics.median(seconds):.1f}")


if __name__ == "__main__":
    main()
