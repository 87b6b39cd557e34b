"""Carried state: what a recurrent network gains, or loses, from the past before its window.

A row begins with a state of 0. Carried on, the state of one window is where the next one begins,
from the start of the series: the training part is then the warm-up of the test part (T47).
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.measures.forecast import windows_of
from learnscope.measures.scores import judged_part, mean_squared_error
from learnscope.models.recurrent_network import RecurrentNetwork
from learnscope.trained import Trained
from learnscope.training.split import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class CarriedState:
    """Errors on the same targets, in the units of the series.

    Attributes:
        rows: how many windows were compared.
        reset: mean squared error where the state begins at 0 with each window.
        carried: the same where it goes on from the window before.
    """

    rows: int
    reset: float
    carried: float


def carried_state(trained: Trained, *, part: Part | None = None) -> CarriedState:
    """Compare both on windows of a part that follow each other without a gap.

    Args:
        trained: a recurrent member on the problem `series`.
        part: whose windows are judged; left out, the test.

    Raises:
        InputError: it is none, or there are no such windows.
    """
    part = part or judged_part(trained.member)
    rows = consecutive_rows(trained)
    judged = np.isin(rows, getattr(trained.member.rows, part))
    if not judged.any():
        raise InputError(
            f"carried state needs a window of the {part} part among those that follow each other "
            "from the first one, and there is none. Use shorter windows or a larger part."
        )
    x, y = trained.member.sample.x[rows], trained.member.sample.y[rows]
    reset, carried = trained.output(x), carried_outputs(trained, x)
    return CarriedState(
        rows=int(judged.sum()),
        reset=mean_squared_error(reset[judged], y[judged]),
        carried=mean_squared_error(carried[judged], y[judged]),
    )


def consecutive_rows(trained: Trained) -> Ints:
    """Return the rows whose windows follow each other without gap or overlap, from the first."""
    windows = windows_of(trained)
    if windows.window % windows.stride:
        raise InputError(
            f"carried state needs windows that follow each other: problem.window "
            f"({windows.window}) must be a multiple of problem.stride ({windows.stride})."
        )
    return np.arange(0, windows.n_rows, windows.window // windows.stride)


def carried_outputs(trained: Trained, x: Array) -> Array:
    """Return the outputs (m, k) for windows (m, w) that follow each other, the state going on.

    Raises:
        InputError: the network has no state that could go on.
    """
    import torch

    from learnscope.models.modules import as_dtype, build_module
    from learnscope.models.recurrent_module import RecurrentModule

    network, parameters = trained.member.network, trained.result.parameters
    if not isinstance(network, RecurrentNetwork) or network.cells.both_ways:
        kind = trained.member.experiment.model.kind_name()
        raise InputError(
            "carried state needs the model 'recurrent' in one direction, and this is "
            f"{kind if not isinstance(network, RecurrentNetwork) else 'one of both'!r}."
        )
    dtype = as_dtype(str(next(iter(parameters.values())).dtype))
    module = build_module(network, parameters, dtype)
    assert isinstance(module, RecurrentModule)
    features = torch.from_numpy(np.array(trained.member.chain.apply(x))).to(dtype)
    states, outputs = None, []
    with torch.no_grad():
        for row in features:
            output, states = module.carry(row[None], states)
            outputs.append(output.numpy())
    return trained.member.head.decode(np.concatenate(outputs))
