import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "matplotlib", "polars", "sklearn", "scipy", "numba", "pydantic", "numpy"}


def loaded(code: str, folder: Path) -> set[str]:
    """Return the names of the modules that a fresh interpreter has after running the code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, check=True
    )
    return set(done.stderr.split())


def test_the_package_itself_loads_nothing_heavy(tmp_path: Path) -> None:
    assert not HEAVY & loaded("import learnscope", tmp_path)


@pytest.mark.slow
def test_a_run_loads_only_what_it_uses(tmp_path: Path) -> None:
    code = "from learnscope.cli import main; main(['run', 'spirals', '--quiet'])"
    names = loaded(code, tmp_path)
    assert "numba" in names and "matplotlib" in names
    # Each of these costs from a third of a second to two seconds.
    assert not {"torch", "sklearn", "scipy.stats", "scipy.optimize", "matplotlib.pyplot"} & names
