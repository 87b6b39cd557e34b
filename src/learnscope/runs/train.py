"""Training an experiment into a run: drawing the data, choosing a route, keeping what is done."""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from learnscope.complaints import short
from learnscope.errors import DataError, InputError, Interrupted, LearnscopeError
from learnscope.experiment import Experiment, with_whole_paths
from learnscope.files import write_whole
from learnscope.runs.folder import (
    DONE,
    FAILED,
    META,
    held,
    new_folder,
    read_meta,
    read_settings,
    state_of,
    whole_meta,
)
from learnscope.runs.model_file import fingerprint
from learnscope.runs.parts import Parts
from learnscope.runs.run import Run, load_run, write_run
from learnscope.stand_in import with_stand_in
from learnscope.trained import Trained
from learnscope.training.budget import budget_notes
from learnscope.training.member import Member
from learnscope.training.members import members_of
from learnscope.training.result import OnProgress, Progress, Result
from learnscope.training.routes import (
    Choice,
    Listener,
    Resume,
    Route,
    choose_route,
    train_members,
)

PARTS, CHECKPOINT = "parts", "checkpoint"
KEEP_SECONDS = 2.0
"""Longest time that finished members wait in memory before they are written."""


def train(
    experiment: Experiment,
    *,
    out: str | Path | None = None,
    route: Route = "auto",
    seconds: float | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    command: str = "",
    prepared: Sequence[Member] = (),
) -> Run:
    """Train every member of an experiment.

    Args:
        experiment: the settings.
        out: folder below which the run's own folder is made; None keeps the run in memory
            (`run.save(out)` writes it later).
        route: "auto" takes the fused trainer where it can and is faster; "fused" and "torch"
            force one.
        seconds: wall time for the training, the loading of the trainer left out; then it ends
            with what is there. Members under way have the status "budget", the run's notes
            (`meta["budget"]`) list them and those that were not begun, and with `out`, `resume`
            goes on from there.
        on_progress: called some times a second with a `Progress`.
        should_stop: asked often; true stops the training, keeping what is done.
        command: the command line to note in the run.
        prepared: all members, in the order of their seeds, where they are at hand; left out, they
            are prepared here.

    Raises:
        InputError: settings do not fit the data.
        DataError: the data cannot be learned from, or the folder cannot be written.
        Interrupted: stopped; with `out`, `resume` goes on from there.
    """
    if not isinstance(experiment, Experiment):
        raise InputError(
            f"train needs an Experiment, got {short(experiment)}. Use ls.named('spirals') for one "
            "of the catalogue, ls.load_experiment(path) for a file, or ls.Experiment(problem=...)."
        )
    experiment = with_stand_in(experiment)
    if out is not None:
        experiment = with_whole_paths(experiment)
    work = _Work(experiment, route, _checked(seconds), on_progress, should_stop, command)
    if len(prepared) == experiment.seeds and all(m.experiment == experiment for m in prepared):
        work.members = list(prepared)
    if out is None:
        return work.do(None)
    # A fault in the settings or the data shows here, before a folder is made.
    work.prepare()
    return work.do(new_folder(Path(out), experiment))


