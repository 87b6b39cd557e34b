"""The verdict on an atlas in words and as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from learnscope.measures.atlas.result import WORDS, Choice, PointVerdict, Trial, Word
from learnscope.measures.comparison.difference import p_text
from learnscope.measures.percent import with_error
from learnscope.sweeps.sweep import describe

COLUMNS = (
    "verdict", "points", "error", "noise", "best fit above it", "optimiser", "new rows", "example",
)  # fmt: skip
"""Heads of the table: medians over the points of a word, then the point with the least error."""


def amount(value: float, metric: str) -> str:
    """Return an error as text: per cent of labels, or a squared error with three digits."""
    if not math.isfinite(value):
        return "-"
    return f"{round(100 * value, 1) + 0.0:.1f} %" if metric == "accuracy" else f"{value:.3g}"


def measured(value: float, error: float, metric: str) -> str:
    """Return an error with its standard error."""
    if not math.isfinite(value):
        return "-"
    if not math.isfinite(error):
        return amount(value, metric)
    if metric == "accuracy":
        return f"{with_error(100 * value, 100 * error)} %"
    return with_error(value, error)


def table_rows(points: Sequence[PointVerdict], metric: str) -> tuple[tuple[str, ...], ...]:
    """Return a row for each word that stands, that of most points first, see `COLUMNS`."""
    counts = Counter(p.word for p in points)
    return tuple(
        _row(word, [p for p in points if p.word == word], metric)
        for word, _ in counts.most_common()
    )


def _row(word: Word, points: Sequence[PointVerdict], metric: str) -> tuple[str, ...]:
    floors = [p.floor for p in points if p.floor is not None]
    names = ("error", "deficit", "optimisation", "gap")
    error, *rest = (_median([getattr(p, name) for p in points]) for name in names)
    lowest = min(points, key=lambda p: p.error if math.isfinite(p.error) else math.inf)
    return (
        word,
        str(len(points)),
        amount(error, metric),
        amount(_median(floors), metric) if floors else "not known",
        *(amount(value, metric) for value in rest),
        describe(dict(lowest.settings)) or "-",
    )


def _median(values: Sequence[float]) -> float:
    known = sorted(v for v in values if math.isfinite(v))
    return known[len(known) // 2] if known else math.nan


def counts_sentence(points: Sequence[PointVerdict]) -> str:
    """Say how many points have which word, with the meaning of the commonest."""
    if len(points) == 1:
        return f"This setting is {points[0].word}: {WORDS[points[0].word]}."
    counts = Counter(p.word for p in points)
    first, *others = counts.most_common()
    text = f"{first[1]} of {_points(len(points))} {_are(first[1])} {first[0]} ({WORDS[first[0]]})"
    if others:
        text += ", " + ", ".join(f"{n} {_are(n)} {word}" for word, n in others)
    return text + "."


def _p(p: float) -> str:
    text = p_text(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _points(n: int) -> str:
    return "1 point" if n == 1 else f"{n} points"


def parts_sentence(point: PointVerdict, metric: str, part: str) -> str:
    """Say of what the error of a point is made."""
    floor = (
        "a floor that is not known (0 is taken)"
        if point.floor is None
        else f"{amount(point.floor, metric)} of noise"
    )
    standard = measured(point.error, point.standard_error, metric)
    lost = f" ({point.lost} of {point.n + point.lost} members were lost)" if point.lost else ""
    share = "" if metric == "accuracy" else " (mean squared)"
    return (
        f"Its {part} error{share} of {standard}{lost} is made of {floor}, "
        f"{_signed(point.deficit, metric)} from there to the best fit of the training rows, "
        f"{_signed(point.optimisation, metric)} from that fit to what the optimiser reached, and "
        f"{_signed(point.gap, metric)} from training rows to others."
    )


def _signed(value: float, metric: str) -> str:
    # Adding 0 after rounding turns -0 into 0.
    return f"{round(100 * value, 1) + 0.0:+.1f} %" if metric == "accuracy" else f"{value:+.3g}"


def choice_sentences(
    choice: Choice, by_number: Mapping[int, PointVerdict], metric: str, problems: int
) -> list[str]:
    """Name the best and the smallest point, and say what choosing among many does to an error."""
    best, smallest = by_number[choice.best], by_number[choice.smallest]
    if len(by_number) == 1:
        return []
    where = (
        f"Of {problems} settings of the problem, {describe(dict(choice.problem))} leaves most to "
        "gain. There the"
        if problems > 1
        else "The"
    )
    found = [
        f"{where} best setting is {_named(best)} ({best.word}), with an "
        f"error of {measured(best.error, best.standard_error, metric)} over {best.n} "
        f"{'seed' if best.n == 1 else 'seeds'}."
    ]
    if math.isfinite(choice.honest) and choice.compared > 1:
        found.append(
            f"It is the best of {choice.compared} on the seeds that chose it, which flatters it: "
            f"chosen without the seed it is judged on, the best has "
            f"{measured(choice.honest, choice.honest_error, metric)}."
        )
    if choice.behind is not None:
        found.append(
            f"The smallest that is not significantly worse is {_named(smallest)}, with "
            f"{smallest.parameters:.0f} parameters for {best.parameters:.0f}: "
            f"{_signed(choice.behind.value, metric)} "
            f"({_signed(choice.behind.low, metric)} to {_signed(choice.behind.high, metric)}; "
            f"paired over {choice.behind.n} seeds, {_p(choice.behind.p)}; within one "
            "standard error of the best)."
        )
    elif choice.compared > 1:
        found.append("No smaller setting is as good.")
    return found


def _named(point: PointVerdict) -> str:
    return describe(dict(point.settings))


def fresh_sentence(fresh: float, error: float, seeds: int, metric: str, fixed: bool) -> str:
    """Say what fresh seeds say of the best point, "" where there were none.

    Args:
        fresh: mean error on them.
        error: its standard error.
        seeds: how many.
        metric: what errors are.
        fixed: whether all seeds have the same data.
    """
    if not math.isfinite(fresh):
        return ""
    same = " (other first weights on the same data, whose seeds are fixed)" if fixed else ""
    return (
        f"Trained again on {seeds} fresh seeds{same} its error is {measured(fresh, error, metric)}."
    )


def trials_sentence(trials: Sequence[Trial], metric: str) -> str:
    """Say which proposals help beyond chance, and which were not tried; "" of none."""
    tried = [t for t in trials if not t.left_out]
    helping = [t for t in tried if t.gain is not None and t.gain.clear and t.gain.value > 0]
    found = []
    if helping:
        each = "; ".join(
            f"{t.change} ({amount(t.before, metric)} to {amount(t.after, metric)})" for t in helping
        )
        found.append(
            f"Of {_changes(len(tried))} tried on fresh seeds, these help beyond chance: {each}."
        )
    elif tried:
        found.append(
            f"Of {_changes(len(tried))} tried on fresh seeds, none brings a gain that could be "
            "told from chance; more seeds tell more."
        )
    if others := [t.change for t in trials if t.left_out]:
        found.append(f"Proposed and not tried: {'; '.join(others)}.")
    return " ".join(found)


def _changes(n: int) -> str:
    return "1 change" if n == 1 else f"{n} changes"


def trial_note(trial: Trial) -> str:
    """Return the flags of a proposal, its reason, and why it was not tried where it was not."""
    flags = " ".join(f"--{path} {value}" for path, value in trial.overrides.items())
    left = f" Not tried: {trial.left_out}." if trial.left_out else ""
    return f"{trial.change}: {flags}. {trial.because}{left}"


def nothing_to_change(point: PointVerdict, trials: Sequence[Trial]) -> str:
    """Say why there are no proposals, "" where there are some."""
    if trials:
        return ""
    if point.floor is None:
        return "Nothing that these amounts show is left to change; the floor is not known."
    if point.word in {"at the ceiling", "noise-limited"}:
        return "Nothing is left to change: less noise in the data is all that could bring more."
    return "No single change is worth a trial by these amounts."


def trial_cells(trial: Trial, metric: str) -> tuple[str, str, str, str]:
    """Return error before and after, the gain with its interval, and what that says."""
    if trial.gain is None:
        return "-", "-", "-", "not tried" if trial.left_out else "no two seeds live"
    gain = trial.gain
    low, high = _signed(gain.low, metric), _signed(gain.high, metric)
    word = ("helps" if gain.value > 0 else "worse") if gain.clear else "not shown"
    return (
        amount(trial.before, metric),
        amount(trial.after, metric),
        f"{_signed(gain.value, metric)} ({low} to {high})",
        f"{word} ({_p(gain.p)}, {gain.n} seeds)",
    )
