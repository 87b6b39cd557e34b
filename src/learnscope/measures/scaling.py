"""Whether the inputs of a network are of sizes that steps of one rate do not suit."""

from collections.abc import Sequence

import numpy as np

from learnscope.arrays import Array

RATIO = 20.0
"""Largest to smallest standard deviation of the inputs from which they count as unscaled."""

OFFSET = 5.0
"""The same for the mean of an input, in its standard deviations."""

SIZE = (0.05, 20.0)
"""Range of the median standard deviation outside which they do."""


def unscaled(x: Array, columns: Sequence[str]) -> str:
    """Return why inputs (n, d) need scaling, a sentence, "" where they do not.

    Inputs that never change are left out: they carry nothing, whatever their size.

    Args:
        x: inputs of the training rows as the network is fed them.
        columns: names of the inputs, empty where they have none.
    """
    x = np.asarray(x, dtype=np.float64)
    mean, sd = x.mean(axis=0), x.std(axis=0)
    kept = np.flatnonzero(sd > 0)
    if not len(kept):
        return ""
    names = [f"{columns[i]!r}" if len(columns) else f"number {i + 1}" for i in kept.tolist()]
    sd, offset = sd[kept], np.abs(mean[kept]) / sd[kept]
    low, high, far = int(sd.argmin()), int(sd.argmax()), int(offset.argmax())
    if sd[high] > RATIO * sd[low]:
        return (
            f"The standard deviations of the inputs run from {sd[low]:.3g} ({names[low]}) to "
            f"{sd[high]:.3g} ({names[high]}); steps of one rate do not suit all of them."
        )
    if offset[far] > OFFSET:
        return (
            f"The input {names[far]} lies {offset[far]:.3g} standard deviations from 0 in the "
            "mean; steps of its weight move all outputs together."
        )
    middle = float(np.median(sd))
    if not SIZE[0] <= middle <= SIZE[1]:
        return (
            f"The standard deviation of the inputs is {middle:.3g} (median); steps of one rate do "
            "not suit inputs of such a size."
        )
    return ""
