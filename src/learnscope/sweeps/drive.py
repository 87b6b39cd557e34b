"""The driver of a sweep: shards out to the engine, results into the store, each member once."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.atlas.atlas import Atlas, table_of
from learnscope.atlas.folder import META, SWEEP, TABLE, folder_for, path_for
from learnscope.atlas.store import STORE, Store, StoreError
from learnscope.engines import EngineSettings, make_engine
from learnscope.engines.base import Engine, Event
from learnscope.errors import DataError, Interrupted
from learnscope.experiment import with_whole_paths
from learnscope.files import make_folder, remove_leftovers, replace_whole, write_whole
from learnscope.runs.folder import held
from learnscope.runs.train import versions
from learnscope.sweeps.deadlines import Deadlines, usual_limit
from learnscope.sweeps.kept_route import NOTE, kept_route
from learnscope.sweeps.part import Part
from learnscope.sweeps.plan import Plan, cut, make_plan
from learnscope.sweeps.route import SweepRoute
from learnscope.sweeps.shard import Shard
from learnscope.sweeps.sweep import Sweep, sweep_to_toml
from learnscope.training.result import OnProgress, Progress, ShouldStop

if TYPE_CHECKING:
    import polars

TRIES = 3
"""Times that a shard is tried before it is set aside and the sweep goes on without it."""
OUTSTANDING = 2
"""Shards for each worker that the engine holds, so that none waits for work and a stop is quick."""
LOOK_SECONDS = 0.1
"""Longest time between two questions whether to stop."""


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
    """

    atlas: Atlas
    members: int
    trained: int
    skipped: int
    failed: int
    errors: tuple[str, ...]
    seconds: float
    diverged: int


def sweep(
    wanted: Sweep,
    *,
    out: str | Path = "atlases",
    engine: Engine | str = "auto",
    engine_settings: EngineSettings | None = None,
    part: Part | None = None,
    deadline: float | None = None,
    route: SweepRoute = "auto",
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    command: str = "",
) -> Swept:
    """Train all members of a sweep that its atlas does not have yet.

    Args:
        wanted: the sweep.
        out: folder below which the atlas has its own.
        engine: "auto", "threads", "processes" or "dask", or an engine of your own.
        engine_settings: of an engine that is named: workers, memory, the cluster's address.
        part: train this part only, into a folder of its own; see `learnscope.sweeps.merge`.
        deadline: seconds that a shard may give no sign of life before it is tried again; left
            out, see `learnscope.sweeps.deadlines`.
        route: "auto" takes the compiled trainer where it can and is faster, and stacks where they
            are; see `learnscope.sweeps.route`.
        on_progress: called some times a second.
        should_stop: asked often; true stops the sweep, keeping all shards that are finished.
        command: the command line to note.

    Raises:
        InputError: settings do not go together, or another process is at this atlas.
        DataError: the data cannot be learned from, or the store cannot be written.
        Interrupted: stopped; the same call goes on from there.
    """
    whole = with_whole_paths(wanted.experiment)
    if whole is not wanted.experiment:
        wanted = wanted.model_copy(update={"experiment": whole})
    plan = make_plan(wanted, kept_route(wanted, Path(out), route))
    folder = folder_for(plan.sweep, Path(out)) if part is None else _part_folder(plan, part, out)
    with held(folder, f"The sweep {folder.name!r}"):
        remove_leftovers(folder)
        write_whole(folder / SWEEP, sweep_to_toml(plan.sweep))
        store = Store(folder / STORE, write=True)
        try:
            store.note(NOTE, plan.route)
            work = _Work(plan, store, folder, part, deadline, on_progress, should_stop)
            return work.do(_engine(engine, engine_settings, plan), command)
        finally:
            store.settle()
            store.close()


def _part_folder(plan: Plan, part: Part, out: str | Path) -> Path:
    folder = part.folder(path_for(plan.sweep, Path(out)))
    make_folder(folder)
    return folder


def _engine(engine: Engine | str, settings: EngineSettings | None, plan: Plan) -> Engine:
    if isinstance(engine, Engine):
        return engine
    if engine == "auto":
        engine = "threads" if plan.route == "fused" else "processes"
    return make_engine(engine, settings)


