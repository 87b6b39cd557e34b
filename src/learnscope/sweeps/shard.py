"""A shard: some members of a sweep as plain data, and the pure function that trains them.

A shard says all that its result is a function of, so it can be sent anywhere, and sent twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from learnscope.errors import Interrupted
from learnscope.experiment import Experiment, read_experiment
from learnscope.sweeps.members import measured
from learnscope.sweeps.packing import Row, pack
from learnscope.sweeps.points import Point
from learnscope.sweeps.route import ShardRoute
from learnscope.sweeps.states import Continuing, States, read_states
from learnscope.sweeps.sweep import experiment_at
from learnscope.trained import Trained
from learnscope.training.member import Member
from learnscope.training.members import Members
from learnscope.training.result import OnProgress, Progress, Result, ShouldStop
from learnscope.training.stackable import stacks_of


class OnEpochs(Protocol):
    """Told the epochs of a shard that are done, and what is done before the first of them."""

    def __call__(self, epochs: int, text: str = "") -> None:
        """Take them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """Some members of a sweep.

    Attributes:
        base: plain data of the experiment that the sweep is over.
        points: the settings of each point concerned.
        seeds: the root seeds wanted of each of them.
        route: the trainer.
        epochs: of all members together.
        states: where members go on from, None where all begin at the start; the result is the
            same.
    """

    base: Mapping[str, Any]
    points: tuple[Point, ...]
    seeds: tuple[tuple[int, ...], ...]
    route: ShardRoute
    epochs: int
    states: States | None = None

    @property
    def n_members(self) -> int:
        """Number of members."""
        return sum(map(len, self.seeds))

    @property
    def key(self) -> str:
        """16 hexadecimal digits: shards with the same are the same."""
        text = json.dumps(self._decisive(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def members(self) -> list[tuple[int, int]]:
        """Return the members in order: the place of the point in `points`, and the root seed."""
        return [(i, seed) for i, seeds in enumerate(self.seeds) for seed in seeds]

    def to_json(self) -> str:
        """Return the shard as a JSON document."""
        states = None if self.states is None else self.states.plain()
        return json.dumps({**self._decisive(), "states": states}, sort_keys=True)

    def _decisive(self) -> dict[str, Any]:
        """Return what the result is a function of."""
        return {
            "base": self.base,
            "points": self.points,
            "seeds": self.seeds,
            "route": self.route,
            "epochs": self.epochs,
        }


def read_shard(text: str) -> Shard:
    """Return the shard of a JSON document that `Shard.to_json` wrote."""
    data = json.loads(text)
    return Shard(
        base=data["base"],
        points=tuple(data["points"]),
        seeds=tuple(tuple(int(s) for s in seeds) for seeds in data["seeds"]),
        route=data["route"],
        epochs=int(data["epochs"]),
        states=read_states(data["states"]),
    )


def train_shard(
    shard: Shard, *, on_epochs: OnEpochs | None = None, should_stop: ShouldStop | None = None
) -> bytes:
    """Train the members of a shard in one thread and return them packed, see `packing.pack`.

    The result is a function of the shard alone (but for the seconds noted in it).

    Args:
        shard: what to train.
        on_epochs: told now and then how many epochs are done.
        should_stop: asked often.

    Raises:
        Interrupted: `should_stop` said so; nothing comes back.
        LearnscopeError: the settings do not fit the data.
    """
    base = read_experiment(shard.base)
    experiments = [experiment_at(base, point) for point in shard.points]
    sources = [(experiments[i], seed) for i, seed in shard.members()]
    going = None
    if shard.states is not None and shard.route != "stack":
        going = Continuing(shard.states, shard.points, experiments)
    rows: dict[int, Row] = {}
    # Members are measured as they come, so that their data need not be kept or drawn again.
    for i, trained in _trained(sources, shard.route, going, on_epochs, should_stop):
        rows[i] = measured(trained)
    places, found = [point for point, _ in shard.members()], [rows[i] for i in range(len(sources))]
    epochs = sum(row.epochs for row in found) - (0 if going is None else going.spared)
    return pack(places, found, epochs)


def _trained(
    sources: Sequence[tuple[Experiment, int]],
    route: ShardRoute,
    going: Continuing | None,
    on_epochs: OnEpochs | None,
    should_stop: ShouldStop | None,
) -> list[tuple[int, Trained]]:
    if route == "fused":
        return _fused(sources, going, on_epochs, should_stop)
    if route == "stack":
        return _stacked(sources, on_epochs, should_stop)
    return _one_by_one(sources, going, on_epochs, should_stop)


def _fused(
    sources: Sequence[tuple[Experiment, int]],
    going: Continuing | None,
    on_epochs: OnEpochs | None,
    should_stop: ShouldStop | None,
) -> list[tuple[int, Trained]]:
    from learnscope import fused
    from learnscope.fused.crew import Store

    members, store = list(Members(sources)), None
    if going is not None:
        store = Store(load=going.load, save=going.save, at_end=going.states.keep)
    results = fused.train_members(
        members,
        n_threads=1,
        on_progress=None if on_epochs is None else lambda p: on_epochs(p.done, p.message),
        should_stop=should_stop,
        store=store,
    )
    pairs = zip(members, results, strict=True)
    return [(i, Trained(member=m, result=r)) for i, (m, r) in enumerate(pairs)]


def _stacked(
    sources: Sequence[tuple[Experiment, int]],
    on_epochs: OnEpochs | None,
    should_stop: ShouldStop | None,
) -> list[tuple[int, Trained]]:
    from learnscope.training.stack import train_stack

    members, found, before = list(Members(sources)), [], 0
    for places in stacks_of(members):

        def report(done: int, before: int = before) -> None:
            if on_epochs is not None:
                on_epochs(before + done)

        own = [members[i] for i in places]
        results = train_stack(own, on_epochs=report, should_stop=should_stop)
        pairs = zip(own, results, strict=True)
        trained = [Trained(member=m, result=r) for m, r in pairs]
        found += list(zip(places, trained, strict=True))
        before += sum(member.experiment.training.epochs for member in own)
    return found


def _one_by_one(
    sources: Sequence[tuple[Experiment, int]],
    going: Continuing | None,
    on_epochs: OnEpochs | None,
    should_stop: ShouldStop | None,
) -> list[tuple[int, Trained]]:
    found, before = [], 0
    for i, member in enumerate(Members(sources)):

        def report(progress: Progress, before: int = before) -> None:
            if on_epochs is not None:
                on_epochs(before + progress.done)

        result = _one(member, going, report, should_stop)
        found.append((i, Trained(member=member, result=result)))
        before += member.experiment.training.epochs
        if should_stop is not None and should_stop():
            raise Interrupted("The shard was stopped.")
    return found


def _one(
    member: Member, going: Continuing | None, report: OnProgress, should_stop: ShouldStop | None
) -> Result:
    from learnscope.training.loop import train_member

    if going is None:
        return train_member(member, on_progress=report, should_stop=should_stop)
    return train_member(
        member,
        on_progress=report,
        should_stop=should_stop,
        resume=going.load(member),
        save=lambda state: going.save(member, state),
        save_at_end=going.states.keep,
    )
