"""What is too large for this machine, said before it is drawn."""

from __future__ import annotations

import math
import os

from learnscope.costs.estimate import result_bytes, workspace_bytes
from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.problems import Problem
from learnscope.training.member import Member, prepare
from learnscope.training.routes import Route, choose_route

MOST_NUMBERS = 100_000_000
"""Numbers of one sample that are drawn: 0.8 GB, and a few times that while they are."""

SHARE = 0.5
"""Part of the machine's memory that the data of all members may take: training needs some too."""

OBJECTS_BYTES = 10_000
"""Python's objects around the arrays of a member, 8 kB where it was measured."""

PER_CLASS = ("arms", "centers")
"""Settings of a problem that say how often there are n rows, where they are whole numbers."""
COLUMNS = ("d", "inputs")


def check_begin(experiment: Experiment, route: Route) -> Member:
    """Refuse what cannot be trained; return the first member, which is prepared for that.

    Raises:
        InputError: it is too large, settings do not fit the data, or the route cannot train it.
        DataError: the data cannot be learned from.
    """
    check_sample(experiment.problem)
    first = prepare(experiment, experiment.seed)
    choose_route([first], route)
    text = too_large(first, memory())
    if text:
        raise InputError(text)
    return first


def check_sample(problem: Problem) -> None:
    """Refuse a sample of more than `MOST_NUMBERS` numbers, going by its settings."""
    n = getattr(problem, "n", None)
    numbers = _product(problem, COLUMNS)
    if isinstance(n, tuple):
        numbers *= sum(n)
    else:
        numbers *= _product(problem, PER_CLASS) * (n or 1)
    if numbers > MOST_NUMBERS:
        raise InputError(
            f"problem.n = {n} asks for {numbers:,} numbers or more, and a sample may have at most "
            f"{MOST_NUMBERS:,}. Make problem.n smaller."
        )


def too_large(first: Member, physical: int) -> str:
    """Say that all members are too large for a machine of that memory (bytes), or return ""."""
    members = first.experiment.seeds
    needed = _all_bytes(first)
    if needed <= SHARE * physical:
        return ""
    rows, columns = first.sample.x.shape
    count = "1 member" if members == 1 else f"{members:,} members"
    return (
        f"The data of {count} with {rows:,} rows and {columns:,} columns take about "
        f"{needed / 1e9:,.1f} GB, more than half of this machine's memory of "
        f"{physical / 1e9:,.1f} GB. Use fewer members (seeds) or rows."
    )


def memory() -> int:
    """Return the bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def total_bytes(first: Member, threads: int) -> int:
    """Return about what data, results and members at work take in memory."""
    results = first.experiment.seeds * result_bytes(first)
    return _all_bytes(first) + results + threads * workspace_bytes(first)


def _all_bytes(first: Member) -> int:
    """Return what all members hold on to before they are trained: data and first weights."""
    experiment = first.experiment
    shared = experiment.problem.seed is not None and experiment.training.split.seed is not None
    own = OBJECTS_BYTES + sum(w.nbytes for w in first.initial.values())
    return own * experiment.seeds + _data_bytes(first) * (1 if shared else experiment.seeds)


def _data_bytes(member: Member) -> int:
    """Return what the data of a member take: its rows, and the features of each part."""
    arrays = [member.sample.x, member.sample.y]
    for part in member.parts.values():
        arrays += [part.x, part.y, *([] if part.weight is None else [part.weight])]
    return sum(array.nbytes for array in arrays)


def _product(problem: Problem, names: tuple[str, ...]) -> int:
    values = (getattr(problem, name, None) for name in names)
    return math.prod(value for value in values if isinstance(value, int))
