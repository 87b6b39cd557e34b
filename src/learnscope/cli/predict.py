"""`learnscope predict`: the answers of a trained network for the rows of a CSV file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from learnscope.cli.csv_rows import as_csv, predictions, read_inputs
from learnscope.cli.output import note, print_json
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.files import write_whole
from learnscope.predictor import Predictor
from learnscope.problems.csv import Csv
from learnscope.runs.folder import find_run, read_settings, state_of
from learnscope.runs.model_file import read_model
from learnscope.runs.run import answering


def predict(
    run: str,
    data: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    member: int | None = None,
    proba: bool = False,
    to: Path | None = None,
    out: Path = Path("runs"),
    json: bool = False,
) -> int:
    """Answer for the rows of a CSV file.

    Args:
        run: folder, name, stamp, or "last".
        data: CSV file with a header line; "-" reads stdin.
        member: which member answers, 0 is the first; left out, the first that did not diverge.
        proba: give the belief in each class, not the class.
        to: file for the answers; left out, stdout.
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    if to is not None:
        _check_place(to)
    folder = find_run(run, out)
    experiment = read_settings(folder)
    predictor, which = _predictor(folder, experiment, member)
    problem = experiment.problem
    dialect = (problem.decimal, problem.encoding) if isinstance(problem, Csv) else (".", "auto")
    x = read_inputs(data, predictor.chain.columns, decimal=dialect[0], encoding=dialect[1])
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


def _predictor(folder: Path, experiment: Experiment, member: int | None) -> tuple[Predictor, int]:
    """Return the network of a member, and which one it is."""
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
    return predictors[which], which
