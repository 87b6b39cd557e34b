"""`learnscope learning-curve` and `learnscope width-curve`: errors over a size, and forecasts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from json import dumps as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import note, print_json, say, table
from learnscope.cli.picture import check_picture, write_picture
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.experiment import Experiment
    from learnscope.measures.kept import Kept
    from learnscope.measures.size_curve import SizeCurve

CURVES = ".curves"
"""Folder below the runs with the trainings of curves."""
SEEDS = 10
"""Members where the experiment has fewer than two: a forecast needs their spread."""


def learning_curve(
    what: str,
    /,
    *,
    sizes: str | None = None,
    seeds: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    picture: Path | None = None,
    out: Path = Path("runs"),
    progress: Style = "auto",
    json: bool = False,
) -> int:
    """Measure the error over the number of training rows, and forecast what more would bring.

    Args:
        what: name of the catalogue, file or run.
        sizes: training rows, for example 50,100,200,400; left out, an eighth to four times those
            of the experiment, or a tenth to all of a data set.
        seeds: members; left out, those of the experiment, or 10 where it has one.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        picture: file for the picture (.svg, .png or .pdf).
        out: folder below which the runs are, "runs" where left out.
        progress: how progress is shown on stderr.
        json: print one JSON object.
    """
    from learnscope.measures.sized import rows_curve

    experiment = _experiment(what, seeds, sets, out, picture)
    with _keeping(experiment, out) as kept, stopping() as stop, make_sink(progress) as sink:
        found = rows_curve(experiment, _sizes(sizes), on_progress=sink, kept=kept, should_stop=stop)
    return _show(found, (), {}, picture, json)


def width_curve(
    what: str,
    /,
    *,
    sizes: str | None = None,
    seeds: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    picture: Path | None = None,
    out: Path = Path("runs"),
    progress: Style = "auto",
    json: bool = False,
) -> int:
    """Measure the error over the width, where the rows are fitted, and whether it falls twice.

    Args:
        what: name of the catalogue, file or run; an MLP, or a polynomial, whose degree it is.
        sizes: widths, for example 1,2,4,8,16,32; left out, those up to 64, or degrees up to 12.
        seeds: members; left out, those of the experiment, or 10 where it has one.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        picture: file for the picture (.svg, .png or .pdf).
        out: folder below which the runs are, "runs" where left out.
        progress: how progress is shown on stderr.
        json: print one JSON object.
    """
    from dataclasses import asdict

    from learnscope.measures.double_descent import descent
    from learnscope.measures.sized import width_curve as measure

    experiment = _experiment(what, seeds, sets, out, picture)
    with _keeping(experiment, out) as kept, stopping() as stop, make_sink(progress) as sink:
        found = measure(experiment, _sizes(sizes), on_progress=sink, kept=kept, should_stop=stop)
    twice = descent(found)
    data = {"descent": {**asdict(twice), "shown": twice.shown}}
    return _show(found, (twice.sentence(found),), data, picture, json)


@contextmanager
def _keeping(experiment: Experiment, out: Path) -> Iterator[Kept | None]:
    """Keep the trainings of a curve below the runs, in a folder for each experiment."""
    from learnscope.measures.kept import Kept

    data = {k: v for k, v in experiment.to_dict().items() if k not in {"name", "title", "seeds"}}
    digest = hashlib.sha256(json_text(data, sort_keys=True).encode()).hexdigest()[:6]
    what = f"A curve of {experiment.name!r}"
    with Kept.open(out / CURVES / f"{experiment.name}-{digest}", what) as kept:
        yield kept


def _experiment(
    what: str, seeds: int | None, sets: Sequence[str], out: Path, picture: Path | None
) -> Experiment:
    from learnscope.cli.source import find_shown

    if seeds is not None and seeds < 1:
        raise InputError(f"--seeds must be >= 1, got {seeds}.")
    if picture is not None:
        check_picture(picture)
    experiment = find_shown(what, read_sets(sets), out)
    wanted = seeds or (experiment.seeds if experiment.seeds > 1 else SEEDS)
    return experiment.override({"seeds": wanted})


def _sizes(text: str | None) -> list[int] | None:
    if text is None:
        return None
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdigit() and int(word) > 0 for word in words):
        raise InputError(
            f"--sizes must be whole numbers above 0, for example 50,100,200, got {text!r}."
        )
    return [int(word) for word in words]


def _show(
    found: SizeCurve,
    more: Sequence[str],
    data: Mapping[str, object],
    picture: Path | None,
    json: bool,
) -> int:
    if picture is not None:
        from learnscope.probes.chart import draw_chart
        from learnscope.probes.size_chart import size_chart

        write_picture(draw_chart(size_chart(found)), picture)
        note(f"learnscope: the picture is in {str(picture)!r}.")
    if json:
        print_json({**found.data(), **data, "more": list(more)})
        return 0
    for sentence in (*found.sentences(), *more):
        say(sentence)
    say()
    columns = (found.over, "error", "on training rows", "members", "parameters", "power law")
    table(columns, [_row(found, i) for i in range(len(found.sizes))], right=columns)
    return 0


def _row(found: SizeCurve, i: int) -> tuple[str, ...]:
    import numpy as np

    known = np.isfinite(found.test[:, i])
    train = float(found.train[known, i].mean()) if known.any() else math.nan
    law = found.law
    return (
        str(found.sizes[i]),
        found.text(*found.mean(i)),
        found.text(train),
        str(int(known.sum())),
        str(found.parameters[i]),
        "-" if law is None else found.text(float(law.at(found.sizes[i : i + 1])[0])),
    )
