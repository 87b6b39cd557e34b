"""The whole command on the spirals of S0.13 against a plain PyTorch script, start to picture.

Both are started as fresh processes, in turn, so that the state of the machine is the same for
the two of a pair. The plain script makes one picture; the command makes its run folder, all
pictures and the report.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import Cost, describe, measure

PAIRS = 5
HERE = Path(__file__).parent


def main() -> None:
    """Print a table with medians of pairs and their ratios."""
    print(f"spirals, whole command: {describe()}; medians of {PAIRS} pairs")
    print(f"{'seeds':>6} {'what':<28} {'learnscope':>12} {'plain torch':>12} {'ratio':>8}")
    for seeds in (1, 20):
        pairs = [_pair(seeds) for _ in range(PAIRS)]
        rows = {
            "wall seconds": [(a.wall, b.wall) for a, b in pairs],
            "processor seconds": [(a.cpu, b.cpu) for a, b in pairs],
            "seconds to first picture": [(a.first or a.wall, b.first or b.wall) for a, b in pairs],
            "memory MB": [(a.memory, b.memory) for a, b in pairs],
        }
        for what, values in rows.items():
            ours = statistics.median(a for a, _ in values)
            plain = statistics.median(b for _, b in values)
            ratio = statistics.median(b / a for a, b in values)
            print(f"{seeds:>6} {what:<28} {ours:>12.2f} {plain:>12.2f} {ratio:>7.2f}x")


def _pair(seeds: int) -> tuple[Cost, Cost]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = measure(
            [
                sys.executable,
                "-m",
                "learnscope",
                "run",
                "--no-diagnosis",
                "spirals",
                "--seeds",
                str(seeds),
                "--out",
                str(folder),
                "--quiet",
            ],
            awaited=(folder, "spirals/*/figures/*.svg"),
        )
        picture = folder / "plain.png"
        plain = measure(
            [sys.executable, str(HERE / "plain_spirals.py"), str(seeds), str(picture)],
            awaited=(folder, "plain.png"),
        )
    return ours, plain


if __name__ == "__main__":
    main()
