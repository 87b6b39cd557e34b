"""The driver of a sweep: one process at an atlas, which trains the sweep or its rounds into it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from learnscope.atlas.atlas import Atlas
from learnscope.atlas.folder import META, SWEEP, TABLE, folder_for, path_for
from learnscope.atlas.store import STORE, Store
from learnscope.atlas.table import write_table
from learnscope.engines import EngineSettings, make_engine
from learnscope.engines.base import Engine
from learnscope.errors import InputError
from learnscope.experiment import with_whole_paths
from learnscope.files import make_folder, remove_leftovers, write_whole
from learnscope.runs.folder import held
from learnscope.runs.train import versions
from learnscope.stand_in import with_stand_in
from learnscope.sweeps.kept_route import NOTE, kept_route
from learnscope.sweeps.part import Part
from learnscope.sweeps.plan import Plan, make_plan
from learnscope.sweeps.route import SweepRoute
from learnscope.sweeps.states import States
from learnscope.sweeps.sweep import Sweep, sweep_to_toml
from learnscope.sweeps.work import Swept, Work, count_diverged
from learnscope.training.result import OnProgress, ShouldStop

__all__ = ["Swept", "prepared", "sweep"]


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

    A sweep that chooses its points on the way is trained in rounds, see
    `learnscope.sweeps.adaptive`.

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
    from learnscope.sweeps.adaptive import in_rounds

    asked = prepared(wanted)
    if part is not None and asked.way is not None:
        raise InputError(
            "A part is a share of members that are known beforehand, and the rounds of this sweep "
            "choose theirs by all that came before. Leave --part out."
        )
    with ExitStack() as held_open:
        driver = _Driver(
            asked=asked,
            out=Path(out),
            engine=engine,
            engine_settings=engine_settings,
            part=part,
            deadline=deadline,
            route=route,
            on_progress=on_progress,
            should_stop=should_stop,
            held_open=held_open,
        )
        if asked.way is None:
            done = driver.train(asked)
        else:
            done = in_rounds(asked, driver.train, path_for(asked, Path(out)))
        return driver.write(done, command)


def prepared(wanted: Sweep) -> Sweep:
    """Return a sweep as it is trained and kept: whole paths, stand-ins, what its rounds need.

    Raises:
        InputError: it cannot be trained in the way that it asks for.
    """
    from learnscope.sweeps.adaptive import settled

    experiment = with_stand_in(with_whole_paths(wanted.experiment))
    if experiment is not wanted.experiment:
        wanted = wanted.model_copy(update={"experiment": experiment})
    return settled(wanted)


@dataclass
class _Driver:
    """Trains one sweep after the other into one atlas, which it holds from the first on."""

    asked: Sweep
    out: Path
    engine: Engine | str
    engine_settings: EngineSettings | None
    part: Part | None
    deadline: float | None
    route: SweepRoute
    on_progress: OnProgress | None
    should_stop: ShouldStop | None
    held_open: ExitStack
    folder: Path | None = None
    paths: tuple[str, ...] = ()
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    notes: dict[str, Any] = field(default_factory=dict)

    def train(self, wanted: Sweep, /, *, title: str = "", states: States | None = None) -> Swept:
        """Train what the atlas does not have of a sweep, see `learnscope.sweeps.rounds.Train`."""
        plan = make_plan(wanted, kept_route(wanted, self.out, self.route))
        # What cannot be trained was refused before there is a folder.
        folder = self.folder = self.folder or self._open(plan)
        # The newest of the files tells that the sweep is at work, see `learnscope.atlas.state`.
        write_whole(folder / SWEEP, sweep_to_toml(self.asked))
        if states is not None:
            states.begin()
        engine = _engine(self.engine, self.engine_settings, plan)
        self.notes = {"engine": engine.name, "route": plan.route, "route_reason": plan.reason}
        self.paths = tuple(plan.sweep.paths)
        store = Store(folder / STORE, write=True)
        try:
            store.note(NOTE, plan.route)
            work = Work(
                plan=plan,
                store=store,
                folder=folder,
                part=self.part,
                deadline=self.deadline,
                on_progress=self.on_progress,
                should_stop=self.should_stop,
                title=title,
                states=states,
                in_rounds=self.asked.way is not None,
            )
            return work.do(engine)
        finally:
            store.settle()
            store.close()

    def _open(self, plan: Plan) -> Path:
        if self.part is None:
            folder = folder_for(plan.sweep, self.out)
        else:
            folder = _part_folder(plan, self.part, self.out)
        self.held_open.enter_context(held(folder, f"The sweep {folder.name!r}"))
        remove_leftovers(folder)
        return folder

    def write(self, done: Swept, command: str) -> Swept:
        """Write the table for everybody's tools, and the notes; return what came, whole."""
        folder = done.atlas.path
        rows = write_table(folder / STORE, self.paths, folder / TABLE)
        meta: dict[str, Any] = {
            "name": done.atlas.name,
            "command": command,
            "started": self.began.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(done.seconds, 3),
            "members": done.members,
            "members_in_table": rows,
            "trained": done.trained,
            "skipped": done.skipped,
            "failed": sorted(done.errors),
            "epochs": done.epochs,
            **({"rounds": list(done.rounds)} if done.rounds else {}),
            **self.notes,
            "versions": versions(),
        }
        write_whole(folder / META, json.dumps(meta, indent=1))
        if self.asked.way is not None:
            return done
        import polars

        table = polars.scan_parquet(folder / TABLE)
        diverged = count_diverged(table, self.asked, done.points)
        return replace(done, atlas=Atlas(folder), diverged=diverged)


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
