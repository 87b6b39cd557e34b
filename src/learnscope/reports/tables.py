"""The figures of a report: scores with their spread, what stands beside them, and the members."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from learnscope.measures.facts import Facts
from learnscope.measures.health import seed_words
from learnscope.measures.percent import percent, percent_range, with_error
from learnscope.measures.sentences import score_text
from learnscope.measures.spread import Spread, spread, wilson
from learnscope.reports.strip import Row, dot_strip
from learnscope.training.split import PARTS, Part

PART_NAMES = {"train": "Training", "validation": "Validation", "test": "Test"}
_SCORE_NAMES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "mse": "mean squared error",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "r2": "R squared",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A number as it is written, and as it is."""

    text: str
    value: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreRow:
    """A score over the members that are alive."""

    name: str
    main: bool
    median: Cell
    range: str
    mean: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BesideRow:
    """A score that the model's is compared with."""

    name: str
    means: str
    score: Cell
    range: str
    own: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberRow:
    """One member."""

    seed: int
    state: str
    train: str
    judged: str
    loss: str
    dead_units: str
    epochs: str


def score_rows(facts: Facts) -> list[ScoreRow]:
    """Return a row for each score, those that matter most first."""
    rows = []
    for name in facts.scores:
        part, _, score = name.partition("_")
        middle = facts.spread(name)
        rows.append(
            ScoreRow(
                name=f"{PART_NAMES[part]} {_SCORE_NAMES.get(score, score.replace('_', ' '))}",
                main=score == facts.metric,
                median=Cell(text=_text(facts, name, middle.median), value=middle.median),
                range=_range(facts, name, middle),
                mean=_mean(facts, name, middle),
            )
        )
    return sorted(rows, key=lambda row: not row.main)


def _text(facts: Facts, name: str, value: float, like: float | None = None) -> str:
    part, _, score = name.partition("_")
    if not math.isfinite(value):
        return "none"
    if score.endswith("accuracy"):
        n = len(getattr(facts.trained[0].member.rows, part))
        return percent(value, n, like)
    return f"{value:.3g}"


def _range(facts: Facts, name: str, middle: Spread) -> str:
    if middle.n < 2:
        return ""
    low, high = (_text(facts, name, v, middle.median) for v in (middle.low, middle.high))
    return f"{low} to {high}"


def _mean(facts: Facts, name: str, middle: Spread) -> str:
    if middle.n < 2:
        return ""
    if name.endswith("accuracy"):
        return f"{with_error(100 * middle.mean, 100 * middle.sd)} %"
    return with_error(middle.mean, middle.sd)


def beside_rows(facts: Facts) -> list[BesideRow]:
    """Return the model's score among the best possible one and the trivial baselines."""
    rows = [*_best_rows(facts), _own_row(facts)]
    for baseline in facts.baselines:
        rows.append(
            BesideRow(
                name=baseline.name[:1].upper() + baseline.name[1:],
                means=" (".join(filter(None, (baseline.means, baseline.note)))
                + (")" if baseline.note else ""),
                score=_cell(facts, baseline.spread.median),
                range=_plain_range(facts, baseline.spread),
            )
        )
    return rows


def _best_rows(facts: Facts) -> Iterator[BesideRow]:
    if facts.ceiling is None or facts.target_scores is None:
        return
    best = facts.ceiling.best
    text = f"{100 * best:.1f} %" if facts.metric == "accuracy" else f"{best:.3g}"
    what = "Best possible" if facts.metric == "accuracy" else "Noise floor"
    yield BesideRow(
        name=what,
        means=f"what the true target expects on fresh examples: {facts.ceiling.how}",
        score=Cell(text=text, value=best),
        range="",
    )
    middle = spread(facts.target_scores)
    yield BesideRow(
        name="True target, these rows",
        means=f"its score on the same {PART_NAMES[facts.part].lower()} rows, luck included",
        score=_cell(facts, middle.median),
        range=_plain_range(facts, middle),
    )


def _own_row(facts: Facts) -> BesideRow:
    middle = facts.spread(f"{facts.part}_{facts.metric}")
    return BesideRow(
        name="This model",
        means=facts.experiment.model.sentence(),
        score=_cell(facts, middle.median),
        range=_plain_range(facts, middle),
        own=True,
    )


def _cell(facts: Facts, value: float) -> Cell:
    if not math.isfinite(value):
        return Cell(text="none")
    return Cell(text=score_text(facts, value), value=value)


def _plain_range(facts: Facts, middle: Spread) -> str:
    if middle.n < 2:
        return ""
    low, high = (score_text(facts, v, like=middle.median) for v in (middle.low, middle.high))
    return f"{low} to {high}"


