"""How far a sweep is: the whole of it by what its members cost, and every shard at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from learnscope.sweeps.plan import Plan
from learnscope.sweeps.points import short_names
from learnscope.sweeps.shard import Shard
from learnscope.training.result import PartProgress


class Costs:
    """What the shards of a sweep are estimated to cost, beside all members that were asked for.

    Members of one sweep may differ a hundredfold, so that epochs alone say little about the time.

    Args:
        plan: the sweep.
        shards: those that are to be trained.
        places: the points of each, places in the plan.
        seconds: estimated time of all members asked for, those that are there included.
    """

    def __init__(
        self,
        plan: Plan,
        shards: Mapping[str, Shard],
        places: Mapping[str, Sequence[int]],
        seconds: float,
    ) -> None:
        self._total = seconds
        self._of = {
            key: sum(
                plan.seconds[i] * len(seeds)
                for i, seeds in zip(places[key], shard.seeds, strict=True)
            )
            for key, shard in shards.items()
        }

    def share(self, left: Sequence[str], done: Mapping[str, float]) -> float | None:
        """Return the share of the work that is done, in [0, 1]; None where nothing is known.

        Args:
            left: keys of the shards that did not come yet.
            done: key -> share of it that is done, for those at work.
        """
        if not self._total:
            return None
        rest = sum(self._of[key] * (1 - done.get(key, 0.0)) for key in left)
        return min(1.0, max(0.0, 1 - rest / self._total))


def parts_at_work(
    out: Mapping[str, int], shards: Mapping[str, Shard], workers: int
) -> tuple[PartProgress, ...]:
    """Return the shards that are being trained, those that were sent out first before others.

    Args:
        out: key -> epochs done, of the shards that the engine has, in the order of sending.
        shards: all of them.
        workers: how many train at a time; the others wait.
    """
    begun = sorted(out, key=lambda key: out[key] == 0)[:workers]
    return tuple(
        PartProgress(
            key=key,
            name=shard_name(shards[key]),
            members=shards[key].n_members,
            share=out[key] / max(1, shards[key].epochs),
        )
        for key in begun
    )


def shard_name(shard: Shard) -> str:
    """Say which points a shard is of: "width 4, noise 0.5 and 3 more points"."""
    points = list({str(point): point for point in shard.points}.values())
    names = short_names(list(points[0]))
    text = ", ".join(f"{names[path]} {_word(value)}" for path, value in points[0].items())
    more = len(points) - 1
    return text + (f" and {more} more {'point' if more == 1 else 'points'}" if more else "")


def _word(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else f"{text[:21]}..."
