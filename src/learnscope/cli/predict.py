"""`learnscope predict`: the answers of a trained network for rows of a CSV file or a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from learnscope.arrays import Array
from learnscope.cli.csv_rows import as_csv, predictions, read_inputs
from learnscope.cli.output import note, print_json
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.files import write_whole
from learnscope.predictor import Predictor
from learnscope.problems.csv import Csv
from learnscope.problems.picture_file import is_picture, read_picture
from learnscope.runs.folder import find_run, read_settings, state_of
from learnscope.runs.model_file import read_model
from learnscope.runs.run import answering
from learnscope.seeds import streams


def predict(
    run: str,
    data: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    member: int | None = None,
    proba: bool = False,
    invert: bool = False,
    centre: bool = False,
    to: Path | None = None,
    out: Path = Path("runs"),
    json: bool = False,
) -> int:
    """Answer for the rows of a CSV file, or for a picture.

    Args:
        run: folder, name, stamp, or "last".
        data: CSV file with a header line, "-" reads stdin; or a picture (.png, .jpg).
        member: which member answers, 0 is the first; left out, the first that did not diverge.
        proba: give the belief in each class, not the class.
        invert: exchange black and white of the picture.
        centre: cut out what the picture shows and centre it, as MNIST does.
        to: file for the answers; left out, stdout.
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    if to is not None:
        _check_place(to)
    folder = find_run(run, out)
    experiment = read_settings(folder)
    predictor, which, seed = _predictor(folder, experiment, member)
    if is_picture(data):
        x = _picture(data, experiment, seed, invert=invert, centre=centre)
    elif invert or centre:
        raise InputError(
            f"--invert and --centre are for pictures (.png, .jpg), and {data!r} is none."
        )
    else:
        x = _rows(data, experiment, predictor)
    answers = predictions(predictor, x, proba)
    if to is not None:
        _write(to, as_csv(answers))
        note(f"learnscope: {len(x)} answers written to {str(to)!r}.")
    if json:
        rows = zip(*(values.tolist() for values in answers.values()), strict=True)
        print_json(
            {
                "run": str(folder),
                "member": which,
                "inputs": list(predictor.chain.columns),
                "columns": list(answers),
                "predictions": [dict(zip(answers, row, strict=True)) for row in rows],
            }
        )
    elif to is None:
        sys.stdout.write(as_csv(answers))
    return 0


def _check_place(to: Path) -> None:
    if to.is_dir():
        raise InputError(
            f"--to needs a file, and {str(to)!r} is a folder: for example "
            f"--to {to / 'answers.csv'}."
        )
    if not to.parent.is_dir():
        raise InputError(f"--to {to}: there is no folder {str(to.parent)!r}. Make it first.")


def _write(to: Path, text: str) -> None:
    try:
        write_whole(to, text)
    except DataError as error:
        raise DataError(str(error).replace("with --out", "with --to")) from None


def _rows(data: str, experiment: Experiment, predictor: Predictor) -> Array:
    problem = experiment.problem
    dialect = (problem.decimal, problem.encoding) if isinstance(problem, Csv) else (".", "auto")
    return read_inputs(data, predictor.chain.columns, decimal=dialect[0], encoding=dialect[1])


def _picture(path: str, experiment: Experiment, seed: int, *, invert: bool, centre: bool) -> Array:
    """Return a picture (1, d) in the size and on the scale of the images of the run."""
    problem, split = experiment.problem, experiment.training.split
    sample = problem.sample(streams(seed, problem_seed=problem.seed, split_seed=split.seed).draws)
    read = read_picture(path, sample, invert=invert, centre=centre)
    if read.note:
        note(f"learnscope: {read.note}")
    return read.x


def _predictor(
    folder: Path, experiment: Experiment, member: int | None
) -> tuple[Predictor, int, int]:
    """Return the network of a member, which one it is, and its root seed."""
    state = state_of(folder)
    if state != "done":
        raise DataError(
            f"The run {str(folder)!r} is not finished ({state}). Go on with "
            f"'learnscope run --resume {folder}'."
        )
    predictors, results, _ = read_model(folder, experiment)
    which = answering(results, member)
    if member is None and len(results) > 1:
        note(f"learnscope: member {which} of {len(results)} answers (--member chooses).")
    return predictors[which], which, results[which].seed
