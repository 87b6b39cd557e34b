"""The verdict on a run: one word and a sentence, derived from measured facts."""

from dataclasses import dataclass

from learnscope.measures.facts import Facts
from learnscope.measures.few_rows import judged_rows, too_few
from learnscope.measures.sentences import SENTENCES, notes

AT_CEILING = 0.02
"""Error above that of the true target on the same rows up to which a problem counts as solved; one
test row counts too, where it is worth more. Where the target is not known, the error itself."""

GAP = 0.05
"""Test error above the training error, and training error above the floor, beyond which a model
counts as overfitted or underfitted; for the former, twice the standard error of the test counts
too, where it is larger."""

UNFITTED = 0.1
"""The same for numbers: up to it the training rows have an R squared of at least 0.9, which is not
the mark of a model that cannot fit."""

FALLING = 0.02
"""Share of the loss lost in the last tenth of the epochs beyond which training is unfinished."""

FEWEST_BAD = 5
"""Judged rows below which nothing bad is said of it on their account either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What became of a run.

    Attributes:
        word: "Untrained", "Diverged", "Dead"; "One-sided" (a rare class is missed), "Unclear"
            (too few judged rows), "Solved", "Good", "Matched" or "Beaten" (by a plain baseline),
            "Short" (of the known ceiling), "Overfitted", "Unfinished", "Stopped" (early, before
            the training rows were fitted), "Underfitted" or "Fitted" (no test rows).
        sentence: why, with the numbers.
    """

    word: str
    sentence: str


def verdict(facts: Facts) -> Verdict:
    """Return the verdict on a run."""
    word = verdict_word(facts)
    sentence = SENTENCES[word](facts)
    if word not in {"Untrained", "Diverged", "Dead"}:
        sentence += notes(facts, word)
        if len(facts.summary.alive) < facts.summary.n:
            sentence += f" {facts.summary.sentence()}"
    return Verdict(word=word, sentence=sentence)


def verdict_word(facts: Facts) -> str:
    """Return the word of the verdict, see `Verdict`."""
    if facts.experiment.training.epochs == 0:
        return "Untrained"
    if not facts.summary.alive:
        return "Diverged" if facts.summary.diverged else "Dead"
    if facts.rare is not None and facts.rare.missed:
        return "One-sided"
    if facts.part == "train":
        return _unfitted(facts) or "Fitted"
    small = too_few(facts)
    if _is_near(facts):
        return "Unclear" if small else _good_word(facts, "Solved")
    if _is_overfitted(facts):
        return "Overfitted"
    return _unfitted(facts) or ("Unclear" if small else _good_word(facts, "Short"))


def _is_near(facts: Facts) -> bool:
    excess = facts.test_error if facts.floor_error is None else facts.excess
    return excess <= max(AT_CEILING, 1 / facts.rows(facts.part))


def _good_word(facts: Facts, known: str) -> str:
    """Return the word for a fit that is sound: `known` where the best possible says so."""
    if facts.floor_error is not None and (known == "Solved" or facts.excess > GAP):
        return known
    if facts.simpler is not None:
        return "Beaten" if facts.simpler.better else "Matched"
    return "Good"


def _is_overfitted(facts: Facts) -> bool:
    if judged_rows(facts) < FEWEST_BAD:
        return False
    # Where both errors are large, the larger one is named.
    return facts.gap > max(GAP, 2 * facts.noise, _deficit(facts))


def _deficit(facts: Facts) -> float:
    return facts.train_error - (facts.floor_error or 0.0)


def _unfitted(facts: Facts) -> str:
    """Return the word for training rows that are not fitted, "" where they are."""
    deficit = _deficit(facts)
    if facts.stopped:
        return "Stopped" if deficit > GAP else ""
    if deficit > GAP and facts.fall > FALLING:
        return "Unfinished"
    limit = GAP if facts.metric == "accuracy" else UNFITTED
    return "Underfitted" if deficit > limit else ""
