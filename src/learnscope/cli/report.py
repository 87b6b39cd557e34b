"""`learnscope report`: the report of a run, written anew."""

from pathlib import Path

from learnscope.cli.output import print_json
from learnscope.runs.folder import find_run
from learnscope.runs.run import load_run, write_report


def report(
    run: str,
    /,
    *,
    out: Path = Path("runs"),
    no_diagnosis: bool = False,
    open: bool = False,
    json: bool = False,
) -> int:
    """Write the report of a run anew and print where it is.

    Args:
        run: folder, name, stamp, or "last".
        out: folder below which the runs are, "runs" where left out.
        no_diagnosis: do not ask the doctor, which takes some seconds where the outcome is poor.
        open: open it in the browser.
        json: print one JSON object.
    """
    path = write_report(load_run(find_run(run, out)), diagnose=not no_diagnosis)
    if json:
        print_json({"report": str(path)})
    else:
        print(path)
    if open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0
