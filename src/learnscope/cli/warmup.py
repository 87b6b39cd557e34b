"""`learnscope warmup`: build or load the compiled trainer, and measure this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from learnscope.cli.output import note, print_json, say
from learnscope.cli.progress import duration


def warmup(*, json: bool = False) -> int:
    """Build or load the compiled trainer, and measure how fast this machine is.

    Args:
        json: print one JSON object.
    """
    from learnscope.costs.rates import measured_rates, rates_file
    from learnscope.fused import warmup as load
    from learnscope.fused.compiled import cache_folder

    if not json:
        note("learnscope: loading the compiled trainer; building it takes some seconds.")
    folder = cache_folder()
    before = _files(folder)
    loading = _timed(load)
    built = _files(folder) - before
    measuring = _timed(lambda: [measured_rates(t, anew=True) for t in ("fused", "torch")])
    lasting = _lasts(folder) and rates_file("fused").exists()
    facts = {
        "built": bool(built) or not before,
        "seconds_loading": round(loading, 3),
        "seconds_measuring": round(measuring, 3),
        "cache": str(folder),
        "rates": str(rates_file("fused").parent),
        "lasting": lasting,
    }
    if json:
        print_json(facts)
        return 0
    done = "built" if facts["built"] else "loaded"
    say(f"The compiled trainer was {done} in {duration(loading)}; it is kept in {str(folder)!r}.")
    say(
        f"This machine was measured in {duration(measuring)}; 'run --dry-run' and the choice of "
        f"the trainer go by the figures in {facts['rates']!r}."
    )
    if not lasting:
        say(_not_lasting())
    return 0


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _files(folder: Path) -> set[tuple[str, int]]:
    """Return names and times of the builds in a folder."""
    return {(str(p), p.stat().st_mtime_ns) for p in folder.rglob("*.nbc")}


def _lasts(folder: Path) -> bool:
    """Whether a folder is the user's own, not a temporary one that stands in for it."""
    import platformdirs

    asked = os.environ.get("NUMBA_CACHE_DIR")
    own = [Path(platformdirs.user_cache_dir("learnscope")), *([Path(asked)] if asked else [])]
    return folder.parent in own


def _not_lasting() -> str:
    import platformdirs

    return (
        f"The cache folder {platformdirs.user_cache_dir('learnscope')!r} cannot be written, so "
        "that this will be done again: make it writable, or name another one in XDG_CACHE_HOME."
    )
