"""What a view is: the arrays of a picture, the drawing of them, and a sentence for the ear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from learnscope.errors import InputError
from learnscope.trained import Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A kind of picture of the members of one experiment.

    Everything that is worked out happens in `compute`; `draw` only draws. Both are pure: no
    global state of matplotlib is left changed, and equal arrays give equal pictures.

    Attributes:
        name: the word that chooses it.
        purpose: what it shows, in one line.
        alone: the same for a single member, "" where it is as true of one.
        obstacle: why the members cannot be shown this way, one sentence; "" where they can.
        compute: members and options -> a frozen dataclass of arrays; refuses what has an
            obstacle.
        draw: these arrays and options -> a figure, made without pyplot.
        describe: these arrays -> one sentence with the key numbers, for those who do not see
            the picture.
    """

    name: str
    purpose: str
    obstacle: Callable[[Sequence[Trained]], str]
    compute: Callable[..., Any]
    draw: Callable[..., Figure]
    describe: Callable[[Any], str]
    alone: str = ""

    def applies(self, trained: Sequence[Trained]) -> bool:
        """Whether the members can be shown this way."""
        return not self.obstacle(trained)


def refuse(obstacle: str) -> None:
    """Raise an `InputError` with the obstacle, where there is one."""
    if obstacle:
        raise InputError(obstacle)
