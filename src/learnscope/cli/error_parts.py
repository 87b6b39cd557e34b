"""`learnscope errors`: the error of an experiment taken apart and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import heading, print_json, say, table
from learnscope.cli.progress import Style, make_sink
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas
    from learnscope.experiment import Experiment
    from learnscope.measures.decomposition.parts import ErrorParts


def errors(
    what: str,
    /,
    *,
    draws: int = 20,
    restarts: int = 4,
    longer: int = 5,
    large: int = 2000,
    variant: str | None = None,
    point: Annotated[Sequence[int], Parameter(name="--point")] = (),
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    out: Path = Path("runs"),
    atlases: Path = Path("atlases"),
    progress: Style = "auto",
    json: bool = False,
) -> int:
    """Take the error of an experiment apart: noise, family, data, optimiser.

    Args:
        what: name of the catalogue, file, run or atlas.
        draws: draws of the data, each trained on.
        restarts: trainings from other first weights that seek the best fit of each draw.
        longer: how many times as long those are.
        large: noise-free examples to which the best network of the family is fitted.
        variant: of an experiment of the catalogue: one of its variants.
        point: of an atlas: the points to measure; left out, all.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        out: folder below which the runs are, "runs" where left out.
        atlases: folder below which the atlases are, "atlases" where left out.
        progress: how progress is shown on stderr.
        json: print one JSON object.
    """
    from learnscope.cli.subject import experiment_or_atlas
    from learnscope.experiment import Experiment

    how = {"draws": draws, "restarts": restarts, "longer": longer, "large": large}
    overrides = read_sets(sets)
    found = (
        _variant(what, variant, overrides)
        if variant is not None
        else experiment_or_atlas(what, overrides, out, atlases)
    )
    if isinstance(found, Experiment) and point:
        raise InputError(f"--point names a point of an atlas, and {what!r} is none.")
    if isinstance(found, Experiment):
        return _of_one(found, how, progress, json)
    return _of_an_atlas(found, point, how, progress, json)


def _variant(what: str, variant: str, overrides: dict[str, str]) -> Experiment:
    from learnscope.cli.study import variants

    (_, experiment), *more = variants(what, variant, overrides)
    if more:
        raise InputError("'errors' measures one variant at a time: name it.")
    return experiment


def _of_one(experiment: Experiment, how: dict[str, int], progress: Style, json: bool) -> int:
    from learnscope.measures.decomposition.error_parts import error_parts

    with make_sink(progress) as sink:
        parts = error_parts(experiment, **how, on_progress=sink)
    if json:
        print_json({"name": experiment.name, **parts.data()})
        return 0
    _say(parts)
    return 0


def _say(parts: ErrorParts) -> None:
    from learnscope.measures.decomposition.parts import COLUMNS

    say(parts.sentence())
    if parts.bracket():
        say(parts.bracket())
    say()
    table(COLUMNS, parts.table(), right=("draws",))


def _of_an_atlas(
    atlas: Atlas, point: Sequence[int], how: dict[str, int], progress: Style, json: bool
) -> int:
    from learnscope.measures.decomposition.atlas_errors import atlas_errors
    from learnscope.sweeps.sweep import describe

    with make_sink(progress) as sink:
        found = atlas_errors(atlas, list(point) or None, **how, on_progress=sink)
    if json:
        rows = [
            {"point": number, "settings": dict(atlas.points[number]), **parts.data()}
            for number, parts in found.items()
        ]
        print_json({"atlas": str(atlas.path), "points": rows})
        return 0
    points = "1 point" if len(found) == 1 else f"{len(found)} points"
    heading(f"Measured errors of {points}, ± one Monte Carlo error")
    names = ("noise", "approximation", "estimation", "optimisation", "total")
    table(
        ("point", "settings", *names, "sum agrees"),
        [
            (str(number), describe(atlas.points[number]), *_cells(parts, names),
             _agrees(parts))
            for number, parts in found.items()
        ],
        right=("point", *names),
    )  # fmt: skip
    return 0


def _agrees(parts: ErrorParts) -> str:
    if parts.difference is None:
        return "-"
    return "yes" if parts.agrees else "no"


def _cells(parts: ErrorParts, names: Sequence[str]) -> list[str]:
    found = dict(parts.estimates())
    return [parts.text(found[name]) if name in found else "-" for name in names]
