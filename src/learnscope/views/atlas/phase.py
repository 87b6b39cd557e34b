"""Phase diagram: what limits each point of an atlas, over one or two settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Ints
from learnscope.measures.atlas.result import WORDS, AtlasVerdict, Word
from learnscope.views.atlas.base import AtlasView, no_members
from learnscope.views.atlas.cells import Cells, cells
from learnscope.views.atlas.heat import label_panel, label_sides
from learnscope.views.atlas.ticks import panel_grid
from learnscope.views.base import refuse
from learnscope.views.record import count
from learnscope.views.style import INK, NO_BREAK, house_style, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas

LOOKS: Mapping[Word, tuple[str, str]] = {
    "at the ceiling": ("#009E73", "✓"),
    "noise-limited": ("#F0E442", "~"),
    "under-fitting": ("#56B4E9", "U"),
    "over-fitting": ("#CC79A7", "O"),
    "optimisation-limited": ("#E69F00", "T"),
    "data-limited": ("#4B6FD6", "D"),
    "diverged": ("#8A8A8A", "×"),
    "dead": ("#D0D0D0", "†"),
}
"""Colour and sign of each word, so that nobody has to tell them by colour alone."""

SIGNS = 240
"""Most cells of a picture that have their signs written in them."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PhaseArrays:
    """What limits each cell.

    Attributes:
        cells: the members by cell.
        word: (p, v, u) number of the word in `WORDS`, -1 where there is no member.
    """

    cells: Cells
    word: Ints


def obstacle(atlas: Atlas) -> str:
    """Say why there is no such picture: no member, or no score to judge by."""
    if text := no_members("phase", atlas):
        return text
    if not any(n.endswith(("_accuracy", "_mse")) for n in atlas.measures):
        return "phase needs an accuracy or a squared error, and the atlas has neither."
    return ""


def compute(
    atlas: Atlas,
    *,
    x: str | None = None,
    y: str | None = None,
    panel: str | None = None,
    at: Mapping[str, Any] | None = None,
    verdict: AtlasVerdict | None = None,
) -> PhaseArrays:
    """Return the word of each cell, that of its first point.

    Args:
        atlas: the atlas.
        x: direction across, see `cells`.
        y: direction up.
        panel: direction of the panels.
        at: settings at which the others are cut.
        verdict: that on the atlas, where it is at hand; left out, it is worked out.
    """
    refuse(obstacle(atlas))
    found = cells(atlas, x=x, y=y, panel=panel, at=at)
    words = verdict_of(atlas, verdict).words
    names = list(WORDS)
    numbers = {point: names.index(word) for point, word in words.items()}
    word = np.array([numbers.get(int(p), -1) for p in found.point.flat], dtype=np.int64)
    return PhaseArrays(cells=found, word=word.reshape(found.point.shape))


def verdict_of(atlas: Atlas, verdict: AtlasVerdict | None) -> AtlasVerdict:
    """Return the verdict that is at hand, or work it out."""
    if verdict is not None:
        return verdict
    from learnscope.measures.atlas.verdict import atlas_verdict

    return atlas_verdict(atlas)


def draw(arrays: PhaseArrays) -> Figure:
    """Draw each cell in the colour and with the sign of its word."""
    from matplotlib.colors import ListedColormap

    with house_style():
        found = arrays.cells
        panels, rows, columns = arrays.word.shape
        height = 1.1 if rows == 1 else min(3.6, max(1.5, 0.32 * rows)) if panels > 1 else 3.9
        figure, grid = panel_grid(panels, height)
        names = list(WORDS)
        cmap = ListedColormap([LOOKS[name][0] for name in names])
        for p, axes in enumerate(grid):
            known = np.ma.masked_less(arrays.word[p], 0)
            edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
            axes.pcolormesh(
                *edges, known, cmap=cmap, vmin=-0.5, vmax=len(names) - 0.5, edgecolors="white",
                linewidth=0.6 if rows * columns <= 900 else 0.0,
            )  # fmt: skip
            axes.spines[["top", "right"]].set_visible(True)
            _hatch(axes, arrays, p)
            if arrays.word.size <= SIGNS:
                for (v, u), k in np.ndenumerate(arrays.word[p]):
                    if k >= 0:
                        axes.text(u, v, LOOKS[names[k]][1], ha="center", va="center", color=INK)
            label_panel(axes, found, p, panels)
        label_sides(grid, found)
        figure.legend(handles=_keys(arrays), loc="outside right center", handletextpad=0.6)
        set_title(figure, [_title(arrays)], f"{_note(arrays)}Atlas {found.atlas}.")
        return figure


def _hatch(axes: Axes, arrays: PhaseArrays, p: int) -> None:
    from matplotlib.patches import Rectangle

    for v, u in np.argwhere(arrays.word[p] < 0):
        axes.add_patch(
            Rectangle((u - 0.5, v - 0.5), 1, 1, fill=False, hatch="////", linewidth=0,
                      edgecolor="#C4C4C4")
        )  # fmt: skip


def _keys(arrays: PhaseArrays) -> list[Any]:
    from matplotlib.patches import Patch

    keys = [
        Patch(color=LOOKS[word][0], label=f"{LOOKS[word][1]}  {word}")
        for i, word in enumerate(WORDS)
        if (arrays.word == i).any()
    ]
    if (arrays.word < 0).any():
        keys.append(Patch(fill=False, hatch="////", edgecolor="#C4C4C4", label="no member"))
    return keys


def counts(arrays: PhaseArrays) -> list[tuple[str, int]]:
    """Return the words that occur with their numbers of cells, the most frequent first."""
    found = [(word, int((arrays.word == i).sum())) for i, word in enumerate(WORDS)]
    return sorted((f for f in found if f[1]), key=lambda f: -f[1])


def _title(arrays: PhaseArrays) -> str:
    parts = [f"{n}{NO_BREAK}{word}" for word, n in counts(arrays)]
    return f"What limits {count(sum(n for _, n in counts(arrays)), 'cell')}: {', '.join(parts)}"


def _note(arrays: PhaseArrays) -> str:
    text = arrays.cells.cut_text
    return f"{text[:1].upper()}{text[1:]}. " if text else ""


def describe(arrays: PhaseArrays) -> str:
    """Say how many cells each word has, and what it means."""
    shown = {word for word, _ in counts(arrays)}
    meanings = "; ".join(f"{word}: {text}" for word, text in WORDS.items() if word in shown)
    return f"{_title(arrays)}. {_note(arrays)}Here {meanings}."


PHASE = AtlasView(
    name="phase",
    purpose="what limits each point: the words of the verdict over one or two settings",
    options=("x", "y", "panel", "at"),
    obstacle=obstacle,
    compute=compute,
    draw=draw,
    describe=describe,
)
