"""The doctor's command on the scripts: what it names first, and whether its diff mends them."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.doctor_totals import Seen, print_alarms, print_seen
from tests.doctor.cases.listed_scripts import LISTED, Script, run

COMMAND = (sys.executable, "-m", "learnscope", "doctor")


def show(part: str, only: Sequence[str]) -> None:
    """Print the table of the scripts of one part, and the alarms on their twins."""
    scripts = [s for s in LISTED if s.part == part and (not only or s.name in only)]
    print_seen((_examine(s) for s in scripts), rows=part == "open")
    twins = [(f"twin of {s.name}", _alarm(s)) for s in scripts]
    alarms = [(name, alarm) for name, alarm in twins if alarm]
    print_alarms("repaired twins", alarms, len(scripts), rows=part == "open")


def _examine(script: Script) -> Seen:
    start = time.perf_counter()
    slugs, error = _findings(script.path())
    seconds = time.perf_counter() - start
    cured = _cured(script) if slugs else None
    found = tuple(slug for slug, _ in slugs)
    return Seen(script.name, script.truth, found, error, cured, seconds)


def _findings(path: Path) -> tuple[list[tuple[str, str]], str]:
    """Return (slug, severity) of each finding, and what went wrong, if anything did."""
    done = subprocess.run([*COMMAND, str(path), "--json"], capture_output=True, text=True)
    try:
        # What the script itself prints may stand before the document.
        text = done.stdout[done.stdout.index("{") :]
        found = json.loads(text)["findings"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return [], f"exit {done.returncode}: {last[:80]}"
    return [(f["slug"], f["severity"]) for f in found], ""


def _alarm(script: Script) -> str:
    found, error = _findings(script.path(mended=True))
    return error or ", ".join(slug for slug, severity in found if severity != "note")


def _cured(script: Script) -> bool | None:
    """Apply the printed diff to a copy and run it; None where there is no diff, or no `patch`."""
    path = script.path()
    done = subprocess.run([*COMMAND, str(path), "--fix"], capture_output=True, text=True)
    at = done.stdout.find("--- ")
    if at < 0 or path.suffix != ".py" or shutil.which("patch") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        patch = ["patch", "--silent", "--forward", str(copy)]
        if subprocess.run(patch, input=done.stdout[at:], text=True).returncode:
            return False
        try:
            return run(copy) >= script.good
        except Exception:
            return False
