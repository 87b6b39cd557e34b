"""What a probe is: settings that put a question to a trained run, and answer it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from learnscope.arrays import Array
from learnscope.settings import Settings
from learnscope.trained import Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Line:
    """A line of a picture.

    Attributes:
        label: what it is; "" is not named.
        x: (m,) places.
        y: (m,) values.
        low: (m,) lower edge of a band about it, None for no band.
        high: (m,) upper edge.
        points: draw markers and no line.
    """

    label: str
    x: Array
    y: Array
    low: Array | None = None
    high: Array | None = None
    points: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chart:
    """A picture of lines.

    Attributes:
        title: what it shows.
        xlabel: what goes across.
        ylabel: what goes up.
        lines: in the order in which they are drawn.
        diagonal: draw the line y = x for reference.
        log: logarithmic axis across.
    """

    title: str
    xlabel: str
    ylabel: str
    lines: tuple[Line, ...]
    diagonal: bool = False
    log: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """What a probe found.

    Attributes:
        sentences: the answer in words, the main one first.
        columns: heads of a table.
        rows: its rows, as text.
        data: the same as plain numbers, for programs.
        chart: the same as a picture, None where there is nothing to draw.
    """

    sentences: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    chart: Chart | None = None

    def figure(self) -> Figure | None:
        """Return the picture, None where there is nothing to draw."""
        from learnscope.probes.chart import draw_chart

        return None if self.chart is None else draw_chart(self.chart)


class Probe(Settings, ABC):
    """A question to a trained run. Its fields are the options of the question."""

    purpose: ClassVar[str]
    """What is asked, one line."""

    @abstractmethod
    def obstacle(self, trained: Sequence[Trained]) -> str:
        """Say why these members cannot be asked, one sentence; "" where they can."""

    @abstractmethod
    def answer(self, trained: Sequence[Trained]) -> Answer:
        """Ask living members of one experiment, at least one, that have no obstacle."""
