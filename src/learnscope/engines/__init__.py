"""Where shards run: threads of this process, processes of this machine, or a cluster."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from learnscope.engines.settings import TAKES, EngineSettings
from learnscope.errors import InputError, suggestion

if TYPE_CHECKING:
    from learnscope.engines.base import Engine

__all__ = ["ENGINES", "EngineSettings", "make_engine"]

ENGINES = {
    "threads": ("learnscope.engines.threads", "Threads"),
    "processes": ("learnscope.engines.processes", "Processes"),
    "dask": ("learnscope.engines.dask", "Dask"),
}
"""Name -> module and class. A module is imported when its engine is asked for."""


def make_engine(name: str, settings: EngineSettings | None = None) -> Engine:
    """Return an engine of that name; its workers are started by `start`.

    Args:
        name: one of `ENGINES`.
        settings: what the user says about it; left out, nothing.

    Raises:
        InputError: there is no such engine, it takes no such setting, or what it needs is not
            installed.
    """
    if name not in ENGINES:
        raise InputError(
            f"engine must be one of auto, {', '.join(ENGINES)}, got {name!r}."
            f"{suggestion(name, ENGINES)}"
        )
    settings = settings or EngineSettings()
    settings.check(name, TAKES[name])
    module, word = ENGINES[name]
    engine: Engine = getattr(import_module(module), word).of(settings)
    return engine
