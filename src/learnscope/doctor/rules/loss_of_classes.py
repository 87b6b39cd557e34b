"""Losses of classes that pass a class over, tilt towards one, or hardly tell answers apart.

- Passed over: the slope of the loss is exactly 0 in every row of a class, for two random outputs,
  while other rows have one: a weight of 0, an ignored class, a hinge loss on 0 and 1 (for t = 0,
  max(0, 1 - o t) is 1 whatever o is). Exact.
- Tilted: as many rows of each class have 1 / k as the best constant answer of a loss that weighs
  them alike; what it answers else are the weights. Those times the shares p_c of the classes, made
  to sum to 1, are what is asked for: p_c with equal weights, 1 / k with weights that balance, and
  everything between is a choice. A class beyond both by more than 0.1, twice the difference of
  scores that counts, is asked for more often than either says.
- Flat: from no answer (all classes alike) to the best one the loss falls by less than a tenth.
  With smoothing a of k classes that is from log k to the entropy of 1 - a + a / k beside k - 1
  times a / k: for k = 10 a fall of 78 % at a = 0.1, 27 % at 0.5, and 2 % at 0.9.
The last two speak only where the outcome is poor and the plain loss is better.
"""

from __future__ import annotations

import copy
import functools
import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.free_fit import SPACES, free_fit
from learnscope.doctor.rules.reduction import library_loss
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids
from learnscope.doctor.trial import Apply

ROWS_OF_EACH, MOST_CLASSES = 8, 100
TILT, FALL = 0.1, 0.1
STEPS, RATE = 300, 0.1
OPTIONS: dict[str, object] = {
    "weight": None, "pos_weight": None, "ignore_index": -100, "label_smoothing": 0.0,
}  # fmt: skip
"""Options of losses that give classes unequal weight, and their defaults."""


