"""`learnscope run --dry-run`: the settings as they would be used, and what they would cost."""

from __future__ import annotations

from dataclasses import asdict

from learnscope.cli.cost import Cost, estimate_cost
from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.progress import duration
from learnscope.experiment import Experiment
from learnscope.models.network import Trace
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
    print_trace(cost.trace)
    say("")
    say(describe_cost(cost))


def print_trace(trace: Trace) -> None:
    """Print what a network does step by step."""
    heading("The network, step by step")
    table(
        ("step", "shape", "parameters"),
        [(step, " x ".join(map(str, shape)), f"{n:,}" if n else "") for step, shape, n in trace],
        right=("parameters",),
    )


def describe_cost(cost: Cost) -> str:
    """Return the cost in some sentences."""
    members = "1 member" if cost.members == 1 else f"{cost.members:,} members"
    at_once = f", {cost.threads} at a time" if cost.threads > 1 else ""
    return (
        f"{members} with {cost.parameters:,} parameters each, {cost.rows:,} training rows, "
        f"{cost.updates:,} updates in all. About {duration(cost.seconds)} on this machine "
        f"({cost.route} route: {cost.reason}){at_once}{_other_route(cost)}, and about "
        f"{cost.memory / 1e6:,.0f} MB of memory.{_how_sure(cost)} Nothing was trained or written."
    )


def _other_route(cost: Cost) -> str:
    name = "torch" if cost.route == "fused" else "fused"
    other = cost.seconds_torch if name == "torch" else cost.seconds_fused
    return "" if other is None else f", against {duration(other)} on the {name} route"


def _how_sure(cost: Cost) -> str:
    if cost.measured:
        return ""
    return " This machine was not measured yet: 'learnscope warmup' does it."
