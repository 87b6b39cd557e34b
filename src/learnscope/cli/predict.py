"""`learnscope predict`: the answers of a trained network for the rows of a CSV file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from learnscope.cli.csv_rows import prediction_table, read_inputs
from learnscope.cli.output import note
from learnscope.errors import DataError, InputError
from learnscope.experiment import load_experiment
from learnscope.files import write_whole
from learnscope.predictor import Predictor
from learnscope.problems.csv import Csv
from learnscope.runs.folder import EXPERIMENT, find_run, state_of
from learnscope.runs.model_file import read_model


def predict(
    run: str,
    data: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    member: int | None = None,
    proba: bool = False,
    out: Path | None = None,
    runs: Path = Path("runs"),
) -> int:
    """Answer for the rows of a CSV file.

    Args:
        run: folder, name, stamp, or "last".
        data: CSV file with a header line; "-" reads stdin.
        member: which member answers, 0 is the first; left out, the first that did not diverge.
        proba: give the belief in each class, not the class.
        out: file for the answers; left out, stdout.
        runs: folder below which the runs are, "runs" where left out.
    """
    folder = find_run(run, runs)
    predictor = _predictor(folder, member)
    problem = load_experiment(folder / EXPERIMENT).problem
    dialect = (problem.decimal, problem.encoding) if isinstance(problem, Csv) else (".", "auto")
    x = read_inputs(data, predictor.chain.columns, decimal=dialect[0], encoding=dialect[1])
    text = prediction_table(predictor, x, proba)
    if out is None:
        sys.stdout.write(text)
    else:
        write_whole(out, text)
        note(f"learnscope: {len(x)} answers written to {str(out)!r}.")
    return 0


def _predictor(folder: Path, member: int | None) -> Predictor:
    state = state_of(folder)
    if state != "done":
        raise DataError(
            f"The run {str(folder)!r} is not finished ({state}). Go on with "
            f"'learnscope run --resume {folder}'."
        )
    predictors, results, _ = read_model(folder)
    if member is None:
        alive = [i for i, r in enumerate(results) if r.status != "diverged"]
        if not alive:
            raise DataError(f"All members of the run {str(folder)!r} diverged: none can answer.")
        if len(results) > 1:
            note(f"learnscope: member {alive[0]} of {len(results)} answers (--member chooses).")
        return predictors[alive[0]]
    if not 0 <= member < len(predictors):
        raise InputError(f"--member must be 0 to {len(predictors) - 1}, got {member}.")
    if results[member].status == "diverged":
        raise DataError(f"Member {member} diverged and cannot answer. Choose another --member.")
    return predictors[member]
