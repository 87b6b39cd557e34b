"""How an output is read as an answer, where it is not the answer itself.

A loss may want scores behind a function: the log of a rate, logits of shares, a mean beside a
variance. What it wants is found without knowing it: free numbers in the place of the output are
fitted to the targets by the loss alone (`free_fit.py`), and the function of them that gives the
targets back is the reading. Where there is none, an outcome is scored by the loss itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

FAITHFUL = 0.9
"""R2 from which on a function of the fitted numbers gives the targets back: 200 steps of a fit
leave some of them on their way."""
EVEN = 1e-3

LINKS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda o: o,
    "sigmoid": torch.sigmoid,
    "exp": lambda o: o.clamp(max=50.0).exp(),
    "softplus": torch.nn.functional.softplus,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Which output column, behind which function, answers each target column.

    Attributes:
        columns: for each target column the output column and the name of a link.
        softmax: the answer is the softmax of each row; `columns` is then empty.
    """

    columns: tuple[tuple[int, str], ...] = ()
    softmax: bool = False

    def __call__(self, output: Tensor) -> Tensor:
        """Return answers (n, m) of outputs (n, p)."""
        if self.softmax:
            return torch.softmax(output, dim=1)
        return torch.stack([LINKS[link](output[:, c]) for c, link in self.columns], dim=1)


def reading_of(fitted: Tensor, y: Tensor) -> Reading | None:
    """Return how fitted outputs (r, p) give targets (r, m) back, None where they do not.

    Where several output columns do equally well, none is the answer: three quantiles, or the parts
    of a mixture.
    """
    o, t = fitted.reshape(len(fitted), -1).double(), y.reshape(len(y), -1).double()
    if not bool(torch.isfinite(o).all()) or len(o) != len(t):
        return None
    same = o.shape[1] == t.shape[1]
    shares = bool((t >= 0).all()) and bool((t.sum(dim=1) - 1).abs().max() < EVEN)
    if same and t.shape[1] > 1 and shares:
        soft = Reading(softmax=True)
        if min(_r2(soft(o)[:, j], t[:, j]) for j in range(t.shape[1])) >= FAITHFUL:
            return soft
    columns = []
    for j in range(t.shape[1]):
        best = [
            max((_r2(link(o[:, c]), t[:, j]), c, name) for name, link in LINKS.items())
            for c in ((j,) if same else range(o.shape[1]))
        ]
        good = [b for b in best if b[0] >= FAITHFUL]
        if len(good) != 1:
            return None
        columns.append((good[0][1], good[0][2]))
    return Reading(columns=tuple(columns))


def _r2(answer: Tensor, target: Tensor) -> float:
    total = float((target - target.mean()).square().mean())
    error = float((target - answer).square().mean())
    return 1 - error / total if total > 0 else float(error < EVEN)
