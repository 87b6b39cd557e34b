"""The named experiments: one TOML file each, and how they are found.

A file is an experiment with one more table, `[about]`: its topic, its numbers in the source
documents, and what to look at. The file's name is the experiment's name.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from learnscope.errors import InputError, listing, suggestion
from learnscope.settings import Settings

if TYPE_CHECKING:
    from learnscope.experiment import Experiment


class About(Settings):
    """What a reader is told of a named experiment.

    Attributes:
        topic: heading under which lists show it.
        sources: its numbers in the source documents, e.g. "S0.13".
        summary: one sentence.
        look_at: what to look at and to try, a few sentences.
    """

    topic: str
    sources: tuple[str, ...]
    summary: str
    look_at: str = ""


def names() -> tuple[str, ...]:
    """Return the names of all experiments, sorted."""
    files = resources.files("learnscope.catalogue").iterdir()
    return tuple(sorted(f.name[:-5] for f in files if f.name.endswith(".toml")))


def named(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises:
        InputError: there is none; the message names the nearest.
    """
    # A list of names needs none of the settings.
    from learnscope.experiment import read_experiment

    data = _read(name)
    data.pop("about")
    return read_experiment({"name": name, **data})


def about(name: str) -> About:
    """Return what a reader is told of the experiment of that name."""
    return About(**_read(name)["about"])


def _read(name: str) -> dict[str, Any]:
    if name not in names():
        hint = suggestion(name, names()) or f" There are {listing(names())}."
        raise InputError(
            f"There is no experiment {name!r}, and no file of that name.{hint} "
            "'learnscope list' shows all."
        )
    text = resources.files("learnscope.catalogue").joinpath(f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)
