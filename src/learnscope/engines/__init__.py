"""Where shards run: threads of this process, processes of this machine, or a cluster."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from learnscope.errors import InputError, suggestion

if TYPE_CHECKING:
    from learnscope.engines.base import Engine

ENGINES = {
    "threads": ("learnscope.engines.threads", "Threads"),
    "processes": ("learnscope.engines.processes", "Processes"),
    "dask": ("learnscope.engines.dask", "Dask"),
}
"""Name -> module and class. A module is imported when its engine is asked for."""


def make_engine(name: str) -> Engine:
    """Return an engine of that name with its usual settings.

    Raises:
        InputError: there is none, or what it needs is not installed.
    """
    if name not in ENGINES:
        raise InputError(
            f"engine must be one of auto, {', '.join(ENGINES)}, got {name!r}."
            f"{suggestion(name, ENGINES)}"
        )
    module, word = ENGINES[name]
    engine: Engine = getattr(import_module(module), word)()
    return engine
