"""What a view of an atlas is: arrays, their drawing, and a sentence, as for a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas


@dataclass(frozen=True, kw_only=True, slots=True)
class AtlasView:
    """A kind of picture of an atlas.

    Everything that is worked out happens in `compute`; `draw` only draws. Both are pure: no
    global state of matplotlib is left changed, and equal arrays give equal pictures.

    Attributes:
        name: the word that chooses it.
        purpose: what it shows, in one line.
        options: options of `compute` that a user can give, besides the atlas.
        obstacle: why an atlas cannot be shown this way, one sentence; "" where it can.
        compute: atlas and options -> a frozen dataclass of arrays; refuses what has an obstacle.
        draw: these arrays -> a figure, made without pyplot.
        describe: these arrays -> one sentence with the key numbers.
    """

    name: str
    purpose: str
    options: tuple[str, ...]
    obstacle: Callable[[Atlas], str]
    compute: Callable[..., Any]
    draw: Callable[..., Figure]
    describe: Callable[[Any], str]


def no_members(name: str, atlas: Atlas) -> str:
    """Say that an atlas has nothing to draw yet, "" where it has."""
    if len(atlas.table):
        return ""
    return f"{name} needs trained members, and the atlas {atlas.name!r} has none yet: sweep first."
