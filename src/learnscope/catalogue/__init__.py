"""The named experiments: a settings file and a lesson each, and how they are found.

The names of the files in `entries/` are the names of the experiments.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from learnscope.errors import InputError, listing, suggestion

if TYPE_CHECKING:
    from learnscope.catalogue.entry import About, Entry
    from learnscope.experiment import Experiment

EXTRA = ("about", "variant", "check", "question", "sweep")
"""Tables of an entry's file that are not settings of its experiment."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of all entries, sorted."""
    return tuple(sorted(f.name[:-5] for f in _folder().iterdir() if f.name.endswith(".toml")))


@cache
def read_entry(name: str) -> Entry:
    """Return the entry of that name.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    # A list of names needs none of the settings.
    from learnscope.catalogue.entry import Entry

    data = _read(name)
    extra = {word: data.pop(word) for word in EXTRA if word in data}
    lesson = _folder().joinpath(f"{name}.md").read_text("utf-8")
    return Entry(name=name, lesson=lesson, data={"name": name, **data}, **extra)


def named(name: str, variant: str = "") -> Experiment:
    """Return the experiment of that name, or one of its variants.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    from learnscope.experiment import read_experiment
    from learnscope.overrides import apply_overrides

    if not variant:
        data = _read(name)
        return read_experiment({"name": name, **_without_extra(data)})
    found = read_entry(name)
    check_variant(found, variant)
    if variant == found.about.base:
        return read_experiment(found.data)
    chosen = next(v for v in found.variant if v.name == variant)
    title = f"{found.data.get('title', name)}: {chosen.title}"
    named_so = {"name": f"{name}-{variant}", "title": title}
    return read_experiment(apply_overrides({**found.data, **named_so}, chosen.set))


def about(name: str) -> About:
    """Return what lists tell of the entry of that name."""
    from learnscope.catalogue.entry import About

    return About(**_read(name)["about"])


def sweep_of(name: str, which: str = "") -> tuple[str, dict[str, Any]] | None:
    """Return name and plain data of one of the sweeps of an entry, None where it has none.

    Args:
        name: of the entry.
        which: name of the sweep; left out, the first.

    Raises:
        InputError: there is no entry, or it has no sweep of that name.
    """
    sweeps: dict[str, dict[str, Any]] = _read(name).get("sweep", {})
    if not which:
        return next(iter(sweeps.items()), None)
    if which not in sweeps:
        known = f" There are {listing(sweeps)}." if sweeps else " It has none of its own."
        raise InputError(
            f"The experiment {name!r} has no sweep {which!r}.{suggestion(which, sweeps)}{known}"
        )
    return which, sweeps[which]


def check_variant(found: Entry, variant: str) -> None:
    """Refuse a variant that an entry does not have."""
    if variant not in found.variants():
        hint = suggestion(variant, found.variants())
        raise InputError(
            f"The experiment {found.name!r} has no variant {variant!r}.{hint} There are "
            f"{listing(found.variants(), 20)}."
        )


def _without_extra(data: dict[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in data.items() if word not in EXTRA}


def _folder() -> Traversable:
    return resources.files("learnscope.catalogue").joinpath("entries")


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        hint = suggestion(name, names()) or f" There are {listing(names())}."
        raise InputError(
            f"There is no experiment {name!r}, and no file of that name.{hint} "
            "'learnscope list' shows all."
        )
    return tomllib.loads(_folder().joinpath(f"{name}.toml").read_text("utf-8"))
