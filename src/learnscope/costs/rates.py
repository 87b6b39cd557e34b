"""How long each kind of work takes on this machine: measured once, kept in the user's cache.

What was measured is used as long as processor, libraries and the trainers' own code are the same,
and measured anew after `MOST_AGE`. A cache that cannot be written is no reason to stop: then every
process that needs the rates measures them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from learnscope.costs.work import FUSED, TORCH

Trainer = Literal["fused", "torch"]

MOST_AGE = 30 * 24 * 3600.0
"""Seconds after which a machine is measured anew: it may have moved."""

ASSUMED: dict[Trainer, dict[str, float]] = {
    "fused": {
        "trainings": 3e-4, "updates": 2e-7, "layers": 3e-8, "narrow": 1.5e-11, "wide": 1.8e-11,
        "broad": 2.5e-11, "plain": 1e-10, "tanh": 2.5e-10, "dear": 5e-10, "loads": 3e-9,
        "weights": 1.2e-9, "masks": 1e-9, "shuffled": 2e-9,
    },
    "torch": {
        "trainings": 2e-3, "updates": 2e-4, "layers": 5e-5, "rows": 1e-8, "narrow": 1e-10,
        "wide": 3e-11, "broad": 3e-11, "plain": 5e-10, "dear": 1e-9, "weights": 5e-9,
    },
}  # fmt: skip
"""Seconds for one of each kind, of the right order of magnitude for a core of the year 2024."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """Seconds for one of each kind of work.

    Attributes:
        seconds: kind -> seconds, see `learnscope.costs.work`.
        measured: whether they were measured on this machine, or are assumed.
    """

    seconds: Mapping[str, float]
    measured: bool


def known_rates(trainer: Trainer) -> Rates:
    """Return the rates that were measured before, the assumed ones where there are none."""
    found = _MEASURED.get(trainer) or _read(trainer)
    if found is None:
        return Rates(seconds=ASSUMED[trainer], measured=False)
    _MEASURED[trainer] = found
    return Rates(seconds=found, measured=True)


def measured_rates(trainer: Trainer, *, anew: bool = False) -> Rates:
    """Return measured rates, measuring now where there are none: it takes a quarter of a second.

    Loading the trainer comes on top; the compiled one may have to be built first.
    """
    known = known_rates(trainer)
    if known.measured and not anew:
        return known
    from learnscope.costs.calibrate import fused_rates, torch_rates

    measure = {"fused": fused_rates, "torch": torch_rates}[trainer]
    found = measure(ASSUMED[trainer])
    _MEASURED[trainer] = found
    with contextlib.suppress(OSError):
        _write(trainer, found)
    return Rates(seconds=found, measured=True)


def rates_file(trainer: Trainer) -> Path:
    """Return the file in the user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("learnscope")) / "costs" / f"{trainer}.json"


# What this process has measured or read: a fact about the machine, not a setting.
_MEASURED: dict[Trainer, dict[str, float]] = {}


def _read(trainer: Trainer) -> dict[str, float] | None:
    try:
        data = json.loads(rates_file(trainer).read_text(encoding="utf-8"))
        rates = {kind: float(data["seconds"][kind]) for kind in _KINDS[trainer]}
        fresh = 0 <= time.time() - float(data["time"]) < MOST_AGE
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = all(0 <= rate < math.inf for rate in rates.values())
    return rates if fresh and sound and data.get("of") == _machine() else None


def _write(trainer: Trainer, rates: Mapping[str, float]) -> None:
    path = rates_file(trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    data: dict[str, Any] = {"of": _machine(), "time": time.time(), "seconds": dict(rates)}
    # Whole or not at all, so that a second process never reads half of it.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.write_text(json.dumps(data, indent=1), encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


_KINDS: dict[Trainer, tuple[str, ...]] = {"fused": FUSED, "torch": TORCH}


@cache
def _machine() -> dict[str, str]:
    """Return what rates belong to: processor, libraries, and the code of trainers and counts."""
    found = {"processor": _processor(), "python": platform.python_version()}
    for name in ("learnscope", "numpy", "numba", "torch"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    here = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), *(here.parent / "fused").glob("*.py")]):
        total.update(path.read_bytes())
    return found | {"code": total.hexdigest()[:16]}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(row.split(":", 1)[1].strip() for row in lines if row.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
