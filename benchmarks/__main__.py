"""Run all benchmarks, or the named ones: python -m benchmarks [NAME ...] [--OPTION ...].

Each runs in a process of its own, as some hold themselves on one core. Options go to each.
"""

import subprocess
import sys

NAMES = (
    "full_batch", "mini_batch", "images", "peak", "scaling", "compile", "crossover", "spirals",
)  # fmt: skip
ON_REQUEST = (
    "fused", "pictures", "search", "sweeps", "atlas", "doctor", "watching", "stacks",
)  # fmt: skip
"""Not run when no name is given: short looks at parts of others, and what measures no speed."""


def main() -> int:
    """Run them one after the other, as two at once would disturb each other."""
    given = sys.argv[1:]
    cut = next((i for i, word in enumerate(given) if word.startswith("-")), len(given))
    names, options = given[:cut] or list(NAMES), given[cut:]
    known = NAMES + ON_REQUEST
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}: choose from {', '.join(known)}.")
        return 2
    ends = []
    for name in names:
        print(f"\n## {name}", flush=True)
        ends.append(
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options]).returncode
        )
    return max(ends)


if __name__ == "__main__":
    sys.exit(main())
