"""Plots: the pictures of a run, one method each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from learnscope.trained import Trained
from learnscope.views import (
    boundary,
    curves,
    data,
    disagreement,
    fit,
    hidden_lines,
    parameters,
    units,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Plots:
    """Draws the members of one experiment; every method returns a matplotlib `Figure`.

    >>> run.plot.boundary(seed=3).savefig("boundary.png")

    Options that choose are the same everywhere: `seed` is the root seed of a member (left out,
    the one with the median loss), `columns` two inputs of many, `output` one target of several.
    """

    def __init__(self, trained: Sequence[Trained]) -> None:
        self._trained = tuple(trained)

    def data(
        self,
        *,
        seed: int | None = None,
        columns: Sequence[str] | None = None,
        output: str | int = 0,
    ) -> Figure:
        """Draw the examples and their split, see `views.data`."""
        return data.draw(data.compute(self._trained, seed=seed, columns=columns, output=output))

    def curves(self, *, log: bool | None = None, known: bool = True) -> Figure:
        """Draw loss and accuracy over the epochs, see `views.curves`."""
        return curves.draw(curves.compute(self._trained, known=known), log=log)

    def fit(
        self, *, seed: int | None = None, output: str | int = 0, resolution: int = 501
    ) -> Figure:
        """Draw the predictions over one input, see `views.fit`."""
        arrays = fit.compute(self._trained, seed=seed, output=output, resolution=resolution)
        return fit.draw(arrays)

    def boundary(
        self,
        *,
        seed: int | None = None,
        columns: Sequence[str] | None = None,
        output: str | int = 0,
        resolution: int = 120,
        truth: bool = False,
    ) -> Figure:
        """Draw the output over two inputs, see `views.boundary`."""
        return boundary.draw(
            boundary.compute(
                self._trained,
                seed=seed,
                columns=columns,
                output=output,
                resolution=resolution,
                truth=truth,
            )
        )

    def disagreement(
        self,
        *,
        seed: int | None = None,
        columns: Sequence[str] | None = None,
        output: str | int = 0,
        resolution: int = 120,
    ) -> Figure:
        """Draw where members answer differently, see `views.disagreement`."""
        return disagreement.draw(
            disagreement.compute(
                self._trained, seed=seed, columns=columns, output=output, resolution=resolution
            )
        )

    def hidden_lines(self, *, seed: int | None = None) -> Figure:
        """Draw the lines of the first-layer units, see `views.hidden_lines`."""
        return hidden_lines.draw(hidden_lines.compute(self._trained, seed=seed))

    def parameters(self, *, bins: int = parameters.N_BINS) -> Figure:
        """Draw histograms of weights and biases, see `views.parameters`."""
        return parameters.draw(parameters.compute(self._trained, bins=bins))

    def units(self, *, seed: int | None = None) -> Figure:
        """Draw the activity of the hidden units, see `views.units`."""
        return units.draw(units.compute(self._trained, seed=seed))