def resume(
    folder: str | Path,
    *,
    route: Route | None = None,
    seconds: float | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Run:
    """Go on with a run that was stopped, killed or out of time; one that is done is only loaded.

    The result is the same, bit for bit, as without the stop, so the route is the one it began
    with. `seconds_training` adds up the parts of the training that ended in order; what a killed
    process spent is not known.

    Args:
        folder: that of the run.
        route: left out, the one it began with.
        seconds: see `train`.
        on_progress: likewise.
        should_stop: likewise.

    Raises:
        InputError: another route is asked for while members of the first are kept.
        DataError: the data have changed since, or a kept file is damaged.
    """
    folder = Path(folder)
    if state_of(folder) == "done" and not whole_meta(folder).get("budget"):
        return load_run(folder)
    experiment = read_settings(folder)
    meta = read_meta(folder)
    began: Any = meta.get("route") or "auto"
    if route not in {None, "auto", began} and (
        Parts(folder=folder / PARTS).any() or _checkpoints(folder)
    ):
        raise InputError(
            f"--route {route} cannot go on with a run that began on the route {began!r}: its "
            "members would not be of one kind. Leave --route out, or train it as a new run."
        )
    wanted = began if route is None or route == "auto" else route
    command = meta.get("command", "")
    work = _Work(experiment, wanted, _checked(seconds), on_progress, should_stop, command)
    return work.do(folder)


def _checked(seconds: float | None) -> float | None:
    if seconds is not None and not 0 < seconds < math.inf:
        raise InputError(f"seconds must be a time above 0, got {seconds!r}. Leave it out for none.")
    return seconds


@dataclass
class _Work:
    """One training on its way into a run."""

    experiment: Experiment
    route: Route
    seconds: float | None
    on_progress: OnProgress | None
    should_stop: Callable[[], bool] | None
    command: str
    members: list[Member] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def prepare(self) -> None:
        """Draw the data of every member, once."""
        if not self.members:
            self.members = list(members_of(self.experiment))

    def do(self, folder: Path | None) -> Run:
        """Train in a folder, or in memory."""
        if folder is None:
            return self._train(None)
        with held(folder):
            try:
                return self._train(folder)
            except (Interrupted, KeyboardInterrupt):
                raise self._interrupted(folder) from None
            except Exception as error:
                _mark_failed(folder, error)
                raise

    def _train(self, folder: Path | None) -> Run:
        began = datetime.now(UTC)
        self.prepare()
        choice = choose_route(self.members, self.route)
        meta = self._meta(began, choice, read_meta(folder) if folder else {})
        if folder:
            for mark in (DONE, FAILED):
                (folder / mark).unlink(missing_ok=True)
            write_whole(folder / META, json.dumps(meta, indent=1))
        self.started = time.perf_counter()
        results = self._results(folder, choice)
        seconds = time.perf_counter() - self.started
        before = float(meta.get("seconds_training", 0.0))
        meta |= {
            "status": "done",
            "seconds_training": round(before + seconds, 4),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        pairs = list(zip(self.members, results, strict=True))
        trained = [Trained(member=m, result=r) for m, r in pairs if r is not None]
        left = budget_notes(self.seconds, self.experiment.root_seeds(), results)
        if left is not None:
            meta["budget"] = left
        run = Run(self.experiment, trained, meta, folder)
        if folder:
            write_run(run)
            # What a budget left undone goes on from what is kept.
            if left is None:
                Parts(folder=folder / PARTS).clear()
                for path in _checkpoints(folder):
                    path.unlink(missing_ok=True)
        return run

    def _results(self, folder: Path | None, choice: Choice) -> list[Result | None]:
        """Return the results of all members, training those that are not kept yet."""
        keeper = _Keeper(
            None if folder is None else Parts(folder=folder / PARTS),
            {m.seed: m for m in self.members},
        )
        kept = keeper.load()
        todo = [m for m in self.members if m.seed not in kept]
        listener = Listener(
            on_progress=self._shifted(len(kept), keeper),
            on_result=keeper.add,
            should_stop=self.should_stop or (lambda: False),
        )
        with keeper.keeping():
            resume = _resume(folder, choice)
            new = train_members(todo, choice, listener, resume, self.seconds) if todo else []
        found = kept | {r.seed: r for r in new if r is not None}
        if any(map(_is_cut, new)):
            keeper.flush()
        return [found.get(m.seed) for m in self.members]

    def _shifted(self, n_kept: int, keeper: _Keeper) -> OnProgress:
        """Return a listener that counts the members kept from before as done."""
        epochs = self.experiment.training.epochs
        listener = self.on_progress

        def report(progress: Progress) -> None:
            keeper.flush_if_due()
            if listener is not None:
                listener(
                    Progress(
                        done=progress.done + n_kept * epochs,
                        total=progress.total + n_kept * epochs,
                        members_done=progress.members_done + n_kept,
                        members=progress.members + n_kept,
                        message=progress.message,
                    )
                )

        return report

    def _meta(self, began: datetime, choice: Choice, old: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": self.experiment.name,
            "title": self.experiment.title,
            "status": "running",
            "command": self.command,
            "started": old.get("started", began.isoformat(timespec="seconds")),
            "members": self.experiment.seeds,
            "route": choice.route,
            "route_reason": choice.reason,
            "seconds_training": old.get("seconds_training", 0.0),
            "seconds_estimated": _expected(choice, old),
            "warnings": list(self.experiment.warnings()),
            "versions": versions(),
            "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        }

    def _interrupted(self, folder: Path) -> Interrupted:
        meta = read_meta(folder)
        spent = float(meta.get("seconds_training", 0.0)) + time.perf_counter() - self.started
        meta |= {"status": "interrupted", "seconds_training": round(spent, 4)}
        with contextlib.suppress(LearnscopeError):
            write_whole(folder / META, json.dumps(meta, indent=1))
        kept = len(Parts(folder=folder / PARTS).load())
        n = len(_checkpoints(folder))
        how_far = "the one at work as far as it was" if n == 1 else "those at work as they stood"
        at_work = f", and {how_far}" if n else ""
        return Interrupted(
            f"Stopped; {kept} of {self.experiment.seeds} members are finished and kept{at_work}. "
            f"Go on with: learnscope run --resume {folder}"
        )


@dataclass
class _Keeper:
    """Gathers finished members and writes them every so often."""

    parts: Parts | None
    members: Mapping[int, Member]
    waiting: list[Result] = field(default_factory=list)
    last: float = field(default_factory=time.monotonic)

    def load(self) -> dict[int, Result]:
        """Return the members kept before; refuse parts that do not fit the settings or data."""
        kept = {} if self.parts is None else self.parts.load()
        for seed, (result, mark) in kept.items():
            self._check(seed, result, mark)
        return {seed: result for seed, (result, _) in kept.items()}

    def _check(self, seed: int, result: Result, mark: str) -> None:
        member = self.members.get(seed)
        precision = member.experiment.training.precision if member else ""
        wanted = {k: (s, precision) for k, s in member.network.shapes().items()} if member else {}
        found = {k: (tuple(v.shape), str(v.dtype)) for k, v in result.parameters.items()}
        if member is None or found != wanted:
            raise DataError(
                f"The members kept of this run do not fit its settings (seed {seed}). Train it as "
                "a new run."
            )
        if mark != fingerprint(member.sample):
            raise DataError(
                f"The data of this run have changed since its first members were trained (seed "
                f"{seed}). Put the old data back, or train it as a new run."
            )

    def add(self, result: Result) -> None:
        """Take a finished member; one that ran out of time is to go on from its checkpoint."""
        if not _is_cut(result):
            self.waiting.append(result)
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Write what is waiting, if it has waited long enough."""
        if time.monotonic() - self.last > KEEP_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        self.last = time.monotonic()
        if self.parts is not None and self.waiting:
            marks = {r.seed: fingerprint(self.members[r.seed].sample) for r in self.waiting}
            self.parts.add(self.waiting, marks)
        self.waiting.clear()

    @contextlib.contextmanager
    def keeping(self) -> Iterator[None]:
        """Write what is waiting when training is stopped, whatever stops it."""
        try:
            yield
        except BaseException:
            self.flush()
            raise


def _expected(choice: Choice, old: Mapping[str, Any]) -> float | None:
    """Return the estimate made when the run began; None where its work cannot be counted."""
    if "seconds_estimated" in old:
        value: float | None = old["seconds_estimated"]
        return value
    found = choice.estimates.get(choice.route)
    return None if found is None else float(f"{found.seconds:.3g}")


def _is_cut(result: Result | None) -> bool:
    return result is None or result.status == "budget"


def _checkpoints(folder: Path) -> list[Path]:
    """Return the states of members that were at work."""
    return sorted(folder.glob(f"{CHECKPOINT}*.safetensors"))


def _resume(folder: Path | None, choice: Choice) -> Resume:
    if folder is None:
        return Resume(load=lambda member: None, save=lambda member, state: None)
    from learnscope.training.checkpoint import load_checkpoint, save_checkpoint

    # One member is at work at a time on the PyTorch route, several on the fused one.
    def path(member: Member) -> Path:
        tail = f"-{member.seed}" if choice.route == "fused" else ""
        return folder / f"{CHECKPOINT}{tail}.safetensors"

    return Resume(
        load=lambda member: load_checkpoint(path(member), member),
        save=lambda member, state: save_checkpoint(path(member), member, state),
    )


def _mark_failed(folder: Path, error: Exception) -> None:
    with contextlib.suppress(LearnscopeError):
        write_whole(folder / FAILED, f"{type(error).__name__}: {error}\n")
        meta = read_meta(folder) | {"status": "failed"}
        write_whole(folder / META, json.dumps(meta, indent=1))


def versions() -> dict[str, str]:
    """Return the versions that can change a result."""
    found = {"python": platform.python_version()}
    for name in ("learnscope", "numpy", "scipy", "torch", "numba", "scikit-learn"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
