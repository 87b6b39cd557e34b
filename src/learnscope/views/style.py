"""The look of all pictures: palette, type sizes, titles, legend, and SVG.

Classes have the colours of M. Okabe and K. Ito, "Color universal design" (2008), told apart by
colour-blind readers too, and a marker each. matplotlib is imported where it is used.
"""

from __future__ import annotations

import io
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

WIDTH = 7.0
"""Width of a picture in inches, that of a page."""

CLASS_COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00",
    "#56B4E9", "#F0E442", "#6B6B6B", "#8C564B", "#332288",
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
PART_COLOURS = {"train": "#0072B2", "validation": "#009E73", "test": "#D55E00"}
PREDICTION, TARGET, INK, MUTED, PAPER = "#0072B2", "#222222", "#222222", "#555555", "#FFFFFF"

TITLE_CHARS, NOTE_CHARS = 96, 136
MAP_OPACITY = 0.6
NO_BREAK = "\N{NO-BREAK SPACE}"

_RC: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#888888",
    "axes.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "lines.linewidth": 1.6,
    "contour.negative_linestyle": "solid",
    "svg.fonttype": "none",
    "svg.hashsalt": "learnscope",
}

# matplotlib's settings are global to the process: one picture at a time may borrow them.
_LOCK = threading.RLock()


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with our settings over matplotlib's defaults; the user's own come back afterwards."""
    import matplotlib

    with _LOCK, matplotlib.rc_context():
        # Not the backend: setting it would make pyplot choose one.
        settings: Any = dict(matplotlib.rcParamsDefault.items())
        del settings["backend"]
        matplotlib.rcParams.update(settings | _RC)
        yield


def new_figure(height: float) -> Figure:
    """Return an empty white figure of page width and this height in inches."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    return Figure(figsize=(WIDTH, height), layout=layout, facecolor=PAPER)


def new_panels(
    height: float,
    rows: int = 1,
    columns: int = 1,
    *,
    above: float = 0.5,
    gap: float = 0.2,
    sharex: bool = False,
) -> tuple[Figure, Array]:
    """Return an empty figure, and panels (rows, columns) at fixed places in it.

    The room around them is what titles, notes and tick labels of at most eight characters take.
    A layout that measures all texts first, as that of `new_figure`, costs as much as the drawing.

    Args:
        height: of the figure, inches.
        rows: panels above each other.
        columns: panels side by side.
        above: room above the panels, inches.
        gap: room between rows, inches.
        sharex: whether all panels have one axis across.
    """
    from matplotlib.figure import Figure

    left, right, bottom, top = 0.8, WIDTH - 0.2, 0.8, height - above
    figure = Figure(figsize=(WIDTH, height), facecolor=PAPER)
    # The gaps are counted in panels.
    tall, wide = (top - bottom - gap * (rows - 1)) / rows, (right - left) / columns
    figure.subplots_adjust(
        left=left / WIDTH, right=right / WIDTH, bottom=bottom / height, top=top / height,
        hspace=gap / tall, wspace=0.55 / wide,
    )  # fmt: skip
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=sharex)


def one_panel(height: float, *, beside: bool) -> tuple[Figure, Axes]:
    """Return an empty figure with one panel; `beside` leaves room for a legend to its right."""
    if beside:
        # How wide a legend is, shows when it is drawn.
        figure = new_figure(height)
        return figure, figure.subplots()
    figure, panels = new_panels(height)
    return figure, panels[0, 0]


def plain_log_labels(axes: Axes) -> None:
    """Label a logarithmic vertical axis with plain numbers: 0.001, not a power of ten.

    Powers of ten are set as formulas, which take a tenth of a second to read the first time.
    """
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    low, high = axes.get_ylim()
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    short = high < 1000 * low
    axes.yaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0) if short else (1.0,)))
    axes.yaxis.set_minor_formatter(StrMethodFormatter("{x:g}") if short else NullFormatter())


def class_colour(k: int) -> str:
    """Return the colour of class `k`; beyond ten they begin again."""
    return CLASS_COLOURS[k % len(CLASS_COLOURS)]


