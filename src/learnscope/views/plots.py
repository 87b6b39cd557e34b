"""Plots: the pictures of a run, one method each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from learnscope.trained import Trained
from learnscope.training.split import Part
from learnscope.views import (
    boundary,
    codes,
    confusion,
    curves,
    data,
    disagreement,
    feature_maps,
    filters,
    fit,
    forecast,
    hidden_lines,
    hidden_space,
    latent_grid,
    mistakes,
    parameters,
    reconstructions,
    states,
    switches,
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

    def forecast(self, *, seed: int | None = None, n_steps: int | None = None) -> Figure:
        """Draw a series with its predictions, see `views.forecast`."""
        return forecast.draw(forecast.compute(self._trained, seed=seed, n_steps=n_steps))

    def states(self, *, seed: int | None = None, row: int | None = None) -> Figure:
        """Draw the states of recurrent layers over a window, see `views.states`."""
        return states.draw(states.compute(self._trained, seed=seed, row=row))

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

    def confusion(self, *, seed: int | None = None, part: Part | None = None) -> Figure:
        """Draw which class is taken for which, see `views.confusion`."""
        return confusion.draw(confusion.compute(self._trained, seed=seed, part=part))

    def mistakes(self, *, seed: int | None = None, part: Part | None = None) -> Figure:
        """Draw the surest wrong rows, see `views.mistakes`."""
        return mistakes.draw(mistakes.compute(self._trained, seed=seed, part=part))

    def reconstructions(
        self, *, seed: int | None = None, rows: Sequence[int] | None = None
    ) -> Figure:
        """Draw images beside what an autoencoder makes of them, see `views.reconstructions`."""
        return reconstructions.draw(reconstructions.compute(self._trained, seed=seed, rows=rows))

    def codes(self, *, seed: int | None = None) -> Figure:
        """Draw where an autoencoder puts the examples, see `views.codes`."""
        return codes.draw(codes.compute(self._trained, seed=seed))

    def latent_grid(
        self, *, seed: int | None = None, side: int = 12, draws: int | None = None
    ) -> Figure:
        """Draw what a decoder makes of codes, see `views.latent_grid`."""
        arrays = latent_grid.compute(self._trained, seed=seed, side=side, draws=draws)
        return latent_grid.draw(arrays)

    def filters(self, *, seed: int | None = None, block: int = 0) -> Figure:
        """Draw the kernels of a convolution, see `views.filters`."""
        return filters.draw(filters.compute(self._trained, seed=seed, block=block))

    def feature_maps(self, *, seed: int | None = None, rows: Sequence[int] | None = None) -> Figure:
        """Draw what each convolution makes of some images, see `views.feature_maps`."""
        return feature_maps.draw(feature_maps.compute(self._trained, seed=seed, rows=rows))

    def hidden_lines(self, *, seed: int | None = None) -> Figure:
        """Draw the lines of the first-layer units, see `views.hidden_lines`."""
        return hidden_lines.draw(hidden_lines.compute(self._trained, seed=seed))

    def hidden_space(
        self, *, seed: int | None = None, units: Sequence[int] | None = None
    ) -> Figure:
        """Draw the examples with hidden units as coordinates, see `views.hidden_space`."""
        return hidden_space.draw(hidden_space.compute(self._trained, seed=seed, units=units))

    def switches(self, *, seed: int | None = None, resolution: int = 501) -> Figure:
        """Draw where the hidden units switch, see `views.switches`."""
        arrays = switches.compute(self._trained, seed=seed, resolution=resolution)
        return switches.draw(arrays)

    def parameters(self, *, bins: int = parameters.N_BINS) -> Figure:
        """Draw histograms of weights and biases, see `views.parameters`."""
        return parameters.draw(parameters.compute(self._trained, bins=bins))

    def units(self, *, seed: int | None = None) -> Figure:
        """Draw the activity of the hidden units, see `views.units`."""
        return units.draw(units.compute(self._trained, seed=seed))
