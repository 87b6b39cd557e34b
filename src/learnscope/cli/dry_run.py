"""`learnscope run --dry-run`: the settings as they would be used, and what they would cost."""

from __future__ import annotations

from dataclasses import asdict

from learnscope.cli.cost import Cost, estimate_cost
from learnscope.cli.output import note, print_json, say
from learnscope.cli.progress import duration
from learnscope.experiment import Experiment
from learnscope.training.routes import Route


def show_cost(experiment: Experiment, route: Route, as_json: bool) -> None:
    """Print the settings and the estimated cost; nothing is written."""
    cost = estimate_cost(experiment, route)
    if as_json:
        facts = {"experiment": experiment.to_dict(), "warnings": list(experiment.warnings())}
        print_json({**facts, **asdict(cost)})
        return
    for text in experiment.warnings():
        note(f"learnscope: warning: {text}")
    if cost.too_large:
        note(f"learnscope: warning: 'run' refuses this. {cost.too_large}")
    say(experiment.to_toml())
    say(describe_cost(cost))


def describe_cost(cost: Cost) -> str:
    """Return the cost in two sentences."""
    members = "1 member" if cost.members == 1 else f"{cost.members:,} members"
    return (
        f"{members} with {cost.parameters:,} parameters each, {cost.rows:,} training rows, "
        f"{cost.updates:,} updates in all. About {duration(cost.seconds)} on this machine "
        f"({cost.route} route: {cost.reason}). Nothing was trained or written."
    )
