"""The verdict on a run: one word and a sentence, derived from measured facts."""

import math
from dataclasses import dataclass

from learnscope.measures.facts import Facts
from learnscope.measures.spread import decimals, spread

AT_CEILING = 0.02
"""Error above that of the true target on the same rows up to which a problem counts as solved; one
test row counts too, where it is worth more. Where the target is not known, the error itself."""

GAP = 0.05
"""Test error above the training error, and training error above the floor, beyond which a model
counts as overfitted or underfitted; for the former, twice the standard error of the test counts
too, where it is larger."""

FALLING = 0.02
"""Share of the loss lost in the last tenth of the epochs beyond which training is unfinished."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of a run.

    Attributes:
        word: "Untrained", "Diverged", "Dead", "Solved", "Good", "Overfitted", "Unfinished",
            "Underfitted" or "Fitted" (no test rows).
        sentence: why, with the numbers.
    """

    word: str
    sentence: str


def verdict(facts: Facts) -> Verdict:
    """Return the verdict on a run."""
    word = verdict_word(facts)
    sentence = _SENTENCES[word](facts)
    if word not in {"Diverged", "Dead"} and len(facts.summary.alive) < facts.summary.n:
        sentence += f" {facts.summary.sentence()}"
    return Verdict(word=word, sentence=sentence)


def verdict_word(facts: Facts) -> str:
    """Return the word of the verdict, see `Verdict`."""
    if facts.experiment.training.epochs == 0:
        return "Untrained"
    if not facts.summary.alive:
        return "Diverged" if facts.summary.diverged else "Dead"
    floor = facts.floor_error or 0.0
    deficit = facts.train_error - floor
    if facts.part != "train":
        if facts.floor_error is None:
            near, excess = "Good", facts.test_error
        else:
            near, excess = "Solved", facts.excess
        if excess <= max(AT_CEILING, 1 / facts.rows(facts.part)):
            return near
        # Where both errors are large, the larger one is named.
        if facts.gap > max(GAP, 2 * facts.noise, deficit):
            return "Overfitted"
    if deficit > GAP:
        return "Unfinished" if facts.fall > FALLING else "Underfitted"
    return "Good" if facts.part != "train" else "Fitted"


def score_text(facts: Facts, value: float, part: str | None = None) -> str:
    """Write an accuracy with the digits its rows can carry, or a mean squared error.

    A part names the rows that were counted; without one the judged part is meant.
    """
    if not math.isfinite(value):
        return "none"
    if facts.metric == "mse":
        return f"{value:.3g}"
    n = len(getattr(facts.trained[0].member.rows, part or facts.part))
    return f"{100 * value:.{max(0, decimals(n) - 2)}f} %"


def _score(facts: Facts, part: str) -> str:
    middle = facts.spread(f"{part}_{facts.metric}")
    text = score_text(facts, middle.median, part)
    if middle.n > 1:
        low, high = (score_text(facts, v, part) for v in (middle.low, middle.high))
        text += f" (median; {low} to {high})"
    kind = "accuracy" if facts.metric == "accuracy" else "mean squared error"
    named = {"train": "training", "validation": "validation", "test": "test"}[part]
    return f"{named} {kind} {text}"


def _both(facts: Facts) -> str:
    if facts.part == "train":
        return _score(facts, "train")
    return f"{_score(facts, facts.part)}, {_score(facts, 'train')}"


def _limit(facts: Facts) -> str:
    if facts.ceiling is None:
        return "the best possible score is not known for these data"
    best = facts.ceiling.best
    text = f"{100 * best:.1f} %" if facts.metric == "accuracy" else f"{best:.3g}"
    return f"the best possible model expects {text} ({facts.ceiling.how})"


def _untrained(facts: Facts) -> str:
    by_hand = facts.experiment.model.weights is not None
    source = "set by hand" if by_hand else "as they were drawn"
    return f"Nothing was trained: the weights are {source}. They give {_both(facts)}."


def _lost(facts: Facts) -> str:
    bad = next(h for h in facts.health if not h.alive)
    which = "The member" if len(facts.health) == 1 else f"Seed {bad.seed}, the first of them,"
    failed = "diverged" if bad.diverged else "is dead"
    return f"{facts.summary.sentence()} {which} {failed}: {bad.reason.rstrip('.')}."


def _solved(facts: Facts) -> str:
    assert facts.target_scores is not None
    own = score_text(facts, spread(facts.target_scores).median)
    return (
        f"The model is at the ceiling: {_score(facts, facts.part)}, where the true target itself "
        f"has {own} on the same rows; {_limit(facts)}."
    )


def _good(facts: Facts) -> str:
    return f"The model does well: {_both(facts)}; {_limit(facts)}."


def _overfitted(facts: Facts) -> str:
    return (
        f"The model knows its training rows much better than others: {_both(facts)}; "
        f"{_limit(facts)}."
    )


def _unfinished(facts: Facts) -> str:
    return (
        f"Training ended while the loss was still falling ({100 * facts.fall:.0f} % in the last "
        f"tenth of the epochs): {_both(facts)}; {_limit(facts)}."
    )


def _underfitted(facts: Facts) -> str:
    return (
        "Not even the training rows are fitted, and the loss hardly moved any more "
        f"({100 * max(facts.fall, 0):.1f} % in the last tenth of the epochs): {_both(facts)}; "
        f"{_limit(facts)}."
    )


def _fitted(facts: Facts) -> str:
    return f"The training rows are fitted: {_score(facts, 'train')}. There are no test rows."


_SENTENCES = {
    "Untrained": _untrained,
    "Diverged": _lost,
    "Dead": _lost,
    "Solved": _solved,
    "Good": _good,
    "Overfitted": _overfitted,
    "Unfinished": _unfinished,
    "Underfitted": _underfitted,
    "Fitted": _fitted,
}
