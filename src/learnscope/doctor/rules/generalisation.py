"""Rows known by heart, wrong labels, rare classes.

- Overfitting: training score above the test's by more than 0.1 and three standard errors, and a
  trial that stops early, decays or has a smaller model is better on test rows, or the test score is
  below that of cheap models.
- Too little data: of half the rows the test score is lower by more than 0.05: more would help.
- Label noise: ten nearest neighbours agree with fewer labels than classes of such purity would; the
  share drawn anew is about 1 - sqrt((a - c) / (1 - c)), c = sum p^2, of which 1 - c are wrong. Told
  where more training rows are right than labels can be, so that wrong ones were learned by heart,
  and leaving out rows that their neighbours contradict is better.
- Imbalance: the rarest class is more than five times rarer than the most frequent, and its recall
  is under half of the mean recall. Counts alone say nothing. Source: the taxonomy, 2.2 and 2.7.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.references import as_rows
from learnscope.doctor.rules.alignment import cheap_score
from learnscope.doctor.rules.base import Rule, Suspicion, option
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids, unique
from learnscope.doctor.trial import Apply

GAP = 0.1
RARE, RECALL = 5.0, 0.5
NOISE = 0.08
WELL = 0.7
"""Training score of a program that fits, where there are no cheap models to compare with."""


class Overfitting(Rule):
    """A gap between training and test rows."""

    slugs = ("overfitting", "too-little-data")
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        record = case.record
        test = record.scores.get("test")
        if test is None or not record.finite:
            return []
        gap = record.scores["train"] - test
        if gap <= max(GAP, 1.5 * case.margin(test)) or not fits(case):
            return []  # What is poor on its own rows does not know them by heart.
        rows = [r for r in record.progress if math.isfinite(r[3])]
        least = min((r[3] for r in rows), default=math.nan)
        last = rows[-1][3] if rows else math.nan
        rises = last > 1.2 * least if least > 0 else False
        best = record.best_epoch
        stop = max(1, int(best)) if math.isfinite(best) else case.setup.epochs
        evidence = (
            Evidence(what="training score", value=record.scores["train"]),
            Evidence(what="test score", value=test),
            Evidence(what="gap", value=gap, limit=GAP),
            Evidence(what="test loss at the end over its least", value=last / least
                     if least else 1.0, limit=1.2),
            Evidence(what="parameters for each training row",
                     value=sum(p.numel() for p in case.model.parameters()) / len(case.setup.X)),
        )  # fmt: skip
        decays = tuple(_decayed(d) for d in (1e-2, 1e-1))
        stops = (
            (
                (
                    f"Stop after epoch {stop}, where the test loss is least.",
                    lambda s: replace(s, epochs=stop),
                ),
            )
            if rises and stop < case.setup.epochs
            else ()
        )
        return [
            Suspicion(
                slug="overfitting",
                title=f"Training rows are known by heart: {record.scores['train']:.3g} there, "
                f"{test:.3g} on test rows",
                evidence=evidence,
                why="With more parameters than the rows can fix, many functions fit the training "
                "rows, and the one that was found also fits their noise. What it learned of the "
                "noise is wrong for new rows.",
                changes=(*stops, *decays),
                advice="Stop early, use weight decay or dropout, a smaller network, or more data.",
            )
        ]  # fmt: skip


def fits(case: Case) -> bool:
    """Whether the training rows are answered as well as cheap models answer new ones."""
    found, train = case.references, case.record.scores["train"]
    return train >= (WELL if found is None else case.below(found))


def _decayed(decay: float) -> tuple[str, Apply]:
    def apply(setup: Setup) -> Setup:
        groups = [
            {"params": g["params"], "lr": g["lr"], "weight_decay": decay}
            for g in setup.optimizer.param_groups
        ]
        return replace(setup, optimizer=torch.optim.AdamW(groups))

    if decay:
        return f"Use AdamW with weight_decay = {decay:g}.", apply
    return option("", weight_decay=0.0)


class LabelNoise(Rule):
    """Labels that their neighbours contradict, learned by heart."""

    slugs = ("label-noise",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if case.task.kind not in ("classes", "binary") or len(case.setup.X) < 60:
            return []
        ids = class_ids(case.setup.y, case.task).numpy()
        x = as_rows(case.setup.X)
        agree, sure = _agreement(x, ids)
        shares = np.bincount(ids) / len(ids)
        c = float((shares**2).sum())
        # Of labels that are drawn anew the share c is right by chance.
        noise = (1 - c) * (1 - math.sqrt(max(0.0, (agree - c) / (1 - c))))
        train = case.record.scores["train"]
        wrong = np.flatnonzero(sure)
        # Learned by heart: more training rows are right than the labels that can be right.
        if noise < NOISE or len(wrong) < 3 or train < 1 - noise + 0.03:
            return []
        told = cheap_score(x, ids.astype(float), regression=False)
        if told > 1 - noise + case.margin(told) / 2:
            return []  # A cheap model tells these labels better than wrong ones can be: no noise.
        return [
            Suspicion(
                slug="label-noise",
                title=f"About {100 * noise:.0f} % of the labels contradict their neighbours, and "
                f"are learned by heart",
                evidence=(
                    Evidence(what="labels that ten neighbours agree with", value=agree),
                    Evidence(what="estimated share of wrong labels", value=noise, limit=NOISE),
                    Evidence(what="training accuracy", value=train, limit=1 - noise),
                ),
                why="Labels or inputs limit the accuracy to about 1 minus that share. A network "
                "that is right on more training rows has learned wrong labels by heart, and "
                "answers so around them.",
                changes=(("Look at the listed rows: relabel them or leave them out.",
                          _without_rows(wrong)),
                         ("Stop after a fifth of the epochs.",
                          lambda s: replace(s, epochs=max(1, s.epochs // 5)))),
                rows=tuple(wrong[:20].tolist()),
            )
        ]  # fmt: skip


def _agreement(x: np.ndarray, ids: np.ndarray) -> tuple[float, np.ndarray]:
    """Return how often neighbours share a label, and which rows most of them contradict."""
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import StandardScaler

    z = StandardScaler().fit_transform(x)
    k = min(10, len(z) - 1)
    near = NearestNeighbors(n_neighbors=k + 1).fit(z).kneighbors(z)[1][:, 1:]
    votes = ids[near]
    same = votes == ids[:, None]
    majority = np.array([np.bincount(v).argmax() for v in votes])
    strength = (votes == majority[:, None]).mean(axis=1)
    return float(same.mean()), (majority != ids) & (strength >= 0.6)


def _without_rows(rows: np.ndarray) -> Apply:
    def apply(setup: Setup) -> Setup:
        kept = torch.ones(len(setup.X), dtype=torch.bool)
        kept[torch.as_tensor(rows)] = False
        return replace(setup, X=setup.X[kept], y=setup.y[kept])

    return apply


class Imbalance(Rule):
    """A rare class that is never told."""

    slugs = ("class-imbalance",)
    stage = "outcome"

    def look(self, case: Case) -> list[Suspicion]:
        if case.task.kind not in ("classes", "binary") or not case.record.finite:
            return []
        ids = class_ids(case.setup.y, case.task)
        counts = torch.bincount(ids).double()
        counts = counts[counts > 0]
        ratio = float(counts.max() / counts.min())
        if ratio <= RARE or int(counts.min()) < 3:
            return []
        rarest = int(torch.bincount(ids).double().masked_fill(torch.bincount(ids) == 0, 1e18)
                     .argmin())  # fmt: skip
        recall, mean = _recall(case, rarest)
        if recall >= RECALL * mean:
            return []
        return [
            Suspicion(
                slug="class-imbalance",
                title=f"Class {rarest}, {ratio:.0f} times rarer than the most frequent, is right "
                f"in {100 * recall:.0f} % of its rows",
                evidence=(
                    Evidence(what="rows of the most frequent class over the rarest", value=ratio,
                             limit=RARE),
                    Evidence(what="recall of the rarest class", value=recall, limit=RECALL * mean),
                    Evidence(what="mean recall", value=mean),
                ),
                why="The mean loss is that of the frequent class: answering it everywhere is right "
                "for most rows. Accuracy does not show that the rare class is never told.",
                changes=(("Weight the classes by n / (k n_c), or draw the rare class more often.",
                          _resampled),),
            )
        ]  # fmt: skip


def _recall(case: Case, label: int) -> tuple[float, float]:
    from learnscope.doctor.calls import quiet
    from learnscope.doctor.task import decided, main
    from learnscope.doctor.training import _Training

    own = case.setup.copy()
    with quiet(own.seed):
        _Training(own, case.task, own.epochs, 3.0, False).run()
        own.model.eval()
        x = own.X if own.X_test is None else own.X_test
        y = own.y if own.y_test is None else own.y_test
        with torch.no_grad():
            found = decided(main(own.model(x)), case.task).reshape(-1)
    ids = class_ids(y, case.task)
    classes = [c for c in unique(ids).tolist()]
    recalls = {c: float((found[ids == c] == c).double().mean()) for c in classes}
    return recalls.get(label, 1.0), sum(recalls.values()) / len(recalls)


def _resampled(setup: Setup) -> Setup:
    flat = setup.y.reshape(len(setup.y), -1)
    ids = flat.argmax(dim=1) if flat.shape[1] > 1 else flat[:, 0].round().long()
    ids = ids - ids.min()
    counts = torch.bincount(ids)
    most = int(counts.max())
    order = torch.Generator().manual_seed(0)
    rows = []
    for c in counts.nonzero()[:, 0].tolist():
        own = (ids == c).nonzero()[:, 0]
        rows.append(own.repeat(-(-most // len(own)))[:most])
    whole = torch.cat(rows)
    whole = whole[torch.randperm(len(whole), generator=order)]
    return replace(setup, X=setup.X[whole], y=setup.y[whole])
