"""Two runs compared: which rows and seeds they share decides what can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.measures.comparison.crossed import compare_crossed
from learnscope.measures.comparison.difference import Difference, Unit
from learnscope.measures.comparison.mcnemar import compare_labels
from learnscope.measures.comparison.over_rows import compare_errors
from learnscope.measures.comparison.over_seeds import compare_seeds
from learnscope.measures.comparison.two_proportions import compare_shares
from learnscope.measures.health import is_dead
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.training.split import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class RunComparison:
    """What two runs say of each other.

    Attributes:
        metric: "accuracy" or "mean squared error".
        part: the rows that were judged.
        same_rows: whether members of one seed were judged on the same rows.
        same_data: whether all members of both runs were judged on the same rows.
        scores: mean score of the members that count, of the first and of the second run.
        members: how many those are.
        answers: one for each question that can be asked, from the narrowest to the widest.
    """

    metric: str
    part: Part
    same_rows: bool
    same_data: bool
    scores: tuple[float, float]
    members: tuple[int, int]
    answers: tuple[Difference, ...]

    def sentences(self, first: str = "the first", second: str = "the second") -> tuple[str, ...]:
        """Return a sentence for each question."""
        return tuple(answer.sentence(first, second) for answer in self.answers)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Judged:
    """The rows that a member was judged on, and what it made of them.

    Attributes:
        x: (n, d) inputs.
        y: (n,) or (n, k) targets.
        score: (n,) 1 for a right label and 0 for a wrong one, or squared error.
    """

    seed: int
    x: Array
    y: Array
    score: Array


def compare_runs(
    first: Sequence[Trained], second: Sequence[Trained], *, level: float = 0.95
) -> RunComparison:
    """Compare two runs on the rows that scores are judged on.

    Members that diverged or are dead do not count.

    Raises:
        InputError: one is of classes and the other of numbers, the judged parts differ, or a run
            has no living member.
    """
    part, unit = _common(first, second)
    a, b = (_judged(run, part) for run in (first, second))
    pairs = _pairs(a, b)
    same = bool(pairs) and all(_same_rows(p, q) for p, q in pairs)
    shared = same and all(_same_rows(a[0], other) for other in (*a, *b))
    answers = [_one_pair(*(pairs[0] if pairs else (a[0], b[0])), same, unit, level)]
    if min(len(a), len(b)) > 1:
        answers.append(_seeds(a, b, pairs if same else [], shared, unit, level))
    if shared and len(pairs) > 1:
        apart = np.stack([p.score - q.score for p, q in pairs])
        answers.append(compare_crossed(apart, unit=unit, level=level))
    return RunComparison(
        metric="accuracy" if unit == "accuracy" else "mean squared error",
        part=part,
        same_rows=same,
        same_data=shared,
        scores=(_mean(a), _mean(b)),
        members=(len(a), len(b)),
        answers=tuple(answers),
    )


def _common(first: Sequence[Trained], second: Sequence[Trained]) -> tuple[Part, Unit]:
    heads = first[0].member.head, second[0].member.head
    if heads[0].task != heads[1].task:
        raise InputError(
            f"runs can be compared by their scores where both predict classes or both numbers, "
            f"got {heads[0].task} and {heads[1].task}."
        )
    parts = judged_part(first[0].member), judged_part(second[0].member)
    if parts[0] != parts[1]:
        raise InputError(
            f"runs can be compared by their scores on one part of the rows, got {parts[0]} and "
            f"{parts[1]} rows. Give both a test: training.split.test = 0.3."
        )
    return parts[0], "accuracy" if heads[0].task == "classification" else "error"


def _judged(run: Sequence[Trained], part: Part) -> list[_Judged]:
    alive = [t for t in run if not t.diverged and not is_dead(t)]
    if not alive:
        raise InputError("runs can be compared where both have a living member, got none in one.")
    return [_judge(t, part) for t in alive]


def _judge(t: Trained, part: Part) -> _Judged:
    rows = getattr(t.member.rows, part)
    y, output = t.member.sample.y[rows], t.part_output(part)
    if t.member.head.task == "classification":
        score = (t.member.head.labels(output) == y).astype(np.float64)
    else:
        score = np.square(np.asarray(output, dtype=np.float64) - y).mean(axis=1)
    return _Judged(seed=t.result.seed, x=t.member.sample.x[rows], y=y, score=score)


def _pairs(a: Sequence[_Judged], b: Sequence[_Judged]) -> list[tuple[_Judged, _Judged]]:
    """Return the members of both runs that have the same seed."""
    by_seed = {other.seed: other for other in b}
    return [(one, by_seed[one.seed]) for one in a if one.seed in by_seed]


def _same_rows(a: _Judged, b: _Judged) -> bool:
    return a is b or (np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y))


def _one_pair(a: _Judged, b: _Judged, same: bool, unit: Unit, level: float) -> Difference:
    """Compare one network of each run, those of the first seed."""
    if unit == "accuracy":
        if same:
            return compare_labels(a.score > 0, b.score > 0, level=level)
        counts = (int(a.score.sum()), len(a.score), int(b.score.sum()), len(b.score))
        return compare_shares(*counts, level=level)
    if same:
        return compare_errors(a.score, b.score, level=level)
    found = compare_seeds(
        list(a.score),
        list(b.score),
        paired=False,
        unit=unit,
        level=level,
        question="These two networks, each on other rows of its kind",
    )
    return replace(found, method="Welch's t of the squared errors", counted="rows")


def _seeds(
    a: Sequence[_Judged],
    b: Sequence[_Judged],
    pairs: Sequence[tuple[_Judged, _Judged]],
    shared: bool,
    unit: Unit,
    level: float,
) -> Difference:
    """Compare the mean scores over seeds, in pairs where the data of a seed are the same."""
    question = (
        "These settings, with other seeds on the very same rows"
        if shared
        else "These settings, with other seeds, each with rows of its own"
    )
    paired = len(pairs) > 1
    one, other = zip(*pairs, strict=True) if paired else (a, b)
    return compare_seeds(
        [float(m.score.mean()) for m in one],
        [float(m.score.mean()) for m in other],
        paired=paired,
        unit=unit,
        level=level,
        question=question,
    )


def _mean(run: Sequence[_Judged]) -> float:
    return float(np.mean([m.score.mean() for m in run]))
