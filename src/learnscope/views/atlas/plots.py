"""Plots of an atlas: its pictures, one method each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from learnscope.views.atlas import cost as costs
from learnscope.views.atlas import heat, lines, maps, parts, phase, scaling

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from learnscope.atlas.atlas import Atlas


class AtlasPlots:
    """Draws an atlas; every method returns a matplotlib `Figure`.

    >>> atlas.plot.heat(x="model.width", y="model.depth").savefig("heat.png")

    Options are the same everywhere: `x`, `y` and `panel` are settings that change ("" for none,
    left out for a choice that suits), `measure` a measure of the atlas, `at` the settings at which
    all others are cut, by default those of the best point.
    """

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas

    def heat(
        self,
        *,
        x: str | None = None,
        y: str | None = None,
        panel: str | None = None,
        measure: str | None = None,
        statistic: str = "median",
        at: Mapping[str, Any] | None = None,
    ) -> Figure:
        """Draw a measure over one or two settings, see `views.atlas.heat`."""
        return heat.draw(
            heat.compute(
                self._atlas, x=x, y=y, panel=panel, measure=measure, statistic=statistic, at=at
            )
        )

    def lines(
        self,
        *,
        x: str | None = None,
        y: str | None = None,
        panel: str | None = None,
        measure: str | None = None,
        statistic: str = "median",
        at: Mapping[str, Any] | None = None,
    ) -> Figure:
        """Draw a measure over one setting with bands and seeds, see `views.atlas.lines`."""
        return lines.draw(
            lines.compute(
                self._atlas, x=x, y=y, panel=panel, measure=measure, statistic=statistic, at=at
            )
        )

    def phase(
        self,
        *,
        x: str | None = None,
        y: str | None = None,
        panel: str | None = None,
        at: Mapping[str, Any] | None = None,
    ) -> Figure:
        """Draw what limits each point, see `views.atlas.phase`."""
        return phase.draw(phase.compute(self._atlas, x=x, y=y, panel=panel, at=at))

    def parts(
        self,
        *,
        x: str | None = None,
        panel: str | None = None,
        at: Mapping[str, Any] | None = None,
    ) -> Figure:
        """Draw the error taken apart along a setting, see `views.atlas.parts`."""
        return parts.draw(parts.compute(self._atlas, x=x, panel=panel, at=at))

    def scaling(
        self,
        *,
        x: str | None = None,
        y: str | None = None,
        measure: str | None = None,
        at: Mapping[str, Any] | None = None,
        reach: float = 10.0,
    ) -> Figure:
        """Draw the error over sizes with a forecast, see `views.atlas.scaling`."""
        return scaling.draw(
            scaling.compute(self._atlas, x=x, y=y, measure=measure, at=at, reach=reach)
        )

    def cost(
        self, *, cost: costs.Cost = "seconds", measure: str | None = None, y: str | None = None
    ) -> Figure:
        """Draw score against cost with the Pareto front, see `views.atlas.cost`."""
        return costs.draw(costs.compute(self._atlas, cost=cost, measure=measure, y=y))

    def maps(
        self,
        *,
        x: str | None = None,
        y: str | None = None,
        measure: str | None = None,
        at: Mapping[str, Any] | None = None,
        resolution: int = 64,
    ) -> Figure:
        """Draw what is learned at each setting, see `views.atlas.maps`."""
        return maps.draw(
            maps.compute(self._atlas, x=x, y=y, measure=measure, at=at, resolution=resolution)
        )
