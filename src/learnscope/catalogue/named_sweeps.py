"""The sweeps of the catalogue, made from what their entries say, and known again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from learnscope.catalogue import named, names, read_entry, sweep_of
from learnscope.sweeps.reading import make_sweep
from learnscope.sweeps.sweep import Sweep

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Expected


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


def expected_of(sweep: Sweep) -> tuple[Expected, ...]:
    """Return what the catalogue expects of a sweep, () where it is none of its own.

    Other values of the axes, other seeds and more of them are still the same sweep; a setting
    that differs for all members makes it another.
    """
    word = sweep.experiment.name
    for name in names():
        which = word.removeprefix(f"{name}-")
        if which == word or which not in read_entry(name).sweep:
            continue
        own = named_sweep(name, which, overrides={"seed": sweep.experiment.seed})
        return read_entry(name).sweep[which].expect if own.digest() == sweep.digest() else ()
    return ()