class PassedOver(Rule):
    """A class whose rows have no part in the loss."""

    slugs = ("wrong-loss",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        if not _is_of_classes(case):
            return []
        slopes = _slopes(case.setup, case)
        if slopes is None:
            return []
        still = [c for c, slope in slopes.items() if slope == 0]
        if not still or len(still) == len(slopes):
            return []
        ids = class_ids(case.setup.y, case.task)
        n = int(sum((ids == c).sum() for c in still))
        names = ", ".join(map(str, still[:6]))
        return [
            Suspicion(
                slug="wrong-loss",
                title=f"The loss passes over class {names}: {n} of {len(ids)} rows have no part "
                "in it",
                evidence=(
                    Evidence(what="greatest slope of the loss in rows of these classes", value=0.0,
                             limit="> 0"),
                    Evidence(what="of other classes", value=max(slopes.values())),
                ),
                why="A row without a slope in the loss changes no weight. Nothing is learned of "
                "these classes: a weight of 0, an ignore_index that is a class, or targets of "
                "another coding than the loss's, such as 0 and 1 for a hinge loss.",
                changes=(*_coded(case), *_plain(case)),
                alone=True,
            )
        ]  # fmt: skip


class Tilted(Rule):
    """Weights that ask for a class more often than its share and than balance."""

    slugs = ("wrong-loss",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if not _is_of_classes(case):
            return []
        weights = _weights(case)
        if weights is None:
            return []
        ids = class_ids(case.setup.y, case.task)
        shares = torch.bincount(ids, minlength=len(weights)).double() / len(ids)
        asked = weights * shares / float((weights * shares).sum())
        even = torch.full_like(shares, 1 / len(shares))
        over = asked - torch.maximum(shares, even)
        worst = int(over.argmax())
        if float(over[worst]) <= TILT:
            return []
        return [
            Suspicion(
                slug="wrong-loss",
                title=f"The weights of the loss tilt it towards class {worst}",
                evidence=(
                    Evidence(what=f"probability of class {worst} that is asked for",
                             value=float(asked[worst]), limit=float(
                                 torch.maximum(shares, even)[worst]) + TILT),
                    Evidence(what="its share of the rows", value=float(shares[worst])),
                    Evidence(what="its weight over the mean weight",
                             value=float(weights[worst] / weights.mean())),
                ),
                why="A plain loss asks for the classes as often as they are there, and weights "
                "n / (k n_c) for each alike. Beyond both, rows of other classes are answered "
                "with this one because errors on it cost too much.",
                changes=_plain(case),
            )
        ]  # fmt: skip


class Flat(Rule):
    """A loss that hardly falls from no answer to the best one."""

    slugs = ("wrong-loss",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if not _is_of_classes(case):
            return []
        fit = free_fit(case, case.setup.loss)
        if fit is None or fit.first <= 0 or not math.isfinite(fit.last):
            return []
        fall = 1 - fit.last / fit.first
        if not 0 <= fall < FALL:
            return []
        return [
            Suspicion(
                slug="wrong-loss",
                title="The loss hardly tells the best answer from none",
                evidence=(
                    Evidence(what="loss of equal scores", value=fit.first),
                    Evidence(what="least loss, of free scores", value=fit.last),
                    Evidence(what="fall from the one to the other", value=fall, limit=FALL),
                ),
                why="Smoothing a puts the share a of every target on all classes alike: the right "
                "class is asked for with 1 - a + a / k only. Near a = 1 all answers cost about "
                "the same, and what is left of the slope is lost in the noise of the batches.",
                changes=_plain(case),
            )
        ]


def _is_of_classes(case: Case) -> bool:
    return case.is_plain and case.task.kind in ("classes", "binary")


def _space(case: Case) -> Any:
    return SPACES.get(case.closing, SPACES[""])


def _slopes(setup: Setup, case: Case) -> dict[int, float] | None:
    """Return class -> greatest slope of the loss in its rows; None where it cannot be taken."""
    ids = class_ids(setup.y, case.task)
    classes = torch.unique(ids).tolist()
    if not 2 <= len(classes) <= MOST_CLASSES:
        return None
    rows = torch.cat([(ids == c).nonzero()[:ROWS_OF_EACH, 0] for c in classes])
    shape = (len(rows), *case.output.shape[1:])
    found = torch.zeros(len(rows))
    with quiet():
        for _ in range(2):
            free = torch.randn(shape, dtype=case.output.dtype, requires_grad=True)
            try:
                value = setup.loss(_space(case)(free), setup.y[rows])
                (slope,) = torch.autograd.grad(value.sum(), free)
            except (RuntimeError, ValueError, IndexError, TypeError):
                return None
            found += slope.abs().reshape(len(rows), -1).sum(dim=1).float()
    if not bool(torch.isfinite(found).all()):
        return None
    return {int(c): float(found[ids[rows] == c].max()) for c in classes}


def _weights(case: Case) -> Tensor | None:
    """Return the best constant answer (k,) for equally many rows of each class."""
    ids = class_ids(case.setup.y, case.task)
    classes = torch.unique(ids).tolist()
    width = max(2, case.output[0].numel())
    if len(classes) < 2 or classes != list(range(width)) or width > MOST_CLASSES:
        return None
    n = min(ROWS_OF_EACH, *(int((ids == c).sum()) for c in classes))
    rows = torch.cat([(ids == c).nonzero()[:n, 0] for c in classes])
    space, y = _space(case), case.setup.y[rows]
    with quiet():
        free = torch.zeros((1, *case.output.shape[1:]), dtype=case.output.dtype)
        free.requires_grad_()
        optimizer = torch.optim.Adam([free], lr=RATE)
        for _ in range(STEPS):
            try:
                value = case.setup.loss(space(free.expand(len(y), *free.shape[1:])), y)
                optimizer.zero_grad()
                value.sum().backward()
            except (RuntimeError, ValueError, IndexError, TypeError):
                return None
            optimizer.step()
    scores = free.detach().double().reshape(-1)
    if not bool(torch.isfinite(scores).all()):
        return None
    if len(scores) == 1:
        p = torch.sigmoid(scores)
        return torch.cat([1 - p, p])
    return torch.softmax(scores, dim=0)


def _plain(case: Case) -> tuple[tuple[str, Apply], ...]:
    """Return changes to the loss without weights, ignored classes and smoothing."""
    loss = case.setup.loss
    set_options = _options(loss)
    if set_options:
        words = ", ".join(f"{name}={OPTIONS[name]}" for name in set_options)
        change = f"Leave {', '.join(set_options)} of the loss at the default: {words}."
        return ((change, lambda s: replace(s, loss=_unweighted(s.loss))),)
    change = "Use the library's loss without weights: cross_entropy, or "
    change += "binary_cross_entropy_with_logits."
    return ((change, library_loss(case.closing)),)


def _options(loss: Any) -> list[str]:
    """Return the options of a loss that are set, of those that weigh classes."""
    given = loss.keywords if isinstance(loss, functools.partial) else getattr(loss, "__dict__", {})
    buffers = dict(loss.named_buffers()) if isinstance(loss, nn.Module) else {}
    found = {**given, **buffers}
    return [
        name
        for name, usual in OPTIONS.items()
        if found.get(name) is not None and (isinstance(found[name], Tensor) or found[name] != usual)
    ]


def _unweighted(loss: Any) -> Any:
    names = _options(loss)
    if isinstance(loss, functools.partial):
        kept = {k: v for k, v in loss.keywords.items() if k not in names}
        return functools.partial(loss.func, *loss.args, **kept)
    own = copy.deepcopy(loss)
    for name in names:
        setattr(own, name, OPTIONS[name])
    return own


def _coded(case: Case) -> tuple[tuple[str, Apply], ...]:
    """Return the change to targets of -1 and 1, where it gives every class a slope."""
    y = case.setup.y
    if case.task.kind != "binary" or set(torch.unique(y).tolist()) != {0, 1}:
        return ()

    def apply(setup: Setup) -> Setup:
        test = None if setup.y_test is None else 2 * setup.y_test - 1
        return replace(setup, y=2 * setup.y - 1, y_test=test)

    slopes = _slopes(apply(case.setup), case)
    if slopes is None or min(slopes.values()) == 0:
        return ()
    return (("Code the targets as -1 and 1: 2 * y - 1.", apply),)
