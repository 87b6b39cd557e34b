"""A run: one trained experiment, in memory or in its folder."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment, with_whole_paths
from learnscope.files import make_folder, write_whole
from learnscope.runs.folder import (
    DONE,
    EXPERIMENT,
    FIGURES,
    HISTORY_FILE,
    META,
    REPORT,
    is_run,
    new_folder,
    read_settings,
    state_of,
    whole_meta,
)
from learnscope.runs.model_file import fingerprint, read_model, write_model
from learnscope.runs.snapshots import read_snapshots
from learnscope.trained import Trained
from learnscope.training.members import Members
from learnscope.training.result import HISTORY, Result

if TYPE_CHECKING:
    import polars

    from learnscope.measures.atlas.result import AtlasVerdict
    from learnscope.measures.decomposition.parts import ErrorParts
    from learnscope.measures.facts import Facts
    from learnscope.predictor import Predictor
    from learnscope.problems.base import Sample
    from learnscope.views.plots import Plots


class Run:
    """One trained experiment.

    Attributes:
        experiment: the settings.
        trained: its members, with their data.
        meta: plain notes: command, started, seconds_training, route, versions, status.
        path: the folder, or None for a run in memory.
    """

    def __init__(
        self,
        experiment: Experiment,
        trained: Sequence[Trained],
        meta: Mapping[str, Any],
        path: Path | None = None,
    ) -> None:
        self.experiment = experiment
        self.trained = tuple(trained)
        self.meta = dict(meta)
        self.path = path

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.experiment.name

    @property
    def results(self) -> tuple[Result, ...]:
        """Weights, history and end of each member."""
        return tuple(t.result for t in self.trained)

    @cached_property
    def metrics(self) -> dict[str, list[float]]:
        """Name -> a number for each member, e.g. "test_accuracy"; NaN for diverged members."""
        from learnscope.measures.scores import scores

        rows = [scores(t) for t in self.trained]
        return {name: [row[name] for row in rows] for name in rows[0]}

    @cached_property
    def facts(self) -> Facts:
        """What was measured: health, scores, the ceiling, trivial baselines; see `Facts`."""
        from learnscope.measures.facts import gather

        return gather(self.trained, self.metrics)

    @cached_property
    def history(self) -> polars.DataFrame:
        """A table with a row for each member and evaluated epoch, see `HISTORY`."""
        return history_table(self.results)

    @property
    def plot(self) -> Plots:
        """The pictures: `run.plot.boundary()`, `run.plot.curves()` and so on."""
        from learnscope.views.plots import Plots

        return Plots(self.trained)

    def at(self, epoch: int) -> Run:
        """Return the run as it was after an epoch, for pictures and measures of that moment.

        >>> run.at(10).plot.boundary()

        Raises:
            InputError: not every member has a snapshot of that epoch, see `training.snapshots`.
        """
        return Run(self.experiment, [t.at(epoch) for t in self.trained], self.meta)

    def predict(self, x: Any, member: int | None = None) -> Array:
        """Return predictions for raw inputs (m, d): class names (m,), or numbers (m, k).

        The first member that did not diverge answers, unless one is named.
        """
        predictor, x = self._predictor(member), _as_table(x)
        if predictor.head.task == "regression":
            return predictor.output(x)
        return np.asarray(predictor.head.outputs)[predictor.labels(x)]

    def predict_proba(self, x: Any, member: int | None = None) -> Array:
        """Return the belief in each class (m, c) for raw inputs (m, d), rows summing to 1."""
        predictor, x = self._predictor(member), _as_table(x)
        if predictor.head.task == "regression":
            raise InputError("predict_proba is for classes, and this run predicts numbers.")
        return predictor.shares(x)

    def report(self) -> str:
        """Return the report as one HTML page."""
        from learnscope.reports.report import render

        return render(self)

    def save(self, out: str | Path = "runs") -> Path:
        """Write the run into a new folder below `out` and return the folder."""
        experiment = with_whole_paths(self.experiment)
        folder = new_folder(Path(out), experiment)
        write_run(Run(experiment, self.trained, self.meta, folder))
        return folder

    def evaluate(self, sample: Sample | None = None) -> dict[str, list[float]]:
        """Return scores on examples that no member has seen, a number for each member.

        NaN for members that diverged, as in `metrics`.

        Args:
            sample: the examples, from other settings of the problem perhaps; left out, fresh ones
                of the run's own problem.
        """
        from learnscope.measures.fresh import evaluate, fresh_sample

        given = fresh_sample(self.experiment.problem) if sample is None else sample
        first = self.trained[answering(self.results, None)]
        names = evaluate(first, given)
        rows = [
            dict.fromkeys(names, math.nan) if t.diverged else evaluate(t, given)
            for t in self.trained
        ]
        return {name: [row[name] for row in rows] for name in names}

    def errors(self, **how: Any) -> ErrorParts:
        """Measure where the error comes from: noise, family, data, optimiser.

        The experiment is trained anew on many draws of its data.

        Args:
            how: arguments of `error_parts`: `draws`, `restarts`, `longer`, `large`, `points`.

        Raises:
            InputError: the model learns its own inputs, or a number is too small.
            DataError: a member diverged.
        """
        from learnscope.measures.decomposition.error_parts import error_parts

        return error_parts(self.experiment, **how)

    def limits(
        self, *, trials: bool = False, seeds: int = 10, seconds: float = 60.0
    ) -> AtlasVerdict:
        """Return what limits the run and what to change, see `run_verdict`."""
        from learnscope.measures.atlas.verdict import run_verdict

        return run_verdict(self, trials=trials, seeds=seeds, seconds=seconds)

    def _predictor(self, member: int | None) -> Predictor:
        return self.trained[answering(self.results, member)].predictor

    def __repr__(self) -> str:
        where = f" in {str(self.path)!r}" if self.path else ""
        return f"<Run of {self.name!r}: {len(self.trained)} members{where}>"


def answering(results: Sequence[Result], member: int | None) -> int:
    """Return which member answers: the one asked for, or the first that did not diverge.

    Raises:
        InputError: there is no such member.
        DataError: it diverged, or all did.
    """
    alive = [i for i, r in enumerate(results) if r.status != "diverged"]
    if member is None and not alive:
        raise DataError("All members of this run diverged: none can answer.")
    which = alive[0] if member is None else member
    if not 0 <= which < len(results):
        raise InputError(f"member must be 0 to {len(results) - 1}, got {member}.")
    if which not in alive:
        raise DataError(f"Member {which} diverged and cannot answer. Choose another member.")
    return which


def _as_table(x: Any) -> Array:
    try:
        return np.asarray(x)
    except ValueError:
        raise DataError(
            "inputs must be a table of numbers, and these rows are not of one length."
        ) from None


def history_table(results: Sequence[Result]) -> polars.DataFrame:
    """Return the histories of all members as one table."""
    import polars as pl

    lengths = [len(r.history["epoch"]) for r in results]
    columns: dict[str, Any] = {
        "member": np.repeat(np.arange(len(results)), lengths),
        "seed": np.repeat(np.array([r.seed for r in results]), lengths),
    }
    for name in HISTORY:
        columns[name] = np.concatenate([r.history[name] for r in results])
    table = pl.DataFrame(columns).with_columns(pl.col("epoch").cast(pl.Int64))
    return table.with_columns(pl.selectors.float().fill_nan(None))


def write_run(run: Run) -> None:
    """Write everything but the report into the run's folder, and the mark that it is whole."""
    from learnscope.measures.health import is_dead

    folder = run.path
    assert folder is not None
    write_model(folder, run.trained)
    from io import BytesIO

    buffer = BytesIO()
    run.history.write_parquet(buffer)
    write_whole(folder / HISTORY_FILE, buffer.getvalue())
    alive = [not (t.diverged or is_dead(t)) for t in run.trained]
    # How many rows a score is of decides how many of its digits mean anything.
    rows = {part: len(index) for part, index in run.trained[0].member.rows.items()}
    summary = {**run.meta, "metrics": _json_safe(run.metrics), "alive": alive, "rows": rows}
    write_whole(folder / META, json.dumps(summary, indent=1, allow_nan=False))
    write_whole(folder / DONE, "")