@dataclass
class _Work:
    """One sweep on its way into its atlas."""

    plan: Plan
    store: Store
    folder: Path
    part: Part | None
    deadline: float | None
    on_progress: OnProgress | None
    should_stop: ShouldStop | None
    numbers: list[int] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    out: dict[str, int] = field(default_factory=dict)
    shards: dict[str, Shard] = field(default_factory=dict)
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    deadlines: Deadlines = field(default_factory=lambda: Deadlines({}))
    members: int = 0
    all_epochs: int = 0
    trained: int = 0
    skipped: int = 0
    epochs: int = 0

    def do(self, engine: Engine, command: str) -> Swept:
        """Train what is missing."""
        started, began = time.perf_counter(), datetime.now(UTC)
        self.numbers = self.store.add_points(self.plan.points)
        done = self.store.done()
        every = ((i, seed) for i, e in enumerate(self.plan.experiments) for seed in e.root_seeds())
        wanted = list(every) if self.part is None else self.part.take(every)
        missing = {(i, seed) for i, seed in wanted if (self.numbers[i], seed) not in done}
        self.members, self.skipped = len(wanted), len(wanted) - len(missing)
        self.all_epochs = self._epochs(wanted)
        self.epochs = self.all_epochs - self._epochs(missing)
        if missing:
            self._train(engine, lambda i, seed: (i, seed) not in missing)
        seconds = time.perf_counter() - started
        table = table_of(self.store, self.plan.sweep.paths)
        self._write(table, began, seconds, engine, command)
        mine = self._own(table)
        return Swept(
            atlas=Atlas(self.folder),
            members=self.members,
            trained=self.trained,
            skipped=self.skipped,
            failed=sum(self.shards[key].n_members for key in self.aside),
            errors=tuple(self.aside.values()),
            seconds=seconds,
            diverged=int((mine["status"] == "diverged").sum()),
        )

    def _epochs(self, members: Iterable[tuple[int, int]]) -> int:
        return sum(self.plan.experiments[i].training.epochs for i, _ in members)

    def _own(self, table: polars.DataFrame) -> polars.DataFrame:
        """Return the rows that this sweep asked for; an atlas may have more."""
        import polars

        seeds = self.plan.sweep.experiment.root_seeds()
        own = polars.col("point").is_in(self.numbers)
        return table.filter(own & polars.col("seed").is_between(seeds[0], seeds[-1]))

    def _train(self, engine: Engine, is_done: Callable[[int, int], bool]) -> None:
        try:
            workers = engine.start()
            shards, places = cut(self.plan, is_done, workers)
            for shard, place in zip(shards, places, strict=True):
                self.shards[shard.key], self.places[shard.key] = shard, place
            self.waiting.extend(self.shards)
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
        pairs = zip(self.places[key], self.shards[key].seeds, strict=True)
        seconds = sum(self.plan.seconds[i] * len(seeds) for i, seeds in pairs)
        return usual_limit(seconds, self.plan.counted, OUTSTANDING)

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
        left = len(self.waiting) + len(self.out)
        self.on_progress(
            Progress(
                done=self.epochs + sum(self.out.values()),
                total=self.all_epochs,
                members_done=self.skipped + self.trained,
                members=self.members,
                message=f"{left} of {len(self.shards)} shards left" if self.trained else "",
            )
        )

    def _interrupted(self) -> Interrupted:
        kept = self.skipped + self.trained
        return Interrupted(
            f"Stopped; {kept:,} of {self.members:,} members are kept in {self.folder}. The "
            "same command goes on from there, and 'learnscope atlas show' shows what there is."
        )

    def _write(
        self,
        table: polars.DataFrame,
        began: datetime,
        seconds: float,
        engine: Engine,
        command: str,
    ) -> None:
        """Write the table for everybody's tools, and the notes."""
        replace_whole(self.folder / TABLE, lambda path: table.write_parquet(path))
        meta: dict[str, Any] = {
            "name": self.folder.name,
            "command": command,
            "started": began.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            "members": self.members,
            "members_in_table": len(table),
            "trained": self.trained,
            "skipped": self.skipped,
            "failed": sorted(self.aside.values()),
            "engine": engine.name,
            "route": self.plan.route,
            "route_reason": self.plan.reason,
            "versions": versions(),
        }
        write_whole(self.folder / META, json.dumps(meta, indent=1))