def class_marker(k: int) -> str:
    """Return the marker of class `k`, shifted in each round of colours."""
    return MARKERS[(k + k // len(CLASS_COLOURS)) % len(MARKERS)]


def two_class_map() -> Colormap:
    """Return the ramp from the colour of class 0 (at 0) through near-white to that of class 1."""
    from matplotlib.colors import LinearSegmentedColormap

    ramp = (class_colour(0), "#F7F7F7", class_colour(1))
    return LinearSegmentedColormap.from_list("two classes", ramp, N=257)


def grey_map() -> Colormap:
    """Return the ramp from white to a grey on which black lines and coloured points still show."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("greys", ("#FFFFFF", "#808080"), N=257)


def confidence_colours(shares: Array) -> Array:
    """Return RGB (..., 3) for beliefs (..., c): the likeliest class, paler where it is unsure.

    Belief 1 is the colour of the class itself, belief 1 / c nearly white.
    """
    from matplotlib.colors import to_rgb

    c = shares.shape[-1]
    base = np.array([to_rgb(class_colour(k)) for k in range(c)])
    sure = np.clip((shares.max(axis=-1) - 1 / c) / (1 - 1 / c), 0, 1)
    strength = (0.12 + 0.88 * sure)[..., None]
    return np.asarray(1 - strength * (1 - base[shares.argmax(axis=-1)]))


def lighten(colour: str, share: float) -> tuple[float, float, float]:
    """Return the colour mixed with this share of white."""
    from matplotlib.colors import to_rgb

    r, g, b = (c + (1 - c) * share for c in to_rgb(colour))
    return r, g, b


def set_title(figure: Figure, sentences: Sequence[str], note: str = "") -> None:
    """Write the sentences over the picture in at most two lines, and a note below it."""
    look: dict[str, Any] = {"x": 0.012, "ha": "left"}
    # A figure without a layout engine keeps room of its own, see `maps.new_map`.
    fixed = figure.get_layout_engine() is None
    top, bottom = ({"y": 0.985}, {"y": 0.012}) if fixed else ({}, {})
    # Short sentences are kept on one line: their spaces do not break.
    whole = [s.replace(" ", NO_BREAK) if len(s) < 46 else s for s in sentences if s]
    title = wrap("; ".join(whole), TITLE_CHARS).replace(NO_BREAK, " ")
    figure.suptitle(title, fontsize=10, color=INK, **look, **top)
    if note:
        figure.supxlabel(wrap(note, NOTE_CHARS), fontsize=7.5, color=MUTED, **look, **bottom)


def wrap(text: str, chars: int, lines: int = 2) -> str:
    """Break a text into at most so many lines; what is too long ends in an ellipsis.

    Line ends of the text are kept where its lines fit.

    Dollar signs in names stay dollar signs: matplotlib would read formulas between them.
    """
    broken = text.split("\n")
    if len(broken) > lines or max(map(len, broken)) > chars:
        broken = textwrap.wrap(
            text, chars, max_lines=lines, placeholder=" …", break_on_hyphens=False
        )
    return "\n".join(broken).replace("$", r"\$")


def plain(text: str, chars: int = 40) -> str:
    """Return a name as a label: cut when long, dollar signs kept."""
    return (text if len(text) <= chars else f"{text[: chars - 1]}…").replace("$", r"\$")


def legend(axes: Axes, **options: Any) -> None:
    """Add a legend beside the axes where there is something to name."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        place: dict[str, Any] = {"loc": "best", "handlelength": 1.8, "borderaxespad": 0.3}
        # Lines may run behind it; its words stay readable.
        place |= {"frameon": True, "framealpha": 0.85, "edgecolor": "none"}
        axes.legend(handles, labels, **(place | options))


def legend_beside(axes: Axes, handles: Sequence[Any]) -> None:
    """Add a legend to the right of the axes."""
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
    axes.legend(handles=handles, handletextpad=0.5, borderaxespad=0.0, **place)


def save_svg(figure: Figure, alt: str = "") -> str:
    """Return the figure as an SVG document; equal figures give equal texts.

    Text stays text, in a sans-serif type of the reader's machine. `alt` becomes the label that
    a screen reader speaks.
    """
    buffer = io.StringIO()
    with house_style():
        figure.savefig(buffer, format="svg", dpi=150, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    label = f' role="img" aria-label="{escape(alt)}"' if alt else ' role="img"'
    return text.replace("<svg ", f"<svg{label} ", 1)