def _json_safe(metrics: Mapping[str, Sequence[float]]) -> dict[str, list[float | None]]:
    """Return the numbers with None for what JSON has no word for."""
    return {k: [v if np.isfinite(v) else None for v in row] for k, row in metrics.items()}


def load_run(folder: str | Path) -> Run:
    """Read a finished run from its folder; its data are drawn again from the seeds.

    Raises:
        InputError: the folder is not that of a run.
        DataError: the run is not finished, a file is damaged, or the data have changed.
    """
    folder = Path(folder)
    if not is_run(folder):
        raise InputError(f"{str(folder)!r} is not the folder of a run: it has no {EXPERIMENT}.")
    state = state_of(folder)
    if state != "done":
        raise DataError(
            f"The run {str(folder)!r} is not finished ({state}). Go on with "
            f"'learnscope run --resume {folder}'."
        )
    experiment, notes = read_settings(folder), whole_meta(folder)
    predictors, results, marks = read_model(folder, experiment)
    results = read_snapshots(folder, experiment, predictors[0].network, results)
    histories = _read_histories(folder / HISTORY_FILE, results)
    members = Members((experiment, result.seed) for result in results)
    trained = []
    for member, result, mark, history in zip(members, results, marks, histories, strict=True):
        if fingerprint(member.sample) != mark:
            raise DataError(
                f"The data of the run {str(folder)!r} have changed since it was trained (seed "
                f"{result.seed}): its pictures and figures would not be true. Put the old data "
                "back, or train again."
            )
        trained.append(Trained(member=member, result=replace(result, history=history)))
    meta = {k: v for k, v in notes.items() if k not in {"metrics", "alive", "rows"}}
    return Run(experiment, trained, meta, folder)


def _read_histories(path: Path, results: Sequence[Result]) -> list[dict[str, Array]]:
    import polars as pl

    try:
        table = pl.read_parquet(path)
        parts = [table.filter(pl.col("seed") == r.seed) for r in results]
        return [
            {
                name: part[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
                for name in HISTORY
            }
            for part in parts
        ]
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{str(path)!r} cannot be read: {error}. Train again.") from None


def write_report(run: Run, *, diagnose: bool = True) -> Path:
    """Write the pictures and the report into the run's folder and return the report's path.

    Args:
        run: a run with a folder.
        diagnose: whether the doctor is asked, some seconds, where the outcome is poor.
    """
    from learnscope.reports.diagnosing import diagnosis_of
    from learnscope.reports.pictures import each_picture
    from learnscope.reports.report import render

    assert run.path is not None
    make_folder(run.path / FIGURES)
    pictures = []
    for picture in each_picture(run.trained):
        pictures.append(picture)
        if picture.file:
            write_whole(run.path / FIGURES / f"{picture.name}.svg", picture.file)
    path = run.path / REPORT
    diagnosis = diagnosis_of(run.facts) if diagnose else None
    write_whole(path, render(run, pictures, diagnosis=diagnosis))
    return path
