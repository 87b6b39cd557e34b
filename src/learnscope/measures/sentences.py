"""The sentences of a verdict, one for each of its words, with the numbers."""

import math

from learnscope.measures.facts import Facts, last_part
from learnscope.measures.few_rows import PART_WORDS, interval, judged_rows, rows_text, too_few
from learnscope.measures.percent import percent
from learnscope.measures.spread import spread


def score_text(
    facts: Facts, value: float, part: str | None = None, like: float | None = None
) -> str:
    """Write an accuracy with the digits its rows can carry, or a mean squared error.

    A part names the rows that were counted; without one the judged part is meant. `like` is the
    accuracy whose digits are taken, its own where left out.
    """
    if not math.isfinite(value):
        return "none"
    if facts.metric == "mse":
        return f"{value:.3g}"
    n = len(getattr(facts.trained[0].member.rows, part or facts.part))
    return percent(value, n, like)


def _score(facts: Facts, part: str) -> str:
    middle = facts.spread(f"{part}_{facts.metric}")
    text = score_text(facts, middle.median, part)
    if middle.n > 1:
        low, high = (score_text(facts, v, part, middle.median) for v in (middle.low, middle.high))
        text += f" (median; {low} to {high})"
    kind = "accuracy" if facts.metric == "accuracy" else "mean squared error"
    return f"{PART_WORDS[part]} {kind} {text}"


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


def notes(facts: Facts, word: str) -> str:
    """Return further sentences: a baseline that is not beaten, a rare class, few rows."""
    text = ""
    if facts.simpler is not None and facts.part != "train" and word not in _ALREADY_COMPARED:
        how = "does better" if facts.simpler.better else "does as well"
        if word == "Solved":
            how = "gets there too"
        score = score_text(facts, facts.simpler.score)
        text += f" A plain baseline {how}: {facts.simpler.name}, {score} on the same rows."
    rare = facts.rare
    if rare is not None and not rare.missed:
        text += (
            f" The rare class {rare.name!r} is found in {100 * rare.recall:.0f} % of its "
            f"{rows_text(rare.rows, rare.part)} (balanced accuracy {100 * rare.balanced:.0f} %)."
        )
    if facts.part != "train" and word != "Unclear" and too_few(facts):
        text += f" The {facts.part} is small: {interval(facts)}."
    return text


_ALREADY_COMPARED = {"Matched", "Beaten", "Unclear", "One-sided"}


def _unclear(facts: Facts) -> str:
    text = _both(facts)
    return (
        f"The {facts.part} is too small to judge the model: {interval(facts)}. "
        f"{text[:1].upper()}{text[1:]}."
    )


def _one_sided(facts: Facts) -> str:
    rare = facts.rare
    assert rare is not None
    majority = facts.baselines[0].spread.median
    return (
        f"The model {'misses' if rare.recall else 'never finds'} the rare class {rare.name!r} "
        f"({100 * rare.share:.1f} % of the training rows): it labels {100 * rare.recall:.0f} % of "
        f"its {rows_text(rare.rows, rare.part)} right, a balanced accuracy of "
        f"{100 * rare.balanced:.0f} %. The {_both(facts)} hide that; always answering the "
        f"commonest class has {score_text(facts, majority)}."
    )


def _compared(facts: Facts) -> str:
    found = facts.simpler
    assert found is not None
    kind = "accuracy" if facts.metric == "accuracy" else "mean squared error"
    score, own = (score_text(facts, v) for v in (found.score, found.own))
    return f"{found.name} has {score}, the model {own} ({PART_WORDS[facts.part]} {kind}"


def _beaten(facts: Facts) -> str:
    return (
        f"A plain baseline does better than the model: {_compared(facts)}). In full: "
        f"{_both(facts)}; {_limit(facts)}."
    )


def _matched(facts: Facts) -> str:
    return (
        f"The model is no better than a plain baseline: {_compared(facts)}; "
        f"{rows_text(judged_rows(facts), facts.part)} do not tell them apart). In full: "
        f"{_both(facts)}; {_limit(facts)}."
    )


def _distance(facts: Facts) -> str:
    unit = "of the labels" if facts.metric == "accuracy" else "of the variance"
    return f"{100 * facts.excess:.1f} % {unit} short of the true target on the same rows"


def _short(facts: Facts) -> str:
    return (
        f"The model falls short of what is possible: {_both(facts)}, {_distance(facts)}; "
        f"{_limit(facts)}."
    )


def _solved(facts: Facts) -> str:
    assert facts.target_scores is not None
    own = score_text(facts, spread(facts.target_scores).median)
    return (
        f"The model is at the ceiling: {_score(facts, facts.part)}, where the true target itself "
        f"has {own} on the same rows; {_limit(facts)}."
    )


def _good(facts: Facts) -> str:
    distance = "" if facts.floor_error is None else f", {_distance(facts)}"
    return f"The model does well: {_both(facts)}{distance}; {_limit(facts)}."


def _overfitted(facts: Facts) -> str:
    return (
        f"The model knows its training rows much better than others: {_both(facts)}; "
        f"{_limit(facts)}."
    )


def _unfinished(facts: Facts) -> str:
    return (
        f"Training ended while the loss was still falling ({100 * facts.fall:.0f} % in "
        f"{last_part(facts.experiment.training.epochs)}): {_both(facts)}; {_limit(facts)}."
    )


def _underfitted(facts: Facts) -> str:
    return (
        f"{_how_far(facts)}, and the loss hardly moved any more "
        f"({100 * max(facts.fall, 0):.1f} % in "
        f"{last_part(facts.experiment.training.epochs)}): {_both(facts)}; "
        f"{_limit(facts)}."
    )


def _how_far(facts: Facts) -> str:
    if facts.train_error > (0.25 if facts.metric == "accuracy" else 0.5):
        return "Not even the training rows are fitted"
    explained = f" ({100 * (1 - facts.train_error):.0f} % of their variance is explained)"
    return f"The training rows are fitted in part{explained if facts.metric == 'mse' else ''}"


def _stopped(facts: Facts) -> str:
    results = [t.result for t, ok in zip(facts.trained, facts.alive, strict=True) if ok]
    kept = spread([r.best_epoch for r in results]).median
    scores = [_score(facts, p) for p in ("validation", "train")]
    # With a test, the validation rows are a third number.
    if facts.part == "test":
        scores.insert(0, _score(facts, "test"))
    return (
        f"Training was stopped early, before the training rows were fitted: the loss on the "
        f"validation rows fell no more after epoch {kept:.0f} of {facts.experiment.training.epochs}"
        f"{' (median)' if len(results) > 1 else ''}. {', '.join(scores).capitalize()}; "
        f"{_limit(facts)}."
    )


def _fitted(facts: Facts) -> str:
    return f"The training rows are fitted: {_score(facts, 'train')}. There are no test rows."


SENTENCES = {
    "Untrained": _untrained,
    "Diverged": _lost,
    "Dead": _lost,
    "One-sided": _one_sided,
    "Unclear": _unclear,
    "Solved": _solved,
    "Matched": _matched,
    "Beaten": _beaten,
    "Short": _short,
    "Stopped": _stopped,
    "Good": _good,
    "Overfitted": _overfitted,
    "Unfinished": _unfinished,
    "Underfitted": _underfitted,
    "Fitted": _fitted,
}
