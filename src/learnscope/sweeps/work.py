"""A sweep on its way into its atlas: shards out to the engine, results into the store."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.atlas.atlas import Atlas
from learnscope.atlas.store import Store, StoreError
from learnscope.atlas.table import table_of
from learnscope.engines.base import Engine, Event
from learnscope.errors import DataError, Interrupted
from learnscope.sweeps.deadlines import Deadlines, usual_limit
from learnscope.sweeps.packing import epochs_of
from learnscope.sweeps.part import Part
from learnscope.sweeps.plan import Plan, cut
from learnscope.sweeps.progress import Costs, parts_at_work
from learnscope.sweeps.shard import Shard
from learnscope.sweeps.states import States
from learnscope.sweeps.sweep import Sweep
from learnscope.training.result import OnProgress, Progress, ShouldStop

if TYPE_CHECKING:
    import polars

TRIES = 3
"""Times that a shard is tried before it is set aside and the sweep goes on without it."""
OUTSTANDING = 2
"""Shards for each worker that the engine holds, so that none waits for work and a stop is quick."""
LOOK_SECONDS = 0.1
"""Longest time between two questions whether to stop."""
KEEP_SECONDS = 0.003
"""What it takes to keep the state of a member and to read it again, as measured with small
networks. Members that train in less begin anew in every round, with the same bits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Swept:
    """What came of a sweep.

    Attributes:
        atlas: the atlas.
        members: members asked for.
        trained: those trained now.
        skipped: those that were there before.
        failed: those of shards that were set aside.
        errors: why, one sentence for each such shard.
        seconds: wall time of the training.
        diverged: members asked for that diverged, whenever they were trained.
        epochs: those trained now, of all members together.
        all_epochs: those that training all points to the end would take, where the better ones
            alone went on; else None.
        points: number of each point asked for, in their order.
        rounds: of a sweep in rounds, what came of each, as plain data.
    """

    atlas: Atlas
    members: int
    trained: int
    skipped: int
    failed: int
    errors: tuple[str, ...]
    seconds: float
    diverged: int
    epochs: int = 0
    all_epochs: int | None = None
    points: tuple[int, ...] = ()
    rounds: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Work:
    """One sweep on its way into its atlas."""

    plan: Plan
    store: Store
    folder: Path
    part: Part | None
    deadline: float | None
    on_progress: OnProgress | None
    should_stop: ShouldStop | None
    title: str = ""
    in_rounds: bool = False
    states: States | None = None
    numbers: list[int] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    out: dict[str, int] = field(default_factory=dict)
    shards: dict[str, Shard] = field(default_factory=dict)
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    deadlines: Deadlines = field(default_factory=lambda: Deadlines({}))
    workers: int = 1
    costs: Costs | None = None
    loading: str = ""
    members: int = 0
    all_epochs: int = 0
    trained: int = 0
    skipped: int = 0
    epochs: int = 0
    new_epochs: int = 0

    def do(self, engine: Engine) -> Swept:
        """Train what is missing."""
        started = time.perf_counter()
        self.numbers = self.store.add_points(self.plan.points)
        done = self.store.done()
        every = ((i, seed) for i, e in enumerate(self.plan.experiments) for seed in e.root_seeds())
        wanted = list(every) if self.part is None else self.part.take(every)
        missing = {(i, seed) for i, seed in wanted if (self.numbers[i], seed) not in done}
        self.members, self.skipped = len(wanted), len(wanted) - len(missing)
        self.all_epochs = self._epochs(wanted)
        self.epochs = self.all_epochs - self._epochs(missing)
        if missing:
            cost = sum(self.plan.seconds[i] for i, _ in wanted)
            self._train(engine, lambda i, seed: (i, seed) not in missing, cost)
        seconds = time.perf_counter() - started
        atlas, diverged = Atlas(self.folder), 0
        if self.in_rounds:
            # Read from the store while it is open: the files beside it are older.
            atlas.table = table_of(self.store, self.plan.sweep.paths)
            diverged = count_diverged(atlas.table.lazy(), self.plan.sweep, self.numbers)
        return Swept(
            atlas=atlas,
            members=self.members,
            trained=self.trained,
            skipped=self.skipped,
            failed=sum(self.shards[key].n_members for key in self.aside),
            errors=tuple(self.aside.values()),
            seconds=seconds,
            diverged=diverged,
            epochs=self.new_epochs,
            points=tuple(self.numbers),
        )

    def _epochs(self, members: Iterable[tuple[int, int]]) -> int:
        return sum(self.plan.experiments[i].training.epochs for i, _ in members)

    def _train(self, engine: Engine, is_done: Callable[[int, int], bool], cost: float) -> None:
        try:
            self.workers = workers = engine.start()
            shards, places = cut(self.plan, is_done, workers)
            for one, place in zip(shards, places, strict=True):
                shard = replace(one, states=self.states if self._pays(one, place) else None)
                self.shards[shard.key], self.places[shard.key] = shard, place
            self.waiting.extend(self.shards)
            self.costs = Costs(self.plan, self.shards, self.places, cost)
            self.deadlines = Deadlines({key: self._limit(key) for key in self.shards})
            while self.waiting or self.out:
                self._feed(engine, workers)
                for event in engine.events(LOOK_SECONDS):
                    self._take(event)
                self._give_up_late(engine)
                self._tell()
                if self.should_stop is not None and self.should_stop():
                    raise self._interrupted()
        finally:
            engine.close()

    def _limit(self, key: str) -> float:
        if self.deadline is not None:
            return self.deadline
        seconds = self._seconds(self.shards[key], self.places[key])
        return usual_limit(seconds, self.plan.counted, OUTSTANDING)

    def _seconds(self, shard: Shard, places: tuple[int, ...]) -> float:
        """Return about how long a shard trains, all members from the start."""
        pairs = zip(places, shard.seeds, strict=True)
        return sum(self.plan.seconds[i] * len(seeds) for i, seeds in pairs)

    def _pays(self, shard: Shard, places: tuple[int, ...]) -> bool:
        """Return whether to keep the states of a shard's members is quicker than to train them."""
        return self._seconds(shard, places) > KEEP_SECONDS * shard.n_members

    def _give_up_late(self, engine: Engine) -> None:
        for key in self.deadlines.late(list(self.out)):
            engine.cancel(key)
            self._try_again(
                key, f"It gave no sign of life for {self.deadlines.limit(key):g} seconds."
            )

    def _feed(self, engine: Engine, workers: int) -> None:
        while self.waiting and len(self.out) < OUTSTANDING * workers:
            key = self.waiting.popleft()
            self.store.begin(key, self.shards[key].n_members)
            self.tries[key] = self.tries.get(key, 0) + 1
            self.out[key] = 0
            self.deadlines.hear(key)
            engine.submit(self.shards[key])

    def _take(self, event: Event) -> None:
        if event.key not in self.shards:
            return
        if event.kind == "progress":
            self.loading = event.text
            if event.key in self.out and event.epochs > self.out[event.key]:
                self.out[event.key] = event.epochs
                self.deadlines.hear(event.key)
            return
        if event.kind == "done":
            self._accept(event)
        elif event.kind == "refused":
            self.store.fail(event.key, event.text)
            raise DataError(event.text)
        else:
            self._try_again(event.key, event.text)

    def _accept(self, event: Event) -> None:
        numbers = [self.numbers[i] for i in self.places[event.key]]
        try:
            new = self.store.accept(event.key, numbers, event.payload)
        except StoreError:
            raise
        except DataError as error:
            # Bytes that were cut short on their way come whole with another try.
            self._try_again(event.key, str(error))
            return
        self.out.pop(event.key, None)
        if event.key in self.waiting:
            # It was given up and came late: no other try is needed.
            self.waiting.remove(event.key)
        self.epochs += self.shards[event.key].epochs if new else 0
        self.trained += new
        self.new_epochs += epochs_of(event.payload) if new else 0
        self.aside.pop(event.key, None)

    def _try_again(self, key: str, text: str) -> None:
        if self.out.pop(key, None) is None:
            return
        if self.tries[key] < TRIES:
            self.waiting.append(key)
            return
        self.store.fail(key, text)
        self.aside[key] = (
            f"A shard of {self.shards[key].n_members} members failed {TRIES} times: {text}"
        )

    def _tell(self) -> None:
        if self.on_progress is None:
            return
        left = [*self.waiting, *self.out]
        begun = {key: n / max(1, self.shards[key].epochs) for key, n in self.out.items()}
        text = f"{len(left)} of {len(self.shards)} shards left" if self.trained else self.loading
        self.on_progress(
            Progress(
                done=self.epochs + sum(self.out.values()),
                total=self.all_epochs,
                members_done=self.skipped + self.trained,
                members=self.members,
                message=", ".join(filter(None, (self.title, text))),
                share=None if self.costs is None else self.costs.share(left, begun),
                parts=parts_at_work(self.out, self.shards, self.workers),
            )
        )

    def _interrupted(self) -> Interrupted:
        kept = self.skipped + self.trained
        where = f" in {self.title}" if self.title else ""
        members = f"{self.members:,} members{' of it' if self.title else ''}"
        return Interrupted(
            f"Stopped{where}; {kept:,} of {members} are kept in {self.folder}. The "
            "same command goes on from there, and 'learnscope atlas show' shows what there is."
        )


def count_diverged(table: polars.LazyFrame, wanted: Sweep, numbers: Sequence[int]) -> int:
    """Return how many members diverged of those that a sweep asked for; an atlas may have more.

    Args:
        table: of the atlas.
        wanted: the sweep.
        numbers: its points.
    """
    import polars

    seeds = wanted.experiment.root_seeds()
    own = polars.col("point").is_in(list(numbers))
    mine = own & polars.col("seed").is_between(seeds[0], seeds[-1])
    lost = table.filter(mine & (polars.col("status") == "diverged"))
    return int(lost.select(polars.len()).collect().item())
