"""The atlas in Python: its table, its groups, and every member as a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from learnscope.atlas.folder import META, SWEEP, TABLE, find_atlas
from learnscope.atlas.groups import LEVEL, QUANTILES, grouped
from learnscope.atlas.pairs import compared
from learnscope.atlas.selection import check_column, selected
from learnscope.atlas.store import FIXED, STORE, Store
from learnscope.atlas.table import table_of
from learnscope.errors import DataError, InputError, listing, suggestion
from learnscope.sweeps.packing import KEPT_HISTORY, Row
from learnscope.sweeps.points import Point
from learnscope.sweeps.sweep import Sweep, experiment_at, load_sweep

if TYPE_CHECKING:
    import pandas
    import polars

    from learnscope.experiment import Experiment
    from learnscope.measures.atlas.result import AtlasVerdict
    from learnscope.measures.comparison.difference import Difference
    from learnscope.measures.decomposition.parts import ErrorParts
    from learnscope.runs.run import Run
    from learnscope.trained import Trained
    from learnscope.views.atlas import AtlasPlots

T = TypeVar("T")

NOTES = ("started", "finished", "command", "route", "route_reason", "versions")
"""Notes of a sweep that are those of its members too."""


class Atlas:
    """The table of all members of a sweep, with their weights and histories.

    Attributes:
        path: its folder.
        sweep: what was asked for last.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sweep: Sweep = load_sweep(path / SWEEP)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.name

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """The settings that change."""
        return self.sweep.paths

    @cached_property
    def points(self) -> Mapping[int, Point]:
        """Number -> settings of every point."""
        return self._read(lambda store: store.points())

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Plain notes of the last sweep: members, seconds, engine, versions; {} before its end."""
        try:
            data = json.loads((self.path / META).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    @cached_property
    def table(self) -> polars.DataFrame:
        """One row for each member, ordered by point and seed.

        Columns: `point`, each setting that changes, `seed`, `status`, `cause`, `epochs`,
        `best_epoch`, `seconds`, and the measures (float64, null where they do not apply).
        """
        import polars

        if self._has_parquet:
            try:
                return polars.read_parquet(self.path / TABLE)
            except (OSError, polars.exceptions.PolarsError):
                pass  # The store has it all.
        return self._read(lambda store: table_of(store, self.axes))

    @cached_property
    def _has_parquet(self) -> bool:
        """Whether the table was written with all members that the store has."""
        count = self._read(lambda store: store.count())
        return (self.path / TABLE).is_file() and self.meta.get("members_in_table") == count

    @cached_property
    def _empty(self) -> polars.DataFrame:
        """The table without rows, for what needs the names of its columns alone."""
        import polars

        if "table" not in self.__dict__ and self._has_parquet:
            try:
                return polars.read_parquet(self.path / TABLE, n_rows=0)
            except (OSError, polars.exceptions.PolarsError):
                pass
        return self.table.clear()

    def _columns(self, names: Sequence[str]) -> polars.DataFrame:
        """Return some columns, without reading the others from the disk."""
        import polars

        if "table" not in self.__dict__ and self._has_parquet:
            try:
                return polars.read_parquet(self.path / TABLE, columns=[*names])
            except (OSError, polars.exceptions.PolarsError):
                pass
        return self.table.select(names)

    @property
    def measures(self) -> list[str]:
        """Names of the measures of a member."""
        return [n for n in self._empty.columns if n not in {*FIXED, *self.axes}]

    @property
    def score(self) -> str:
        """The measure that members are compared by: accuracy or squared error, on test rows."""
        known = self.measures
        wanted = [f"{p}_{m}" for p in ("test", "validation", "train") for m in ("accuracy", "mse")]
        return next((name for name in wanted if name in known), known[0])

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table for pandas.

        Raises:
            InputError: pandas or pyarrow is not installed.
        """
        try:
            import pandas  # noqa: F401
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise InputError(
                f"to_pandas needs {error.name}: install pandas and pyarrow, or use the polars "
                "table or the Parquet file."
            ) from None
        return self.table.to_pandas()

    def experiment(self, point: int) -> Experiment:
        """Return the experiment of a point, with the seeds of the sweep.

        Raises:
            DataError: there is no such point.
        """
        if point not in self.points:
            raise DataError(f"The atlas has no point {point}; it has {len(self.points)}.")
        return experiment_at(self.sweep.experiment, self.points[point])

    def row(self, point: int, seed: int) -> Row:
        """Return a member as it is kept: values, weights, history.

        Raises:
            DataError: it is not here.
        """
        return self._read(lambda store: store.member(point, seed))

    def middle_rows(self, seeds: Mapping[int, int]) -> dict[int, Row]:
        """Return point -> one member as it is kept, for point -> seed; each shard is read once."""
        return self._read(lambda store: dict(store.members(seeds.items())))

    def history(self, point: int, seed: int) -> dict[str, Any]:
        """Return the history of a member: column -> (t,) float32, see `KEPT_HISTORY`."""
        history = self.row(point, seed).history
        return {name: history[:, i] for i, name in enumerate(KEPT_HISTORY)}

    def trained(self, point: int, seeds: Sequence[int]) -> list[Trained]:
        """Return members of a point with their data, as every view and measure takes them.

        Raises:
            DataError: one is not here, or its data have changed.
        """
        from learnscope.atlas.opening import opened

        experiment = self.experiment(point)
        return [opened(experiment, self.row(point, seed)) for seed in seeds]

    def open(self, point: int, seed: int | None = None) -> Run:
        """Return a member, or all members of a point, as a run: views, report, predictions.

        Args:
            point: its number, as in the table.
            seed: root seed; left out, all that the point has.

        Raises:
            DataError: it is not here.
        """
        from learnscope.runs.run import Run

        there = self.table.filter(self.table["point"] == point)["seed"].to_list()
        seeds = sorted(there) if seed is None else [seed]
        if not seeds:
            raise DataError(f"The atlas has no member of point {point}.")
        experiment = self.experiment(point).override(
            {"seed": seeds[0], "seeds": seeds[-1] - seeds[0] + 1}
        )
        if experiment.seeds != len(seeds):
            raise DataError(
                f"The seeds of point {point} have gaps: open them one by one, with seed=."
            )
        from learnscope.atlas.opening import opened

        trained = [opened(experiment, self.row(point, number)) for number in seeds]
        notes = {word: self.meta[word] for word in NOTES if word in self.meta}
        meta = {
            **notes,
            "name": experiment.name,
            "status": "done",
            "members": len(seeds),
            "seconds_training": round(sum(t.result.seconds for t in trained), 4),
            "warnings": list(experiment.warnings()),
            "atlas": self.name,
            "point": point,
        }
        return Run(experiment, trained, meta, None)

    def select(self, *where: str) -> polars.DataFrame:
        """Return the members that meet all conditions, e.g. "problem.noise <= 1".

        Raises:
            InputError: a condition is none, see `learnscope.atlas.selection`.
        """
        return selected(self.table, where)

    def group(
        self,
        by: str | Sequence[str] | None = None,
        measure: str | None = None,
        *,
        where: str | Sequence[str] = (),
        quantiles: Sequence[float] = QUANTILES,
        level: float = LEVEL,
    ) -> polars.DataFrame:
        """Return a measure over groups of members: mean, spread, quantiles, interval.

        >>> atlas.group("model.width", "test_accuracy", where="problem.noise <= 1")

        Args:
            by: settings whose values make a group, whole names or their last words; left out, all
                that change, so that a group is the seeds of a point.
            measure: left out, `score`.
            where: conditions, see `select`.
            quantiles: those wanted.
            level: of the interval of the mean.

        Raises:
            InputError: there is no such setting or measure, or a condition is wrong.
        """
        words = self.axes if by is None else (by,) if isinstance(by, str) else by
        columns = list(dict.fromkeys(check_column(self._empty, word) for word in words))
        measure = self.check_measure(measure or self.score)
        if where:
            table = selected(self.table, where)
        else:
            table = self._columns(list(dict.fromkeys([*columns, "status", measure])))
        return grouped(table, columns, measure, quantiles=quantiles, level=level)

    def compare(self, first: int, second: int, measure: str | None = None) -> Difference:
        """Return the difference of two points over the seeds that both have, in pairs.

        Raises:
            InputError: there is no such point or measure, or fewer than 2 seeds are shared.
        """
        return compared(self.table, first, second, self.check_measure(measure or self.score))

    def errors(self, points: Sequence[int] | None = None, **how: Any) -> dict[int, ErrorParts]:
        """Return number of a point -> where its error comes from, see `atlas_errors`."""
        from learnscope.measures.decomposition.atlas_errors import atlas_errors

        return atlas_errors(self, points, **how)

    def verdict(
        self, *, trials: bool = False, seeds: int = 10, seconds: float = 60.0
    ) -> AtlasVerdict:
        """Return what limits each point, which is best and what to change, see `atlas_verdict`."""
        from learnscope.measures.atlas.verdict import atlas_verdict

        return atlas_verdict(self, trials=trials, seeds=seeds, seconds=seconds)

    @property
    def plot(self) -> AtlasPlots:
        """The pictures of the atlas, one method each."""
        from learnscope.views.atlas import AtlasPlots

        return AtlasPlots(self)

    def report(self, *, trials: bool = False) -> Path:
        """Write report.html into the folder of the atlas and return its path.

        Args:
            trials: also train what the verdict proposes, on fresh seeds, some seconds.

        Raises:
            InputError: the atlas has no members yet.
        """
        from learnscope.measures.atlas.verdict import atlas_verdict
        from learnscope.reports.atlas.report import write_report

        return write_report(self, verdict=atlas_verdict(self, trials=trials), diagnose=True)

    def check_measure(self, name: str) -> str:
        """Return the name of a measure, refused where there is none of it."""
        if name not in self.measures:
            raise InputError(
                f"The atlas has no measure {name!r}.{suggestion(name, self.measures)} It has "
                f"{listing(self.measures, 30)}."
            )
        return name

    def _read(self, what: Callable[[Store], T]) -> T:
        store = Store(self.path / STORE)
        try:
            return what(store)
        finally:
            store.close()


def load_atlas(text: str | Path, *, out: str | Path = "atlases") -> Atlas:
    """Return an atlas: a folder, "last", or the beginning of its name.

    Raises:
        InputError: there is none, or several.
    """
    return Atlas(find_atlas(str(text), Path(out)))
