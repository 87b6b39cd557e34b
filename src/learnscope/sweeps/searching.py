"""A search with Optuna: each trial is a point with all of its seeds, a few trials at a time."""

from __future__ import annotations

from learnscope.atlas.pairs import more_is_better
from learnscope.errors import InputError
from learnscope.sweeps.rounds import Rounds, Train, at_points, scores, together
from learnscope.sweeps.suggesting import Suggestions
from learnscope.sweeps.sweep import Sweep
from learnscope.sweeps.work import Swept

AT_A_TIME = 4
"""Trials that are asked for together, whatever the number of cores: the points must be the same on
every machine. With their seeds they keep 4 cores and more at work."""


def searched(wanted: Sweep, train: Train) -> Swept:
    """Train the points that Optuna suggests, each with all seeds, `AT_A_TIME` of them in a round.

    Optuna hears the mean over the seeds; of a point whose members all diverged it hears the worst
    there is. It begins anew each time and is told again what is in the atlas, so that the same
    sweep finds its members there, and one that was stopped goes on from there. The search ends
    before `wanted.trials` points where the axes have no other.

    Args:
        wanted: the sweep, with the sampler "optuna" and `trials`.
        train: trains a round.

    Raises:
        InputError: Optuna is not installed, or no point meets the condition.
    """
    trials = wanted.trials or 0
    suggestions = Suggestions(wanted.axes, wanted.where, wanted.sampler_seed)
    rounds, first = Rounds(train), 1
    while first <= trials:
        points = suggestions.ask(min(AT_A_TIME, trials - first + 1))
        if not points:
            break
        title = f"trials {first}-{first + len(points) - 1} of {trials}"
        last = rounds.add(title, at_points(wanted, points))
        known = scores(last, wanted.measure)
        sign = -1.0 if more_is_better(wanted.measure or last.done.atlas.score) else 1.0
        means = [sign * known[n][0] if n in known else None for n in last.done.points]
        suggestions.tell(points, means)
        first += len(points)
    if not rounds.every:
        raise InputError(f"No point of the sweep meets the condition {wanted.where!r}. Widen it.")
    return together(rounds.every)
