"""The axes of a sweep: settings that change, alone or linked to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from learnscope.errors import InputError
from learnscope.sweeps.ranges import Choices, Interval, read_choices

LINK = "/"
"""Between the settings of a linked axis, and between their values: "a/b" = "1/10, 2/20"."""

NOT_AXES = ("seed", "seeds", "name", "title")


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """One direction of a sweep.

    Attributes:
        paths: dotted settings, several where they change together.
        choices: what they take: for one setting its values or an interval, for several a tuple
            of values at each place.
    """

    paths: tuple[str, ...]
    choices: Choices

    @property
    def name(self) -> str:
        """The settings as they were written."""
        return LINK.join(self.paths)

    def values(self) -> tuple[Any, ...]:
        """Return the values of a grid.

        Raises:
            InputError: the axis is an interval, which only a sampled sweep can take.
        """
        if isinstance(self.choices, Interval):
            raise InputError(
                f"The axis {self.name} is an interval without steps, which a grid cannot take. "
                "Give it steps, such as 0:2:0.25, or sample with --sample N."
            )
        return self.choices

    def at(self, share: float) -> Any:
        """Return the value at a share of the way through the axis, in [0, 1)."""
        if isinstance(self.choices, Interval):
            return self.choices.at(share)
        return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]

    def settings(self, value: Any) -> dict[str, Any]:
        """Return what the settings are at a value of the axis."""
        if len(self.paths) == 1:
            return {self.paths[0]: value}
        return dict(zip(self.paths, value, strict=True))


def read_axes(over: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Return the axes of a table name -> values, see `read_choices`.

    Raises:
        InputError: there is none, a setting stands in two of them, or values are wrong.
    """
    if not over:
        raise InputError(
            "A sweep needs an axis, a setting that changes: --over model.width=1..16, or a table "
            "[sweep.over] in the file."
        )
    axes = tuple(_read(name, given) for name, given in over.items())
    _check_paths(path for axis in axes for path in axis.paths)
    return axes


def _read(name: str, given: Any) -> Axis:
    paths = tuple(path.strip() for path in name.split(LINK))
    if not all(paths):
        raise InputError(f"The axis {name!r} names no setting. Write a dotted path: model.width.")
    if len(paths) == 1:
        return Axis(paths=paths, choices=read_choices(name, given))
    return Axis(paths=paths, choices=_linked(name, paths, given))


def _linked(name: str, paths: tuple[str, ...], given: Any) -> tuple[Any, ...]:
    from learnscope.overrides import read_value

    if isinstance(given, str):
        places = [p for p in given.split(";" if ";" in given else ",") if p.strip()]
        rows = [tuple(read_value(v.strip()) for v in place.split(LINK)) for place in places]
    else:
        rows = [tuple(row) if isinstance(row, list | tuple) else (row,) for row in given]
    for row in rows:
        if len(row) != len(paths):
            raise InputError(
                f"The axis {name} links {len(paths)} settings, and the place {list(row)} has "
                f"{len(row)}. Write one value for each: 1/10, 2/20."
            )
    if not rows:
        raise InputError(f"The axis {name} has no value. Write one for each setting: 1/10, 2/20.")
    return tuple(rows)


def _check_paths(paths: Iterable[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        if path in NOT_AXES:
            remedy = (
                "Use --seeds N for members of other seeds."
                if path.startswith("seed")
                else "Name a setting of the problem, the features, the model or the training."
            )
            raise InputError(f"{path} cannot be an axis. {remedy}")
        if path in seen:
            raise InputError(f"{path} stands in two axes. Leave one, or link others to it.")
        seen.add(path)
