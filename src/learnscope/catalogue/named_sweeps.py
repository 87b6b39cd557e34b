"""The sweeps of the catalogue, made from what their entries say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from learnscope.catalogue import named, sweep_of
from learnscope.sweeps.reading import make_sweep
from learnscope.sweeps.sweep import Sweep


def named_sweep(
    name: str,
    which: str = "",
    *,
    overrides: Mapping[str, Any] | None = None,
    over: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Sweep:
    """Return a sweep of an entry; its atlas is called after both.

    Args:
        name: of the entry.
        which: name of the sweep; left out, the first.
        overrides: dotted settings of all members.
        over: axes that are added, or take the place of its own.
        options: `where`, `sample` and so on, likewise; None for what is not given.

    Raises:
        InputError: there is no such entry or sweep, or a setting is wrong.
    """
    found = sweep_of(name, which)
    own: dict[str, Any] = {}
    table: dict[str, Any] = {}
    if found is not None:
        word, data = found
        own = {"name": f"{name}-{word}", "seeds": data.get("seeds", 10), **data.get("set", {})}
        table = {k: v for k, v in data.items() if k in {"over", "where"}}
    experiment = named(name).override({**own, **(overrides or {})})
    return make_sweep(experiment, table, over or {}, options or {})
