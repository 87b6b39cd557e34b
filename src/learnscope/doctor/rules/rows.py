"""Outputs that depend on other rows, and inputs on which nothing depends. Exact, in eval mode.

- Changing one row changes the output of others.
- The gradient of the outputs with respect to whole columns, steps or channels is exactly 0 on three
  batches, and again after the weights were drawn anew. Of images, a quarter of the pixels must be
  without influence: kernels and pools that do not fit leave out an edge. Source: the taxonomy.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import quiet, with_softmax_over_columns
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import drawn_again, with_batch_first
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import main

SAME = 1e-5
PIXELS = 0.25


class RowsMixed(Rule):
    """Rows that see each other."""

    slugs = ("rows-mixed",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        x = case.x[:12]
        if len(x) < 4:
            return []
        moved = _moved(case.model, x, case.x)
        if moved is None or moved <= SAME:
            return []
        changes = []
        layers = [
            n for n, m in case.setup.model.named_modules()
            if isinstance(m, nn.RNNBase | nn.MultiheadAttention) and not m.batch_first
        ]  # fmt: skip
        for change, made in (
            ("Use batch_first=True in the recurrent and attention layers.", with_batch_first),
            ("Take softmax over the last axis: dim=1.", _columns),
        ):
            fixed = made(case.setup.copy())
            found = _moved(fixed.model.eval(), x, case.x)
            if found is not None and found <= SAME:
                changes.append((change, made))
        return [
            Suspicion(
                slug="rows-mixed",
                title="The output of a row depends on the other rows of its batch",
                evidence=(
                    Evidence(what="change of other rows' outputs when one row changes",
                             value=moved, limit=SAME),
                ),
                why="Rows are examples, and each must be answered by itself: an answer that "
                "depends on who else is in the batch is another one for every batch. Layers that "
                "take (steps, batch, features), softmax over dim=0 and view() over both axes do "
                "that.",
                changes=tuple(changes),
                advice="Look for a view, a permute or a dim that goes over the rows.",
                alone=True,
                layers=tuple(layers),
            )
        ]  # fmt: skip


def _moved(model: nn.Module, x: Tensor, other: Tensor) -> float | None:
    """Return how far outputs of rows move when another row is replaced, relative to their size."""
    with quiet(), torch.no_grad():
        before = main(model(x))
        changed = x.clone()
        place = len(x) // 2
        changed[place] = other[-1] if not torch.equal(other[-1], x[place]) else other[-2]
        if x.is_floating_point():
            changed[place] = changed[place] * 3 + 1
        after = main(model(changed))
    if before.shape != after.shape or len(before) != len(x):
        return None
    rest = [i for i in range(len(x)) if i != place]
    size = max(1.0, float(before.abs().max()))
    return float((before[rest] - after[rest]).abs().max()) / size


def _columns(setup: Setup) -> Setup:
    from dataclasses import replace

    return replace(setup, model=with_softmax_over_columns(setup.model))


class InputIgnored(Rule):
    """Columns, steps or channels without influence."""

    slugs = ("input-ignored",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        x = case.x
        if not x.is_floating_point() or x.dim() < 2 or not bool(torch.isfinite(x).all()):
            return []
        still = _without_influence(case.model, x)
        if still is None or not bool(still.any()) or bool(still.all()):
            return []
        again = drawn_again(case.setup.copy()).model.eval()
        other = _without_influence(again, x)
        if other is None:
            return []
        still &= other
        varies = x.std(dim=0) > 0
        share = float((still & varies).float().mean())
        parts, count = _parts(still, x)
        if not count or (x.dim() == 4 and share < PIXELS) or _is_cut_off(case, still):
            return []
        columns = tuple(still.reshape(-1).nonzero()[:50, 0].tolist())
        return [
            Suspicion(
                slug="input-ignored",
                title=f"The output does not depend on {parts}",
                evidence=(
                    Evidence(what="greatest slope of the outputs there", value=0.0, limit="> 0"),
                    Evidence(what="share of the input without influence", value=share, limit=0.0),
                ),
                why="The slope is exactly 0 on all rows, with these weights and with weights drawn "
                "anew: no path leads from there to the output. A slice, a mask or the wrong step "
                "of a sequence leaves it out.",
                advice="Look at slices and indices: read the last step of a sequence, out[:, -1].",
                alone=True,
                severity="error" if case.trouble else "warning",
                columns=columns,
            )
        ]  # fmt: skip


def _is_cut_off(case: Case, still: Tensor) -> bool:
    """Whether only the last steps of a signal (n, channels, t) are left over by strides.

    A stride of s leaves up to s - 1 of its inputs, and each later layer s times as many.
    """
    strided = (nn.Conv1d, nn.MaxPool1d, nn.AvgPool1d)
    strides = [m.stride for m in case.model.modules() if isinstance(m, strided)]
    if still.dim() != 2 or not strides:
        return False
    total = math.prod(s[0] if isinstance(s, tuple) else int(s) for s in strides)
    return not bool(still[:, : still.shape[1] - total + 1].any())


def _without_influence(model: nn.Module, x: Tensor) -> Tensor | None:
    """Return for each place of an input whether its slope is exactly 0 on three batches."""
    with quiet():
        found = torch.zeros(x.shape[1:])
        for batch in torch.split(x, max(1, len(x) // 3))[:3]:
            for _ in range(2):
                given = batch.clone() + 0.01 * torch.randn(batch.shape)
                given.requires_grad_()
                output = main(model(given))
                if not output.requires_grad:
                    return None
                weights = torch.randn(output.shape)
                (slope,) = torch.autograd.grad((output * weights).sum(), given, allow_unused=True)
                if slope is None:
                    return None
                found += slope.abs().sum(dim=0)
    return found == 0


def _parts(still: Tensor, x: Tensor) -> tuple[str, int]:
    """Say which whole columns, steps or channels are concerned."""
    if x.dim() == 2:
        n = int(still.sum())
        which = ", ".join(map(str, still.nonzero()[:6, 0].tolist()))
        return f"{n} of {x.shape[1]} columns ({which})", n
    axis = still.reshape(still.shape[0], -1).all(dim=1)
    word = "steps" if x.dim() == 3 else "channels"
    if int(axis.sum()):
        return f"{int(axis.sum())} of {len(axis)} {word}", int(axis.sum())
    if x.dim() == 3:
        other = still.all(dim=0)
        return f"{int(other.sum())} of {len(other)} features", int(other.sum())
    return f"{int(still.sum())} of {still.numel()} pixels", int(still.sum())