def trust_sentence(facts: Facts) -> str:
    """Say how far the judged score can be trusted, from the number of its rows."""
    n, middle = facts.rows(facts.part), facts.spread(f"{facts.part}_{facts.metric}")
    if facts.metric != "accuracy" or facts.part == "train" or middle.n == 0:
        return ""
    low, high = wilson(middle.median * n, n)
    part = PART_NAMES[facts.part].lower()
    return (
        f"One of the {n} {part} rows is worth {100 / n:.2g} %. For a single member, {n} rows leave "
        f"the true accuracy uncertain: {percent_range(low, high, n)} (Wilson's 95 % interval)."
    )


def strip_picture(facts: Facts) -> str:
    """Return the dot strip of the run as SVG."""
    is_class = facts.metric == "accuracy"
    parts: list[Part] = [facts.part]
    if facts.part != "train":
        parts.append("train")
    rows = [_strip_row(facts, part, main=part == facts.part) for part in parts]
    rows = [row for row in rows if any(map(math.isfinite, row.values))]
    for baseline in facts.baselines:
        if baseline.spread.n:
            rows.append(
                Row(
                    label=baseline.name,
                    text=score_text(facts, baseline.spread.median),
                    values=(baseline.spread.low, baseline.spread.median, baseline.spread.high)
                    if baseline.spread.n > 1
                    else (baseline.spread.median,),
                    kind="baseline",
                )
            )
    best = None if facts.ceiling is None else facts.ceiling.best
    text = ""
    if best is not None:
        text = f"best possible {100 * best:.1f} %" if is_class else f"noise floor {best:.3g}"
    return dot_strip(
        rows,
        ceiling=best,
        ceiling_text=text,
        percent=is_class,
        label="; ".join([*(f"{r.label} {r.text}" for r in rows), *([text] if text else [])]),
    )


def _strip_row(facts: Facts, part: Part, *, main: bool) -> Row:
    name = f"{part}_{facts.metric}"
    values = [v for v, ok in zip(facts.scores[name], facts.alive, strict=True) if ok]
    middle = facts.spread(name)
    median = "median " if middle.n > 1 else ""
    noun = "accuracy" if facts.metric == "accuracy" else "mean squared error"
    return Row(
        label=f"this model, {PART_NAMES[part].lower()} {noun}",
        text=f"{median}{_text(facts, name, middle.median)}",
        values=values,
        kind="test" if main else "train",
    )


def member_rows(facts: Facts, most: int = 200) -> list[MemberRow]:
    """Return a row for each of the first `most` members."""
    rows = []
    for i, (trained, found) in enumerate(zip(facts.trained[:most], facts.health, strict=False)):
        result = trained.result
        state: str = "diverged" if found.diverged else "dead" if found.dead else result.status
        if not facts.experiment.training.epochs:
            state = "untrained"
        kept = f" (kept {result.best_epoch})" if result.best_epoch != result.epochs else ""
        dead = f"{sum(found.dead_units)} of {sum(found.n_units)}"
        train, judged, loss = (
            _text(facts, name, facts.scores[name][i])
            for name in (
                f"train_{facts.metric}",
                f"{facts.part}_{facts.metric}",
                f"{facts.part}_loss",
            )
        )
        rows.append(
            MemberRow(
                seed=result.seed,
                state=state,
                train=train,
                judged=judged,
                loss=loss,
                dead_units=dead if found.n_units and not found.diverged else "",
                epochs=f"{result.epochs}{kept}",
            )
        )
    return rows


def failures(facts: Facts) -> list[tuple[str, str]]:
    """Return (which members, why) for those that diverged or are dead, those alike together."""
    groups: dict[tuple[str, str], list[int]] = {}
    for found in facts.health:
        if not found.alive:
            word = "diverged" if found.diverged else "dead"
            groups.setdefault((word, found.reason.rstrip(".")), []).append(found.seed)
    return [
        (f"{word.capitalize()}: {seed_words(seeds)}", reason)
        for (word, reason), seeds in groups.items()
    ]


def split_sentence(facts: Facts) -> str:
    """Say how many rows train, validate and test."""
    counts = [
        f"{facts.rows(part)} for {word}"
        for part, word in zip(PARTS, ("training", "validation", "the test"), strict=True)
        if facts.rows(part)
    ]
    text = ", ".join(counts[:-1]) + (" and " if len(counts) > 1 else "") + counts[-1]
    total = sum(facts.rows(p) for p in PARTS)
    return f"{total} rows: {text}."
