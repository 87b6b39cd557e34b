"""Run all benchmarks, or the named ones: python -m benchmarks [NAME ...]."""

import importlib
import sys

NAMES = ("fused", "crossover", "spirals")


def main() -> int:
    """Run them one after the other, as two at once would disturb each other."""
    names = sys.argv[1:] or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}: choose from {', '.join(NAMES)}.")
        return 2
    for name in names:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
