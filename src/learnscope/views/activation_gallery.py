"""The gallery of activations: each with its slope, S3.2.

This is a picture of functions and not of members, so it is no row of `VIEWS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError, suggestion
from learnscope.models.activations import ACTIVATIONS
from learnscope.views.style import MUTED, PREDICTION, house_style, new_panels, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ALL = tuple(name for name, a in ACTIVATIONS.items() if a.derivative is not None)
"""Those that act on single numbers; softmax acts on rows."""

SLOPE = "#D55E00"
COLUMNS = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GalleryArrays:
    """What the picture is drawn from; `m` places, `a` activations.

    Attributes:
        names: (a,) of the activations.
        t: (m,) places, float64.
        value: (a, m) the activations there.
        slope: (a, m) their slopes, the right one where it jumps.
    """

    names: tuple[str, ...]
    t: Array
    value: Array
    slope: Array


def compute(
    names: Sequence[str] = ALL, *, low: float = -8.0, high: float = 7.5, n: int = 32
) -> GalleryArrays:
    """Evaluate activations and their slopes on even points; the defaults are those of S3.2.

    Raises:
        InputError: a name is not that of an activation of single numbers.
    """
    for name in names:
        if name not in ALL:
            raise InputError(
                f"names must be activations of single numbers, got {name!r}.{suggestion(name, ALL)}"
            )
    t = np.linspace(low, high, n)
    chosen = [ACTIVATIONS[name] for name in names]
    return GalleryArrays(
        names=tuple(names),
        t=t,
        value=np.stack([a.value(t) for a in chosen]),
        slope=np.stack([a.derivative(t) for a in chosen if a.derivative is not None]),
    )


def draw(arrays: GalleryArrays) -> Figure:
    """Draw a panel for each activation, its slope beside it."""
    with house_style():
        rows = -(-len(arrays.names) // COLUMNS)
        figure, panels = new_panels(1.5 + 1.5 * rows, rows, COLUMNS, above=0.6, gap=0.45)
        for i, axes in enumerate(panels.ravel()):
            if i < len(arrays.names):
                _draw_one(axes, arrays, i)
            else:
                axes.set_visible(False)
        panels[0, 0].legend(loc="upper left", fontsize=7)
        set_title(figure, ("Activations and their slopes",))
        return figure


def _draw_one(axes: Axes, arrays: GalleryArrays, i: int) -> None:
    axes.axhline(0, color=MUTED, linewidth=0.5)
    axes.axvline(0, color=MUTED, linewidth=0.5)
    axes.plot(arrays.t, arrays.value[i], color=PREDICTION, label="value")
    axes.plot(arrays.t, arrays.slope[i], color=SLOPE, linewidth=1.0, label="slope")
    # Linear ones would hide the bounded ones on a common scale.
    axes.set_ylim(-1.6, 3.2)
    axes.set_title(arrays.names[i], fontsize=9)


def describe(arrays: GalleryArrays) -> str:
    """Return one sentence with the key numbers of the picture."""
    steepest = arrays.slope.max(axis=1)
    parts = [f"{n} {s:.3g}" for n, s in zip(arrays.names, steepest.tolist(), strict=True)]
    return (
        f"{len(arrays.names)} activations from {arrays.t[0]:g} to {arrays.t[-1]:g}; greatest "
        f"slopes: {', '.join(parts)}."
    )
