"""`learnscope export`: a network as a PyTorch script that needs no learnscope."""

from __future__ import annotations

from pathlib import Path

from learnscope.cli.output import note, print_json
from learnscope.errors import DataError


def export(
    run: str,
    /,
    *,
    member: int | None = None,
    to: Path | None = None,
    out: Path = Path("runs"),
    json: bool = False,
) -> int:
    """Write a network as a PyTorch script.

    Args:
        run: folder, name, stamp, or "last".
        member: which member, 0 is the first; left out, the first that did not diverge.
        to: folder for the script, made where needed; left out, NAME-pytorch.
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    from learnscope.export import export_files, write_export
    from learnscope.export.script import WEIGHTS
    from learnscope.export.write import check_folder
    from learnscope.runs.folder import find_run, read_settings, state_of
    from learnscope.runs.model_file import read_model
    from learnscope.runs.run import answering

    folder = find_run(run, out)
    experiment, state = read_settings(folder), state_of(folder)
    if state != "done":
        raise DataError(
            f"The run {str(folder)!r} is not finished ({state}). Go on with "
            f"'learnscope run --resume {folder}'."
        )
    place = Path(f"{experiment.name}-pytorch") if to is None else to
    check_folder(place)
    predictors, results, _ = read_model(folder, experiment)
    which = answering(results, member)
    if member is None and len(results) > 1:
        note(f"learnscope: member {which} of {len(results)} is written (--member chooses).")
    files = export_files(experiment, predictors[which], results[which].seed)
    script = write_export(files, place)
    if json:
        print_json(
            {
                "run": str(folder),
                "member": which,
                "script": str(script),
                "weights": str(script.with_name(WEIGHTS)),
            }
        )
        return 0
    print(script)
    note(f"learnscope: try 'python {script} rows.csv', with a table like those it was trained on.")
    return 0
