import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from learnscope.cli import main
from learnscope.doctor.watching.programs import read_program
from learnscope.doctor.watching.running import Ran, run_program
from tests.cli.calling import Answer, Cli

SCRIPTS = Path(__file__).parent / "scripts"

Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def own_random_states() -> Iterator[None]:
    """Scripts seed the generators of this process: they are put back."""
    torch_state, python_state, numpy_state = (
        torch.get_rng_state(),
        random.getstate(),
        np.random.get_state(),
    )
    threads = torch.get_num_threads()
    # Networks this small are slower on several threads, and far slower where cores are shared.
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(torch_state)
    random.setstate(python_state)
    np.random.set_state(numpy_state)


@pytest.fixture
def run() -> Run:
    """Runs a script of `scripts`, or a file, under observation in this process."""

    def call(script: str | Path, *arguments: str) -> Ran:
        path = SCRIPTS / script if isinstance(script, str) else script
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run_program(read_program(path), arguments)

    return call


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a script and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "train.py"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Calls the command line in this process, with what its children write."""
    # A child of the tests finds the package where the tests found it.
    paths = [p for p in (str(Path.cwd() / "src"), os.environ.get("PYTHONPATH", "")) if p]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def call(*argv: str) -> Answer:
        capfd.readouterr()
        code = main(argv)
        sys.stdout.flush()
        captured = capfd.readouterr()
        return Answer(code=code, out=captured.out, err=captured.err)

    return call
