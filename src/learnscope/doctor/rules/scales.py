"""Inputs and targets of a scale that the network cannot work with.

- Inputs: the largest standard deviation of a column more than 20 times that of the smallest quarter
  of them (a few pixels that hardly vary are sound), a mean more than 5 sd from 0, or a median sd
  outside [0.05, 20]; the first layer normalises nothing. Speaks where the outcome is poor and
  standardised inputs are better. Never "outside [-1, 1]": pixels and one-hot columns are sound.
- Targets: |mean| or sd more than ten times what the network gives at first. The reach of Adam is
  told beside it: a weight moves by about the rate in an update. Source: the taxonomy, section 2.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import standardised, with_scaled_targets
from learnscope.doctor.rules.base import Rule, Suspicion

APART, OFF, LOW, HIGH = 20.0, 5.0, 0.05, 20.0
LARGE = 10.0
MANY, ALIKE = 8, 0.9
"""Columns of one unit: at least so many, of which this share has the same least value."""
NORMS = (
    nn.modules.batchnorm._BatchNorm,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.modules.instancenorm._InstanceNorm,
)


def columns_of(x: Tensor) -> Tensor:
    """Return inputs as (m, d): of images the channels, of sequences the features."""
    if x.dim() == 4:
        return x.transpose(1, 3).reshape(-1, x.shape[1])
    if x.dim() == 3:
        return x.reshape(-1, x.shape[2])
    return x.reshape(len(x), -1)


class UnscaledInput(Rule):
    """Inputs of very different or very large size."""

    slugs = ("unscaled-input",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        x = case.setup.X
        if not x.is_floating_point():
            return []
        first = next(
            (m for m in case.setup.model.modules()
             if next(m.parameters(recurse=False), None) is not None or isinstance(m, NORMS)), None
        )  # fmt: skip
        if isinstance(first, NORMS):
            return []
        table = columns_of(x[:5000]).double()
        mean, sd = table.mean(dim=0), table.std(dim=0, correction=0)
        varies = sd > 0
        if not bool(varies.any()):
            return []
        spread, middle = sd[varies], float(sd[varies].median())
        # One in four must be so small: the dark corners of images are no matter of units.
        small = spread.sort().values[(len(spread) - 1) // 4]
        apart = float(spread.max() / small)
        off = float((mean[varies].abs() / spread).max())
        if _of_one_unit(table[:, varies]):
            apart, off = 1.0, 0.0  # Pixels, counts, codes of 0 and 1: an empty corner is no scale.
        if apart <= APART and off <= OFF and LOW <= middle <= HIGH:
            return []
        order = torch.argsort(sd, descending=True)[:5].tolist()
        change = "Standardise the inputs with mean and sd of the training rows."
        crossed = _rows_are_scaled(x)
        if crossed:
            change = (
                "Standardise columns, not rows: (X - X.mean(0)) / X.std(0), dim=0 in place of 1."
            )
        return [
            Suspicion(
                slug="unscaled-input",
                title=("Each row has mean 0 and sd 1, and the columns have not: i" if crossed
                       else "I")
                + f"nput columns have standard deviations from {float(spread.min()):.2g} to "
                f"{float(spread.max()):.2g} and means up to {float(mean.abs().max()):.2g}",
                evidence=(
                    Evidence(what="largest sd of a column over that of the smallest quarter",
                             value=apart, limit=APART),
                    Evidence(what="greatest |mean| of a column, in its sd", value=off, limit=OFF),
                    Evidence(what="median sd", value=middle, limit=f"{LOW:g} to {HIGH:g}"),
                ),
                why="The gradient of a first-layer weight is proportional to its input: a column a "
                "thousand times as large has a thousand times the gradient, and one rate cannot "
                "suit both. Large inputs also saturate units or kill them.",
                changes=((change, standardised),),
                columns=tuple(order),
            )
        ]  # fmt: skip


def _rows_are_scaled(x: Tensor) -> bool:
    """Whether rows of a table were standardised, each by itself, in the place of columns.

    Mean and sd of every row are 0 and 1, to three digits: no table has that by chance.
    """
    if x.dim() != 2 or x.shape[1] < 3:
        return False
    mean = x.mean(dim=1).abs().max()
    sds = (x.std(dim=1), x.std(dim=1, correction=0))
    return float(mean) < 1e-3 and any(float((sd - 1).abs().max()) < 1e-3 for sd in sds)


def _of_one_unit(table: Tensor) -> bool:
    """Whether nearly all of many columns have the same least value, as pixels and codes do."""
    least = table.min(dim=0).values
    alike = (least - least.median()).abs() <= 1e-6 * (table.max() - table.min())
    return table.shape[1] >= MANY and float(alike.double().mean()) >= ALIKE


class UnscaledTarget(Rule):
    """Targets far from what the network gives."""

    slugs = ("unscaled-target",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if case.task.kind != "regression" or case.task.reconstruction:
            return []
        y = case.setup.y.double().reshape(len(case.setup.y), -1)
        size = max(float(y.mean(dim=0).abs().max()), float(y.std(dim=0).max()))
        given = max(float(case.output.double().std()), 1e-3)
        small = float(y.std(dim=0).max()) < 0.05 * given
        if size <= LARGE * given and not small:
            return []
        reach = case.lr * case.setup.n_updates
        return [
            Suspicion(
                slug="unscaled-target",
                title=f"Targets of mean {float(y.mean()):.3g} and sd {float(y.std()):.3g}, where "
                f"the network gives {given:.2g} at first",
                evidence=(
                    Evidence(what="|mean| or sd of the targets over the sd of the first outputs",
                             value=size / given, limit=LARGE),
                    Evidence(what="rate x updates, what Adam can move a weight by", value=reach,
                             limit=size),
                ),
                why="The first outputs are of size 1, and an update moves each weight by about the "
                "rate. Getting to targets of this size takes longer than the training, or, with "
                "plain descent, gives gradients as large as they are.",
                changes=(("Standardise the targets with mean and sd of the training rows, and turn "
                          "the answers back.", with_scaled_targets),),
            )
        ]  # fmt: skip
