"""What will happen and what happened in a run, in a few sentences; and the same as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from learnscope.cli.progress import duration
from learnscope.experiment import Experiment
from learnscope.measures.advice import advice
from learnscope.measures.facts import Facts
from learnscope.measures.health import Health
from learnscope.measures.verdict import verdict
from learnscope.runs.run import Run

LONG = 2.0
"""Seconds of loading from which they are worth a word."""


def sentence(experiment: Experiment) -> str:
    """Say what will be trained on what, in one sentence."""
    training = experiment.training
    count = "1 member" if experiment.seeds == 1 else f"{experiment.seeds} members"
    batch = f"batches of {training.batch_size}" if training.batch_size else "full batch"
    maps = ", ".join(str(f.kind_name()) for f in experiment.features)
    features = f" on {maps}" if maps else ""
    return (
        f"{experiment.name}: {experiment.problem.sentence().rstrip('.')}; "
        f"{experiment.model.sentence()}{features}; {training.loss.kind_name()}, "
        f"{training.optimizer.kind_name()} at {training.lr:g}, {training.epochs} epochs, {batch}; "
        f"{count} from seed {experiment.seed}."
    )


def outcome(run: Run, loading: float = 0.0) -> str:
    """Say how many members were trained, and how long that took.

    Args:
        run: the run.
        loading: seconds of it in which the trainer was loaded.
    """
    finished = sum(r.status != "budget" for r in run.results)
    members = "1 member" if run.experiment.seeds == 1 else f"{run.experiment.seeds} members"
    if run.meta.get("budget"):
        members = f"{finished} of {members}"
    done = "trained" if run.experiment.training.epochs else "evaluated"
    seconds = duration(float(run.meta.get("seconds_training", 0.0)))
    waited = f", {duration(loading)} of it loading the trainer" if loading > LONG else ""
    return f"{run.name}: {members} {done} in {seconds}{waited} ({run.meta.get('route')} route)."


def paragraphs(facts: Facts) -> list[str]:
    """Say what came out, why members failed, and what to try next."""
    texts = [verdict(facts).sentence]
    # Where nobody lives, the verdict itself has the reason.
    if facts.summary.alive:
        texts += reasons(facts.health)
    for item in advice(facts)[:1]:
        texts.append(f"{item.try_this}: {item.flags}. {item.because}")
    return texts


def reasons(members: Sequence[Health]) -> list[str]:
    """Return a sentence for each cause of death or divergence, the most frequent first."""
    causes = Counter(h.reason.rstrip(".") for h in members if not h.alive)
    return [
        f"{n} times: {text}." if n > 1 else f"{text[:1].upper()}{text[1:]}."
        for text, n in causes.most_common(3)
    ]


def member_lines(run: Run) -> list[str]:
    """Return a line for each member: how its training ended."""
    lines = []
    for result in run.results:
        end = f"best epoch {result.best_epoch}, " if result.status == "stopped" else ""
        cause = f": {result.cause}" if result.cause else ""
        lines.append(
            f"seed {result.seed}: {result.status} after {result.epochs} epochs, {end}"
            f"{duration(result.seconds)}{cause}"
        )
    return lines


def as_data(run: Run, facts: Facts, report: Path | None) -> dict[str, Any]:
    """Return a run and what was measured as one table of plain data."""
    found = verdict(facts)
    return {
        "path": None if run.path is None else str(run.path),
        "name": run.name,
        "status": run.meta.get("status"),
        "members": len(run.trained),
        "seeds": [r.seed for r in run.results],
        "statuses": [r.status for r in run.results],
        "health": [asdict(h) for h in facts.health],
        "route": run.meta.get("route"),
        "route_reason": run.meta.get("route_reason"),
        "seconds_training": run.meta.get("seconds_training"),
        "budget": run.meta.get("budget"),
        "metrics": run.metrics,
        "ceiling": None if facts.ceiling is None else asdict(facts.ceiling),
        "verdict": asdict(found),
        "advice": [{**asdict(item), "flags": item.flags} for item in advice(facts)],
        "warnings": list(run.experiment.warnings()),
        "report": None if report is None else str(report),
    }
