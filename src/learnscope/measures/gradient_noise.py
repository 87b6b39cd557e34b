"""How far the gradient of a batch is from the gradient of all rows, S4.26.

With batches drawn with replacement the batch gradient is the mean of B independent draws, so that
the root mean square of its error falls as 1 / sqrt(B).
"""

from collections.abc import Sequence

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.trained import Trained


def relative_noise(trained: Trained, batches: Sequence[int], draws: int, seed: int = 0) -> Array:
    """Return sqrt(mean ||g_B - g||^2) / ||g|| for each batch size, at the first weights.

    Args:
        trained: the member; its first weights are those the gradient is taken at.
        batches: the sizes, in rows.
        draws: batches drawn of each size, with replacement.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    n = len(trained.member.parts["train"].x)
    each = row_gradients(trained)  # (n, p)
    whole = each.mean(axis=0)
    result = []
    for size in batches:
        errors = [
            np.sum((each[rows].mean(axis=0) - whole) ** 2) for rows in _drawn(rng, n, size, draws)
        ]
        result.append(np.sqrt(np.mean(errors)) / np.linalg.norm(whole))
    return np.array(result)


def row_gradients(trained: Trained) -> Array:
    """Return the gradient (n, p) of the loss of each training row alone, at the first weights."""
    import torch

    from learnscope.training.module import build_module

    member = trained.member
    module = build_module(member.network, member.initial, torch.float64)
    part, loss = member.parts["train"], member.experiment.training.loss
    x = torch.tensor(part.x, dtype=torch.float64)
    y = torch.tensor(part.y, dtype=torch.int64 if part.y.dtype == np.int64 else torch.float64)
    rows = []
    for i in range(len(x)):
        total, count = loss.tensor(module(x[i : i + 1]), y[i : i + 1], None)
        grads = torch.autograd.grad(total / count, list(module.parameters()))
        rows.append(torch.cat([g.reshape(-1) for g in grads]).numpy())
    return np.stack(rows)


def _drawn(rng: np.random.Generator, n: int, size: int, draws: int) -> list[Ints]:
    return [rng.integers(0, n, size) for _ in range(draws)]
